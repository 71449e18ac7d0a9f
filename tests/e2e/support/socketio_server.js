// A Socket.IO server that greets by its name and echoes: node socketio_server.js NAME. Prints its port.
'use strict';
const http = require('http');
const { Server } = require('socket.io');

const name = process.argv[2];
const server = http.createServer();
new Server(server, { pingInterval: 500, pingTimeout: 2000 }).on('connection', (socket) => {
  socket.emit('greeting', name);
  socket.on('echo', (value, reply) => reply(name, value));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

// A WebSocket server that echoes, by the ws package. Prints its port, and then each connection's end: code and reason.
'use strict';
const { WebSocketServer } = require('ws');

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: { threshold: 0 } });
server.on('listening', () => console.log(server.address().port));
server.on('connection', (socket, request) => {
  const greeting = { path: request.url, forwarded: request.headers['x-forwarded-proto'], extensions: socket.extensions };
  socket.send(JSON.stringify(greeting));  // leaves right behind the 101
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('close', (code, reason) => console.log(`${code} ${reason}`));
});

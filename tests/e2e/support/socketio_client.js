// A Socket.IO client that keeps cookies, as a browser does: node socketio_client.js URL [TRANSPORT...]. Prints what happens to it, a JSON
// list each: ["opened", TRANSPORT], ["greeting", SERVER], ["upgraded", TRANSPORT], ["lost", REASON], ["error", MESSAGE]. Each line it is
// told comes back from the server as ["echo", SERVER, LINE].
'use strict';
const readline = require('readline');
const { io } = require('socket.io-client');

const [url, ...transports] = process.argv.slice(2);
const socket = io(url, {
  withCredentials: true, reconnectionDelay: 50, reconnectionDelayMax: 200,
  ...(transports.length ? { transports } : {}),
});
const tell = (...what) => console.log(JSON.stringify(what));

socket.io.on('open', () => {
  tell('opened', socket.io.engine.transport.name);
  socket.io.engine.once('upgrade', (transport) => tell('upgraded', transport.name));
});
socket.on('greeting', (server) => tell('greeting', server));
socket.on('disconnect', (reason) => tell('lost', reason));
socket.on('connect_error', (error) => tell('error', error.message));
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  socket.emit('echo', line, (server, value) => tell('echo', server, value));
});

// A WebSocket client that waits to be closed: node websocket_sitter.js URL. Prints "open" at the first message, then the code.
'use strict';
const WebSocket = require('ws');

const socket = new WebSocket(process.argv[2]);
socket.on('open', () => socket.send('hello'));
socket.once('message', () => console.log('open'));
socket.on('close', (code) => console.log(code));

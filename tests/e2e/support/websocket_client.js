// A WebSocket client by the ws package: node websocket_client.js URL. Prints as JSON what it saw, or fails.
'use strict';
const crypto = require('crypto');
const WebSocket = require('ws');

const socket = new WebSocket(process.argv[2], { perMessageDeflate: { threshold: 0 } });
const messages = [Buffer.from('hello'), Buffer.alloc(0), crypto.randomBytes(1 << 20), Buffer.alloc(1 << 20, 'ab')];
for (let i = 0; i < 200; ++i) messages.push(Buffer.from(`message ${i}`));
const seen = { echoed: 0, pongs: 0 };
let greeted = false;

socket.on('unexpected-response', (_, response) => {
  console.log(JSON.stringify({ refused: response.statusCode }));
  process.exit(0);
});
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
socket.on('message', (data) => {
  if (!greeted) {
    greeted = true;
    seen.greeting = JSON.parse(data);
    socket.ping('are you there?');
    messages.forEach((message) => socket.send(message));
    return;
  }
  if (!data.equals(messages[seen.echoed])) throw new Error(`message ${seen.echoed} came back changed`);
  if (++seen.echoed === messages.length) socket.close(4001, 'all came back');
});
socket.on('pong', () => ++seen.pongs);
socket.on('close', (code, reason) => {
  console.log(JSON.stringify({ ...seen, code, reason: reason.toString() }));
});

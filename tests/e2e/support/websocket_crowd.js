// Many WebSocket clients that never stop talking: node websocket_crowd.js URL COUNT. Prints "open" once all are; to each line
// that it hears it answers {"open", "closed", "echoed"}, where `echoed` is what the slowest got back since the last line.
'use strict';
const WebSocket = require('ws');

const [url, count] = [process.argv[2], Number(process.argv[3])];
let [open, closed] = [0, 0];
const echoed = new Array(count).fill(0);
for (let i = 0; i < count; i++) {
  const socket = new WebSocket(url);
  socket.on('open', () => {
    if (++open === count) console.log('open');
    socket.send('again');
  });
  socket.on('message', () => {
    echoed[i]++;
    setTimeout(() => socket.send('again'), 10);
  });
  socket.on('close', () => closed++);
  socket.on('error', () => {});
}
process.stdin.on('data', () => {
  console.log(JSON.stringify({ open, closed, echoed: Math.min(...echoed) }));
  echoed.fill(0);
});

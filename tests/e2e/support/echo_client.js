// A client of any WebSocket echo, by the ws package: node echo_client.js URL. Prints as JSON what it saw, or fails.
'use strict';
const crypto = require('crypto');
const WebSocket = require('ws');

const MOST = 16 << 20;
const url = process.argv[2];
const text = 'naïve, ' + '\u{1f69a}'.repeat(1000);
const binary = crypto.randomBytes(70_000);
const large = crypto.randomBytes(MOST);
// What is sent, in pieces, and what should come back.
const cases = {
  text: [[text], text],
  binary: [[binary], binary],
  empty: [[''], ''],
  fragmented: [['in ', '', 'three ', 'pieces'], 'in three pieces'],
  large: [[large], large],
  'large and fragmented': [[large.subarray(0, 1), large.subarray(1, 9_000_000), large.subarray(9_000_000)], large],
};
const names = Object.keys(cases);
const seen = { echoed: [], pong: null };

function fail(why) {
  console.error(why);
  process.exit(1);
}

function send(socket, pieces) {
  pieces.forEach((piece, i) => {
    socket.send(piece, { binary: typeof piece !== 'string', fin: i === pieces.length - 1 });
    if (i === 0 && pieces.length > 1) socket.ping('between');  // allowed between the pieces of a message
  });
}

const socket = new WebSocket(url);
socket.on('error', (error) => fail(error.message));
socket.on('open', () => names.forEach((name) => send(socket, cases[name][0])));
socket.on('pong', (data) => { seen.pong = data.toString(); });
socket.on('message', (data, isBinary) => {
  const name = names[seen.echoed.length];
  const [, expected] = cases[name];
  if (isBinary !== (typeof expected !== 'string')) fail(`${name}: the other kind came back`);
  if (!data.equals(Buffer.from(expected))) fail(`${name}: ${data.length} other bytes came back`);
  seen.echoed.push(name);
  if (seen.echoed.length === names.length) socket.close(4001, 'all came back');
});
socket.on('close', (code, reason) => {
  seen.closed = [code, reason.toString()];
  const greedy = new WebSocket(url);
  greedy.on('error', (error) => fail(error.message));
  greedy.on('open', () => greedy.send(Buffer.alloc(MOST + 1)));
  greedy.on('close', (refusal) => console.log(JSON.stringify({ ...seen, refusal })));
});

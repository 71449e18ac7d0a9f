// An origin of server-sent events: node event_origin.js [h2c]. Prints its port, "open" and the Last-Event-ID for each stream of events,
// and "closed" when its client has gone. Each line it is told becomes an event of every open stream; "." ends them.
'use strict';
const http = require('http');
const http2 = require('http2');
const readline = require('readline');

const streams = new Set();

function answer(request, response) {
  console.log(`open ${request.headers['last-event-id'] || '-'}`);
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
  response.write(': hello\n\n');
  streams.add(response);
  response.on('close', () => {
    streams.delete(response);
    console.log('closed');
  });
}

const server = process.argv[2] === 'h2c' ? http2.createServer(answer) : http.createServer(answer);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  streams.forEach((stream) => (line === '.' ? stream.end() : stream.write(`data: ${line}\n\n`)));
});

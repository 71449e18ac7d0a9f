// Two tunnels over one HTTP/2 connection: node http2_tunnels.js PROXY TARGET. Prints the status and the bytes of a GET through a
// tunnel to TARGET, and of one to an address that nobody may reach.
'use strict';
const http2 = require('http2');
const [proxy, target] = process.argv.slice(2);
const session = http2.connect(proxy, { rejectUnauthorized: false });
const ask = (head, say) => new Promise((done) => {
  const stream = session.request(head, { endStream: false });
  let status, text = '';
  stream.setEncoding('latin1');
  stream.on('response', (fields) => { status = fields[':status']; if (status === 200) stream.write(say); else stream.end(); });
  stream.on('data', (piece) => { text += piece; if (text.endsWith('ok')) stream.end(); });
  stream.on('end', () => done([status, text]));
  stream.on('error', (error) => done([String(error), text]));
});
(async () => {
  const say = `GET / HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
  const tunnels = [target, '192.0.2.1:443'].map((authority) => ask({ ':method': 'CONNECT', ':authority': authority }, say));
  console.log(JSON.stringify(await Promise.all(tunnels)));
  session.close();
})();

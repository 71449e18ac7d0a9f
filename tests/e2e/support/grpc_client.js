// A gRPC client by @grpc/grpc-js on one channel: node grpc_client.js HOST:PORT [CA-FILE]. Each line it is told, {"do": CASE, ...},
// is answered with a line of what was seen.
'use strict';
const fs = require('fs');
const readline = require('readline');
const grpc = require('@grpc/grpc-js');
const { loadSync } = require('@grpc/proto-loader');

const [address, authority] = process.argv.slice(2);
const { talk } = grpc.loadPackageDefinition(loadSync(`${__dirname}/talk.proto`));
const credentials = authority ? grpc.credentials.createSsl(fs.readFileSync(authority)) : grpc.credentials.createInsecure();
const channel = new talk.Talk(address, credentials, {
  'grpc.keepalive_time_ms': 1000, 'grpc.keepalive_timeout_ms': 1000, 'grpc.keepalive_permit_without_calls': 1,
});

// What a call saw until its status came: the status, the metadata in both directions, and what was received.
function watch(call) {
  const seen = { counts: [] };
  const words = [];
  call.on('metadata', (head) => {
    seen.heard = head.get('x-heard')[0];
    seen.deadline = head.get('x-deadline')[0];
    seen.heardBin = head.get('x-heard-bin').map((value) => value.toString('hex'));
  });
  call.on('data', (one) => {
    seen.counts.push(one.count);
    words.push(one.words);
  });
  call.on('error', () => {});  // the status says the same
  seen.over = new Promise((resolve) => call.on('status', (status) => {
    seen.code = status.code;
    seen.details = status.details;
    seen.trailer = Object.fromEntries(Object.keys(status.metadata.getMap()).map((key) => [key, status.metadata.get(key).map((value) => value.toString('hex')).join()]));
    seen.received = Buffer.concat(words);
    resolve(seen);
  }));
  return seen;
}

// A unary call by its callback interface, seen as the others are.
function unary(words, count = 0, metadata = new grpc.Metadata(), options = {}) {
  return new Promise((resolve) => {
    let reply = null;
    const call = channel.Echo({ words, count }, metadata, options, (_, value) => { reply = value; });
    const seen = watch(call);
    seen.over.then(() => setImmediate(() => resolve({ ...seen, received: reply ? reply.words : Buffer.alloc(0) })));
  });
}

const text = (seen) => ({ ...seen, over: undefined, received: seen.received.toString() });
const pattern = (size) => Buffer.alloc(size, 'pattern of 13');

const cases = {
  async echo() {
    const metadata = new grpc.Metadata();
    metadata.add('x-said', 'plain words');
    metadata.add('x-said-bin', Buffer.from([0, 1, 254, 255]));
    metadata.add('x-said-bin', Buffer.from('two'));
    return text(await unary(Buffer.from('hello'), 0, metadata, { deadline: Date.now() + 60000 }));
  },
  async recite({ count }) {
    return text(await watch(channel.Recite({ words: Buffer.from('.'), count })).over);
  },
  async collect({ count }) {
    let reply = null;
    const call = channel.Collect((_, value) => { reply = value; });
    const seen = watch(call);
    for (let i = 0; i < count; ++i) call.write({ words: Buffer.from('.') });
    call.end();
    await seen.over;
    return { code: seen.code, count: reply && reply.count, trailer: seen.trailer };
  },
  // Sends as fast as it may until the status comes.
  async reject({ size }) {
    const call = channel.Reject(() => {});
    const seen = watch(call);
    let isOver = false;
    seen.over.then(() => { isOver = true; });
    const send = () => { if (!isOver) call.write({ words: pattern(size) }, () => setImmediate(send)); };
    send();
    return text(await seen.over);
  },
  // Each message is sent when the one before has come back.
  async converse({ count }) {
    const call = channel.Converse();
    const seen = watch(call);
    call.on('data', (one) => (one.count < count ? call.write({ words: Buffer.from('.'), count: one.count + 1 }) : call.end()));
    call.write({ words: Buffer.from('.'), count: 1 });
    return text(await seen.over);
  },
  async refuse({ count }) {
    return text(await watch(channel.Refuse({ words: Buffer.from('.'), count })).over);
  },
  async large({ size }) {
    const seen = await unary(pattern(size));
    return { code: seen.code, details: seen.details, isSame: seen.received.equals(pattern(size)) };
  },
  async cancel() {
    const call = channel.Wait({ words: Buffer.from('.'), count: 60000 });
    const seen = watch(call);
    call.on('data', () => call.cancel());
    return text(await seen.over);
  },
  async deadline({ milliseconds }) {
    const started = Date.now();
    const call = channel.Wait({ words: Buffer.from('.'), count: 60000 }, new grpc.Metadata(), { deadline: started + milliseconds });
    return { ...text(await watch(call).over), took: Date.now() - started };
  },
  async wait({ milliseconds }) {
    return text(await watch(channel.Wait({ words: Buffer.from('.'), count: milliseconds })).over);
  },
  async crowd({ count, milliseconds }) {
    const all = await Promise.all(Array.from({ length: count }, (_, i) => unary(Buffer.from(`call ${i}`), milliseconds)));
    return {
      good: all.filter((seen, i) => seen.code === grpc.status.OK && seen.received.toString() === `call ${i}`).length,
      codes: [...new Set(all.map((seen) => seen.code))],
      most: Math.max(...all.map((seen) => Number(seen.trailer['x-most']))),
    };
  },
};

readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const { do: name, ...about } = JSON.parse(line);
  console.log(JSON.stringify(await cases[name](about)));
});

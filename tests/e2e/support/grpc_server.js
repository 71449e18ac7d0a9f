// A gRPC server by @grpc/grpc-js. Prints its port, and then "cancelled" for each call of Wait that its client gave up.
'use strict';
const grpc = require('@grpc/grpc-js');
const { loadSync } = require('@grpc/proto-loader');

const { talk } = grpc.loadPackageDefinition(loadSync(`${__dirname}/talk.proto`));
let open = 0;  // calls of Echo
let most = 0;

function answered(call) {
  const said = call.metadata.get('x-said');
  const head = new grpc.Metadata();
  head.set('x-heard', said.length ? said.join() : 'nothing');
  head.set('x-deadline', String(call.getDeadline() !== Infinity));
  call.metadata.get('x-said-bin').forEach((value) => head.add('x-heard-bin', value));
  return head;
}

function ending() {
  const trailer = new grpc.Metadata();
  trailer.set('x-most', String(most));
  trailer.set('x-end-bin', Buffer.from([0, 255, 10, 13]));
  return trailer;
}

function refused() {
  const metadata = new grpc.Metadata();
  metadata.set('x-why-bin', Buffer.from([1, 0, 2]));
  return { code: grpc.status.FAILED_PRECONDITION, details: 'nicht möglich: 100 %\nwirklich', metadata };
}

const service = {
  Echo(call, reply) {
    most = Math.max(most, ++open);
    call.sendMetadata(answered(call));
    setTimeout(() => {
      --open;
      reply(null, call.request, ending());
    }, call.request.count);
  },
  Recite(call) {
    call.sendMetadata(answered(call));
    for (let count = 1; count <= call.request.count; ++count) call.write({ words: call.request.words, count });
    call.end(ending());
  },
  Collect(call, reply) {
    const words = [];
    call.on('data', (one) => words.push(one.words));
    call.on('end', () => reply(null, { words: Buffer.concat(words), count: words.length }, ending()));
  },
  Reject(call, reply) {
    call.once('data', () => reply(refused()));
  },
  Converse(call) {
    call.on('data', (one) => call.write(one));
    call.on('end', () => call.end(ending()));
  },
  Refuse(call) {
    for (let count = 1; count <= call.request.count; ++count) call.write({ words: call.request.words, count });
    call.emit('error', refused());
  },
  Wait(call) {
    call.write({ words: call.request.words, count: 1 });
    const again = setTimeout(() => {
      call.write({ words: call.request.words, count: 2 });
      call.end(ending());
    }, call.request.count);
    call.on('cancelled', () => {
      clearTimeout(again);
      if (!call.writableEnded) console.log('cancelled');  // the event comes after a good end, too
    });
  },
};

const server = new grpc.Server({ 'grpc.keepalive_time_ms': 500, 'grpc.keepalive_timeout_ms': 2000 });
server.addService(talk.Talk.service, service);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});

// The catalogue of phases, as the API has it, and where the phases of a connection lie in time.

import { get } from './api.js';

let catalogue = { awaited: [], phases: [] };

export async function load() {
  catalogue = await get('/api/v1/phases');
  return catalogue;
}

export const find = (side, name) => catalogue.phases.find((phase) => phase.side === side && phase.name === name);

// Where a phase of the connection began; undefined: how long it took is known, but not when.
function beginning(phase, { side, marks, phases }) {
  if (phase.marks === 'connection') return phase.from === 'connected' ? marks.proxy_header ?? marks.connected : marks[phase.from];
  if (phase.name === 'close') return marks.closing;
  if (phase.name === 'tls_verify' && marks.cert_verified !== undefined) return marks.cert_verified - phases.tls_verify;
  if (side !== 'client' || phases.accept_wait === undefined) return undefined;
  // What the kernel tells of a client's connection was over when it was accepted.
  if (phase.name === 'accept_wait') return -phases.accept_wait;
  return phase.name === 'tcp' ? -phases.accept_wait - phases.tcp : undefined;
}

// [{ side, name, awaited, help, from, took, of }], in the order of the catalogue: the connection's, and those of the exchanges
// that are remembered with it. `of`: "connection", "first" or "latest".
export function bars(one) {
  const found = [];
  for (const phase of catalogue.phases) {
    const took = phase.side === one.side && phase.marks !== 'exchange' ? one.phases[phase.name] : undefined;
    if (took !== undefined) found.push({ ...phase, from: beginning(phase, one), took, of: 'connection' });
  }
  for (const of of ['first', 'latest']) {
    const exchange = one.exchanges[of];
    if (!exchange) continue;
    for (const phase of catalogue.phases) {
      const took = exchange.phases[phase.side]?.[phase.name];
      if (took !== undefined) found.push({ ...phase, from: phase.marks === 'exchange' ? exchange.marks[phase.from] : undefined, took, of });
    }
  }
  return found;
}

// When a connection's handshakes were over, its first answer had begun, or its first exchange had ended: what a scale should
// leave room for.
export function end(one, upTo) {
  const first = upTo === 'handshake' ? undefined : one.exchanges.first?.marks;
  return Math.max(one.handshake ?? 0, first?.reply_head_received ?? 0, upTo === 'all' ? first?.finished ?? 0 : 0);
}

// And when they began: before the connection was accepted.
export const start = ({ side, phases }) => (side === 'client' && phases.accept_wait !== undefined ? -phases.accept_wait - (phases.tcp ?? 0) : 0);

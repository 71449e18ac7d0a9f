// Questions to the admin endpoint, and its events.

export async function get(path) {
  const reply = await fetch(path, { cache: 'no-store' });
  if (!reply.ok) throw Object.assign(new Error(`${path}: ${reply.status}`), { status: reply.status });
  return reply.headers.get('Content-Type').startsWith('application/json') ? reply.json() : reply.text();
}

// Calls `show(answer)` now and again, while somebody looks; `fail(error)` where there is no answer.
export function watch(path, seconds, show, fail = () => {}) {
  const ask = async () => {
    if (!document.hidden) await get(path).then(show).catch(fail);
    setTimeout(ask, seconds * 1000);
  };
  return ask();
}

// Connections as they happen. The browser comes back by itself when the stream breaks.
export function follow({ handshake, closed, gap, state }) {
  const events = new EventSource('/api/v1/handshakes/events');
  events.addEventListener('handshake', ({ data }) => handshake(JSON.parse(data)));
  events.addEventListener('closed', ({ data }) => closed(JSON.parse(data)));
  events.addEventListener('gap', ({ data }) => gap(JSON.parse(data)));
  events.onopen = () => state(true);
  events.onerror = () => {
    state(false);
    // Refused for good, as when too many listen: worth another try, later.
    if (events.readyState === EventSource.CLOSED) setTimeout(() => follow({ handshake, closed, gap, state }), 5000);
  };
}

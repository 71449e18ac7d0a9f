// The state of the process: header, banners, routes, upstreams, listeners, tunnels, configuration.

import { copyable } from './commands.js';
import { at, fill, h, table } from './dom.js';
import { bytes, clock, count, day, percent, plural, span, time } from './format.js';

const nothing = (text) => h('p', { class: 'empty' }, text);
const number = (text, help) => ({ text, number: true, help });

let last;  // { now, cpu }: of the status before

export function show_status(status) {
  state(status.state, status.state);
  const now = Date.parse(status.now);
  const busy = last && now > last.now ? (status.cpu - last.cpu) / ((now - last.now) * 1000) : undefined;
  last = { now, cpu: status.cpu };
  const facts = [['version', status.version], ['up', span(status.uptime)], ['workers', status.workers], ['CPU', busy === undefined ? '–' : percent(busy, 1)], ['admin', status.admin]];
  fill(at('facts'), facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', { 'data-figure': `status.${name}` }, value))));
  show_notices(status.notices);
}

// A copy button keeps what it says while the notices are the same.
let noticed = '';
function show_notices(notices) {
  const now = JSON.stringify(notices);
  if (now === noticed) return;
  noticed = now;
  at('notices').replaceChildren(...notices.map(({ text, cure }) => h('div', { class: 'notice', role: 'alert' }, h('p', {}, text), cure && copyable('', cure))));
}

export function state(name, text) {
  const pill = at('state');
  pill.className = `state ${name}`;
  if (pill.textContent !== text) pill.textContent = text;
}

export function show_listeners({ listeners }) {
  const columns = [{ text: 'name' }, { text: 'address' }, { text: 'speaks' }, number('open'), number('handshakes'), number('failed'), number('requests'), number('sent'),
    number('accept queue', 'connections that wait to be accepted, of as many as may'), { text: 'certificate' }];
  const rows = listeners.map((one) => [one.name, one.address,
    [one.mode === 'forward' && 'forward proxy', one.tls && 'TLS', one.proxy_protocol && 'PROXY', one.fast_open > 0 && 'fast open', one.protocols.join(', ')].filter(Boolean).join(' · '),
    count(one.connections.open), count(one.connections.attempted), count(one.connections.failed), count(one.requests), bytes(one.response_body_bytes),
    one.accept_queue && `${count(one.accept_queue.depth)} / ${count(one.accept_queue.limit)}`, certificate(one.certificates)]);
  fill(at('listeners'), table('Listeners', columns, rows));
}

function certificate(all) {
  if (!all.length) return null;
  return h('ul', { class: 'plain' }, all.map((one) => {
    const days = Math.floor((Date.parse(one.not_after) - Date.now()) / 86_400_000);
    return h('li', { title: `issued by ${one.issuer}, for ${one.names.join(', ')}` }, `${one.names.join(', ') || one.subject} `,
      h('small', { class: days < 3 ? 'bad' : null }, `until ${day(one.not_after)}, ${days < 0 ? 'expired' : `${plural(days, 'day')} left`}`));
  }));
}

const standing = { up: 'good', down: 'bad', left_out: 'doubtful' };

// A word and a dot for what checks and dials have found; without either an endpoint is just there.
function endpoints(all) {
  if (!all.length) return 'whatever clients ask for';
  return h('ul', { class: 'plain' }, all.map(({ url, state: found, reason, since }) => h('li', { title: [reason, since && `since ${clock(since)}`].filter(Boolean).join(' ') || null }, `${url} `,
    standing[found] && h('small', { class: `standing ${standing[found]}` }, found.replace('_', ' ')))));
}

export function show_upstreams({ connections, upstreams }) {
  const p95 = (one, name) => time(one.phases.find((phase) => phase.name === name)?.p95);
  const sum = (responses) => Object.values(responses).reduce((a, b) => a + b, 0);
  const columns = [{ text: 'name' }, { text: 'endpoints' }, number('open'), number('dialled'), number('failed'), number('answers'), number('5xx'), number('unanswered'),
    number('reused', 'requests that went over a connection that had carried others'), number('dns p95'), number('tcp p95'), number('tls p95'), number('first byte p95')];
  const rows = upstreams.map((one) => [one.name, endpoints(one.endpoints), count(one.connections.open), count(one.connections.attempted), count(one.connections.failed),
    count(sum(one.responses)), count(one.responses['5xx']), count(one.unanswered), percent(one.reuses, sum(one.responses) + one.unanswered),
    ...['dns', 'tcp', 'tls', 'first_byte'].map((name) => h('span', { 'data-figure': `upstream.${one.name}.${name}` }, p95(one, name)))]);
  fill(at('upstreams'), upstreams.length ? table('Upstreams', columns, rows) : nothing('There is none.'));
  at('upstreams-hint').textContent = `percentiles of the last ${connections} connections of each`;
}

const before = new Map();  // by route: what was counted, and when

function rate(name, total) {
  const now = performance.now();
  const past = (before.get(name) ?? []).filter(({ at: instant }) => now - instant < 12_000);
  past.push({ at: now, total });
  before.set(name, past);
  const seconds = (now - past[0].at) / 1000;
  return seconds > 1 ? `${((total - past[0].total) / seconds).toFixed(1)} /s` : '–';
}

export function show_routes({ routes }) {
  const columns = [{ text: 'route' }, { text: 'upstream' }, number('now', 'answers per second, lately'), number('answers'), { text: 'by status' }, number('p50'), number('p95'), number('p99')];
  const rows = routes.map((one) => {
    const total = Object.values(one.responses).reduce((a, b) => a + b, 0);
    const shares = Object.entries(one.responses).filter(([, n]) => n > 0);
    return [one.name, one.upstream ?? (one.name === 'none' ? 'no route was met, or a forward proxy’s' : null), rate(one.name, total), count(total),
      h('ul', { class: 'statuses' }, shares.map(([name, n]) => h('li', { class: `status-${name[0]}` }, `${name} `, h('b', {}, count(n))))),
      time(one.duration.p50), time(one.duration.p95), time(one.duration.p99)];
  });
  fill(at('routes'), rows.length ? table('Routes', columns, rows) : nothing('There is no route, and nothing came.'));
}

export function show_tunnels({ handshakes }) {
  const columns = [{ text: 'began' }, { text: 'listener' }, { text: 'target' }, { text: 'inside' }, number('opened in'), number('dns'), number('tcp'), number('tls inside'), { text: 'state' }];
  const rows = handshakes.map((one) => {
    const { first } = one.exchanges;
    const inside = first.phases.tunnel ?? {};
    return [h('a', { href: `#${one.id}` }, clock(one.began)), one.name, first.authority, first.inside, time(first.phases.client?.connect_tunnel), time(inside.dns), time(inside.tcp), time(inside.tls), one.state];
  });
  fill(at('tunnels'), rows.length ? table('Tunnels', columns, rows) : nothing('No tunnel was opened lately. A listener with mode = "forward" opens them for CONNECT.'));
}

// Every { value, from } of a nested answer by its path: "listener[0].address".
function settings(node, path = '') {
  if (node && typeof node === 'object' && 'value' in node && 'from' in node) return [{ path, ...node }];
  if (!node || typeof node !== 'object') return [{ path, value: node, from: null }];
  return Object.entries(node).flatMap(([key, inner]) => settings(inner, Array.isArray(node) ? `${path}[${key}]` : path ? `${path}.${key}` : key));
}

// What somebody has set, and folded away what nobody has.
export function show_config(config) {
  at('config-card').hidden = false;
  if (typeof config === 'string') return fill(at('config'), h('pre', { tabindex: '0' }, config));
  const shown = (one) => [one.path, h('code', {}, JSON.stringify(one.value)), one.from ?? 'default'];
  const all = settings(config);
  const columns = [{ text: 'setting' }, { text: 'value' }, { text: 'from' }];
  const defaults = all.filter(({ from }) => from === null);
  return fill(at('config'), table('Settings', columns, all.filter(({ from }) => from !== null).map(shown)),
    defaults.length > 0 && h('details', {}, h('summary', {}, plural(defaults.length, 'default')), table('Defaults', columns, defaults.map(shown))));
}

// The latest connections summed up: percentiles of every phase, where the time went, and what was agreed on.

import { at, fill, h, swatch, table, vars } from './dom.js';
import { count, percent, plural, time } from './format.js';
import { find } from './phases.js';

const WHO = { network: 'network', client: 'client', upstream: 'upstream', self: 'Gladhand', rest: 'rest' };
const SAYING = {
  network: 'The network dominates', client: 'The clients dominate', upstream: 'The upstreams dominate', self: 'Our CPU dominates', rest: 'Nobody dominates',
};

const tile = (name, title, ...content) => h('section', { class: `tile ${name}`, 'aria-label': title }, h('h2', {}, title), content);
const figure = (key, text) => h('span', { 'data-figure': key }, text);

// One bar of several parts, [{ label, count, awaited }]; its legend says what it shows.
function stacked(label, parts) {
  const whole = parts.reduce((sum, part) => sum + part.count, 0);
  const bar = h('div', { class: 'stacked', role: 'img', 'aria-label': `${label}: ${parts.map((part) => `${part.label} ${percent(part.count, whole)}`).join(', ')}` },
    parts.map((part, i) => part.count > 0 && vars(h('i', { class: part.awaited ? `is-${part.awaited}` : `is-shade-${Math.min(i, 4)}` }), { w: part.count / whole })));
  return [bar, h('ul', { class: 'parts' }, parts.map((part, i) => h('li', {},
    h('i', { class: `swatch ${part.awaited ? `is-${part.awaited}` : `is-shade-${Math.min(i, 4)}`}`, 'aria-hidden': 'true' }), part.label, ' ', h('b', {}, percent(part.count, whole)))))];
}

const nothing = (text) => h('p', { class: 'empty' }, text);

function draw_handshake({ handshake, connections }) {
  if (!handshake.count) return tile('handshake', 'Handshake', nothing('No handshake yet.'));
  return tile('handshake', 'Handshake, accepted to ready',
    h('p', { class: 'big' }, figure('client.handshake.p50', time(handshake.p50)), h('small', {}, 'median')),
    h('p', { class: 'pair' }, h('span', {}, 'p95 ', h('b', {}, figure('client.handshake.p95', time(handshake.p95)))), h('span', {}, 'p99 ', h('b', {}, figure('client.handshake.p99', time(handshake.p99))))),
    h('p', { class: 'hint' }, `of the last ${plural(connections, 'connection')} of clients`));
}

function draw_spent(side, spent) {
  const title = side === 'client' ? 'Where clients’ TLS handshakes go' : 'Where connecting to upstreams goes';
  if (!spent) return tile('spent', title, nothing('No handshake yet whose round trip can be trusted.'));
  const keys = ['network', side, 'self', 'rest'];
  const parts = keys.map((key) => ({ label: WHO[key], count: Math.max(spent[key], 0), awaited: key === 'rest' ? 'several' : key }));
  const most = keys.slice(0, 3).reduce((best, key) => (spent[key] > spent[best] ? key : best));
  const dominant = spent[most] * 3 > spent.total ? most : 'rest';
  return tile('spent', title, h('p', { class: 'saying' }, `${SAYING[dominant]}: `, h('b', {}, percent(spent[dominant === 'rest' ? most : dominant], spent.total)), dominant === 'rest' ? ` at most, of ${WHO[most]}` : ''),
    stacked(title, parts),
    h('p', { class: 'hint' }, `of ${time(spent.total)} that ${plural(spent.connections, 'handshake')} took`));
}

function draw_sessions({ sessions, versions }) {
  const total = sessions.reduce((sum, one) => sum + one.count, 0);
  if (!total) return tile('sessions', 'Resumed sessions', nothing('No TLS yet.'));
  const of = (name) => sessions.find((one) => one.name === name)?.count ?? 0;
  return tile('sessions', 'Resumed sessions',
    h('p', { class: 'big' }, figure('client.resumed', percent(of('resumed'), total)), h('small', {}, `${count(of('full'))} in full`)),
    h('p', { class: 'pair' }, versions.map((one) => h('span', {}, `TLS ${one.name} `, h('b', {}, percent(one.count, total))))),
    h('p', { class: 'hint' }, `of ${plural(total, 'TLS handshake')} that went well`));
}

function draw_failed({ failed, connections, results }) {
  const reasons = results.filter(({ result }) => result !== 'ok').slice(0, 3);
  return tile(failed ? 'failed some' : 'failed', 'Failed handshakes',
    h('p', { class: 'big' }, figure('client.failed', count(failed)), h('small', {}, percent(failed, connections))),
    reasons.length ? h('ul', { class: 'reasons' }, reasons.map((one) => h('li', {}, h('b', {}, count(one.count)), ` ${one.result.replaceAll('_', ' ')} `, h('small', {}, `after ${one.stage.replaceAll('_', ' ')}`))))
      : h('p', { class: 'hint' }, `none of the last ${plural(connections, 'connection')} of clients`));
}

// p50 to p95 to p99 as a line on a logarithmic axis, common to all phases of the page.
function whisker({ p50, p95, p99, awaited }, [from, to]) {
  const place = (micros) => (Math.log(Math.max(micros, from)) - Math.log(from)) / (Math.log(to) - Math.log(from));
  return vars(h('span', { class: `whisker is-${awaited}`, 'aria-hidden': 'true' }, h('i'), h('i'), h('i')), { p50: place(p50), p95: place(p95), p99: place(p99) });
}

function draw_phases(side, list, range) {
  const rows = list.map((one) => [
    h('span', { title: find(side, one.name)?.help }, swatch(one.awaited), one.name),
    whisker(one, range), count(one.count),
    ...['p50', 'p95', 'p99'].map((which) => figure(`${side}.${one.name}.${which}`, time(one[which])))]);
  const columns = [{ text: side }, { text: '' }, { text: 'n', number: true }, ...['p50', 'p95', 'p99'].map((text) => ({ text, number: true }))];
  return h('div', {}, rows.length ? table(`Phases of the ${side} side`, columns, rows) : [h('h3', {}, side), nothing(side === 'tunnel' ? 'No tunnel yet.' : 'No connection yet.')]);
}

function draw_agreed(summary) {
  const kinds = [['Sessions', 'sessions'], ['Versions', 'versions'], ['Groups', 'groups'], ['Ciphers', 'ciphers'], ['ALPN', 'alpn']];
  return ['client', 'upstream'].filter((side) => summary[side].versions.length).map((side) => h('div', { class: 'agreed' }, h('h3', {}, side),
    kinds.map(([title, key]) => h('div', { class: 'kind' }, h('h4', {}, title), stacked(title, summary[side][key].map((one) => ({ label: one.name, count: one.count })))))));
}

function draw_results({ client, upstream }) {
  const failures = [client, upstream].flatMap((side, i) => side.results.filter(({ result }) => result !== 'ok').map((one) => [i ? 'upstream' : 'client', one.result, one.stage, count(one.count)]));
  return h('div', { class: 'agreed' }, h('h3', {}, 'failures by reason and stage'),
    failures.length ? table('Failures', [{ text: 'side' }, { text: 'reason' }, { text: 'after' }, { text: 'n', number: true }], failures) : nothing('None.'));
}

export function show(summary) {
  const { client, upstream, tunnel } = summary;
  fill(at('tiles'), draw_handshake(client), draw_spent('client', client.spent), upstream.spent && draw_spent('upstream', upstream.spent), draw_sessions(client), draw_failed(client));
  const every = [...client.phases, ...upstream.phases, ...tunnel.phases];
  const range = [Math.max(1, Math.min(...every.map(({ p50 }) => p50))), Math.max(10, ...every.map(({ p99 }) => p99))];
  fill(at('phases'), draw_phases('client', client.phases, range), draw_phases('upstream', upstream.phases, range), tunnel.phases.length > 0 && draw_phases('tunnel', tunnel.phases, range));
  at('phases-hint').textContent = `exactly, of the last ${count(client.connections)} connections of clients and ${count(upstream.connections)} to upstreams`;
  fill(at('agreed'), ...draw_agreed(summary), draw_results(summary));
  at('agreed-hint').textContent = 'of the same connections';
}

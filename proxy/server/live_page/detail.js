// One connection: every mark, every fact that the API tells, and who said what to whom.

import { get } from './api.js';
import { headline, kind } from './connections.js';
import { commands, copyable } from './commands.js';
import { at, h, swatch, table, vars } from './dom.js';
import { clock, exact, time } from './format.js';
import { draw as draw_ladder } from './ladder.js';
import * as phases from './phases.js';

const dialog = at('detail');
let listeners = [];
let asked = '';

export const know = (some) => { listeners = some; };

// What the page's address names behind its "#"; nothing there closes it.
export async function show() {
  const id = /^#(\d+)$/.exec(location.hash)?.[1] ?? '';
  asked = id;
  if (!id) return dialog.open && dialog.close();
  try {
    const [one, diagram] = await Promise.all([get(`/api/v1/handshakes/${id}`), get(`/api/v1/handshakes/${id}.mmd`)]);
    if (asked === id) open(...draw(one, diagram));
  } catch (error) {
    if (asked === id) open(head(`Connection ${id}`, null), h('p', { class: 'empty' }, error.status === 404 ? 'It is not remembered any more: younger connections have taken its place.' : 'Gladhand does not answer.'));
  }
}

function open(...content) {
  dialog.replaceChildren(...content);
  dialog.scrollTop = 0;
  if (!dialog.open) dialog.showModal();
  dialog.querySelector('.close').focus();
}

// Back to the row that it was opened from.
function closed() {
  const id = asked;
  if (location.hash === `#${id}`) history.replaceState(null, '', location.pathname + location.search);
  asked = '';
  document.querySelector(`.row[data-id="${id}"]`)?.focus();
}
dialog.addEventListener('close', closed);
dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());

function head(title, about) {
  const close = h('button', { type: 'button', class: 'close', 'aria-label': 'Close' }, '×');
  close.addEventListener('click', () => dialog.close());
  return h('header', { class: 'detail-head' }, h('div', {}, h('h2', { id: 'detail-title' }, title), about), close);
}

const section = (title, ...content) => h('section', {}, h('h3', {}, title), content);

function draw(one, diagram) {
  const title = `${one.side} ${one.peer} ${one.side === 'client' ? 'at listener' : 'of upstream'} ${one.name}`;
  const about = h('p', { class: 'about' }, h('span', { class: `verdict ${one.result === 'ok' ? 'ok' : 'bad'}` }, one.result === 'ok' ? 'handshake went well' : `failed: ${one.result.replaceAll('_', ' ')}`),
    ` ${kind(one) || 'plain'} · ${headline(one)} · began ${clock(one.began)} · ${one.state}${one.duration === undefined ? '' : ` after ${time(one.duration)}`}`);
  return [head(title, about),
    section('Phases', draw_phases(one)),
    section('Who said what', draw_ladder(diagram)),
    section('Marks', draw_marks(one)),
    one.tls?.messages && section('TLS messages', draw_messages(one.tls.messages)),
    draw_facts(one),
    section('Commands', commands(one, listeners).map(([label, text]) => copyable(label, text)))].filter(Boolean);
}

// The end of a connection may come hours behind its handshake: what is far behind the rest is told in words.
function draw_phases(one) {
  const found = phases.bars(one);
  const placed = found.filter(({ from, name }) => from !== undefined && !['close', 'h2_drain'].includes(name));
  const from = Math.min(0, ...placed.map((bar) => bar.from));
  const to = Math.max(1, ...placed.map((bar) => bar.from + bar.took));
  const line = (bar) => {
    const isInside = bar.from !== undefined && bar.from + bar.took <= to * 1.5;
    const instant = bar.from === undefined ? 'how long is known, not when' : `${time(bar.from)} after it began`;
    return h('tr', {},
      h('th', { scope: 'row', title: bar.help }, swatch(bar.awaited), `${bar.side} ${bar.name}${bar.of === 'latest' ? ' (latest)' : ''}`),
      h('td', { class: 'bars' }, isInside ? vars(h('i', { class: `bar is-${bar.awaited}` }), { s: bar.from, w: bar.took }) : h('span', { class: 'hint' }, instant)),
      h('td', { class: 'number' }, exact(bar.took)));
  };
  return vars(h('table', { class: 'phases' }, h('tbody', {}, found.map(line))), { from, span: Math.max(to, ...found.filter((bar) => bar.from + bar.took <= to * 1.5).map((bar) => bar.from + bar.took)) - from });
}

function draw_marks(one) {
  const all = Object.entries(one.marks).map(([name, instant]) => ({ name, instant }));
  for (const of of ['first', 'latest']) {
    for (const [name, instant] of Object.entries(one.exchanges[of]?.marks ?? {})) all.push({ name: `${of} exchange: ${name}`, instant });
  }
  all.sort((a, b) => a.instant - b.instant);
  const rows = all.map(({ name, instant }, i) => [name, exact(instant), i ? `+${exact(instant - all[i - 1].instant)}` : '']);
  return table('Marks', [{ text: 'mark' }, { text: 'instant', number: true, help: 'since the connection began' }, { text: 'since the one before', number: true }], rows);
}

function draw_messages(messages) {
  const rows = messages.map(({ type, number, is_sent, bytes, at: instant }) => [number === undefined ? type : `${type} ${number}`, is_sent ? 'we sent' : 'the peer sent', `${bytes} B`, exact(instant)]);
  return table('TLS messages', [{ text: 'message' }, { text: 'who' }, { text: 'size', number: true }, { text: 'instant', number: true }], rows);
}

// Everything that is no time and no list, by its name in the API.
const TOLD_ELSEWHERE = new Set(['phases', 'marks', 'messages', 'exchanges', 'tcp', 'tls', 'close', 'first', 'latest', 'syn']);

function fact(name, value) {
  if (name === 'client' || name === 'upstream') return h('a', { href: `#${value}` }, value);
  if (name === 'duration' || name === 'handshake') return exact(value);
  return Array.isArray(value) ? value.join(' ') : String(value).replace(/^true$/, 'yes').replace(/^false$/, 'no');
}

function facts(title, object) {
  const entries = Object.entries(object ?? {}).filter(([name]) => !TOLD_ELSEWHERE.has(name));
  if (!entries.length) return null;
  const pairs = entries.map(([name, value]) => h('div', {}, h('dt', {}, name.replaceAll('_', ' ')), h('dd', {}, fact(name, value))));
  return section(title, h('dl', { class: 'facts' }, pairs));
}

function draw_facts(one) {
  const { tcp, tls, close, exchanges } = one;
  return h('div', { class: 'fact-columns' }, facts('Connection', { ...one }), facts('TCP', tcp), facts('SYN', tcp.syn), facts('TLS', tls), facts('Close', close),
    facts('Exchanges', exchanges), facts('First exchange', exchanges.first), facts('Latest exchange', exchanges.latest));
}

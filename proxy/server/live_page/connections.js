// The connections that stream in: the latest are kept, those that the filter lets through are shown, the youngest first.

import { at, h, vars } from './dom.js';
import { clock, exact, plural, time } from './format.js';
import * as phases from './phases.js';
import * as scales from './scale.js';

const MOST_KEPT = 1000;
const MOST_ROWS = 200;
const REDRAW = 200;   // ms between two redrawings, so that a reader can follow and a page under load stays cheap
const RESCALE = 2000; // and between two changes of a scale that fits by itself

const kept = new Map();   // by id
const rows = new Map();   // those that are drawn
let filter = () => true;
let scaleWish = '';
let isPaused = false;
let waiting = new Map();  // what came meanwhile
let missed = 0;
let changed = new Set();
let isDue = false;
let scaledAt = 0;
let scale;

const newest = (a, b) => (a.began === b.began ? 0 : a.began < b.began ? 1 : -1);

export const all = () => [...kept.values()];

export function add(list) {
  for (const one of list) {
    if (isPaused) waiting.set(one.id, one);
    else kept.set(one.id, one), changed.add(one.id);
  }
  forget(waiting);
  forget(kept);
  redraw();
}

export function miss(count) {
  missed = count;
  redraw();
}

export function choose(wanted, wish) {
  filter = wanted;
  if (scaleWish !== wish) scaledAt = 0;
  scaleWish = wish;
  redraw();
}

export function pause(wanted) {
  isPaused = wanted;
  if (!isPaused) {
    const came = [...waiting.values()];
    waiting = new Map();
    add(came);
  }
  tell();
}
export const isStopped = () => isPaused;

function forget(map) {
  if (map.size <= MOST_KEPT * 1.2) return;
  const old = [...map.values()].sort(newest).slice(MOST_KEPT);
  for (const { id } of old) map.delete(id);
}

function redraw() {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    draw();
  }, REDRAW);
}

function draw() {
  const found = [...kept.values()].filter(filter).sort(newest);
  const shown = found.slice(0, MOST_ROWS);
  rescale(shown);
  const list = at('rows');
  const wanted = new Set(shown.map(({ id }) => id));
  for (const [id, row] of rows) {
    if (!wanted.has(id)) row.remove(), rows.delete(id);
  }
  let before = list.firstElementChild;
  for (const one of shown) {
    let row = rows.get(one.id);
    if (!row) {
      row = h('li', {}, draw_row(one));
      rows.set(one.id, row);
    } else if (changed.has(one.id)) {
      update(row, one);
    }
    if (row === before) before = before.nextElementSibling;
    else list.insertBefore(row, before);
  }
  changed = new Set();
  tell(found.length, shown.length);
}

// The link stays, and with it the focus.
function update(row, one) {
  const fresh = draw_row(one);
  const link = row.firstElementChild;
  link.className = fresh.className;
  link.setAttribute('aria-label', fresh.getAttribute('aria-label'));
  link.replaceChildren(...fresh.childNodes);
}

function rescale(shown) {
  const now = performance.now();
  if (!shown.length) return;
  if (scale && now - scaledAt < RESCALE) return;
  scaledAt = now;
  const wanted = scales.fitting(shown.map(phases.start), shown.map((one) => phases.end(one, scaleWish)).filter((end) => end > 0));
  if (Number(scaleWish)) wanted.to = Number(scaleWish), wanted.from = -wanted.to / 20;
  if (scale && wanted.to === scale.to && Math.abs(wanted.from - scale.from) < (scale.to - scale.from) / 20) return;
  scale = wanted;
  scales.apply(scale, at('rows'), at('axis'), at('ticks'));
  for (const row of rows.values()) mark_cut(row.querySelector('.bars'));
}

let counts = [0, 0];
function tell(...fresh) {
  if (fresh.length) counts = fresh;
  const [found, shown] = counts;
  const parts = [found === kept.size ? `the latest ${shown}` : `${shown} of the ${plural(kept.size, 'connection')} kept here`];
  if (isPaused) parts.push(waiting.size ? `paused, ${waiting.size} came meanwhile` : 'paused');
  if (missed) parts.push(`${plural(missed, 'event')} came too fast to be told`);
  const text = parts.join(' · ');
  if (at('shown').textContent !== text) at('shown').textContent = text;
  at('empty').hidden = shown > 0;
  at('empty').textContent = kept.size ? 'Nothing that is kept here passes the filter.' : 'No connection yet. The next one appears here by itself.';
}

// ---- One row

export function headline(one) {
  const { first } = one.exchanges;
  if (one.result !== 'ok') return `${one.result.replaceAll('_', ' ')}, after ${one.stage.replaceAll('_', ' ')}`;
  if (!first) return one.sni ?? (one.side === 'upstream' ? one.peer : 'no request');
  const what = first.method === 'CONNECT' ? `CONNECT ${first.authority}` : `${first.method} ${first.path ?? ''}`;
  return `${what} ${first.status ?? first.error ?? ''}`.trim();
}

export function kind({ tls, tcp, exchanges }) {
  const parts = [];
  if (tls) parts.push(tls.version ? `TLS ${tls.version}` : 'TLS', tls.resumed ? 'resumed' : tls.version && 'full', tls.alpn);
  if (tcp.fast_open === 'accepted') parts.push('fast open');
  if (exchanges.ended > 1) parts.push(`${exchanges.ended} exchanges`);
  return parts.filter(Boolean).join(' · ');
}

function sentence(one) {
  const parts = [`${one.side} ${one.peer}`, one.name, headline(one), kind(one), `handshake ${time(one.handshake)}`, one.state];
  return parts.filter(Boolean).join(', ');
}

// Its whole life is a line, what it waited for are bars on it.
export function draw_bars(one) {
  const found = phases.bars(one).filter(({ from }) => from !== undefined);
  const last = one.duration ?? Math.max(one.handshake ?? 0, ...found.map(({ from, took }) => from + took));
  const bar = ({ awaited, from, took, name, side, of }) =>
    vars(h('i', { class: `bar is-${awaited}`, title: `${side} ${name}${of === 'latest' ? ' (latest)' : ''}: ${exact(took)}` }), { s: from, w: took });
  const life = vars(h('i', { class: one.state === 'open' ? 'life open' : 'life' }), { s: 0, w: last });
  const under = found.filter(({ awaited }) => awaited === 'several');
  const over = found.filter(({ awaited }) => awaited !== 'several');
  const bars = h('span', { class: 'bars', 'data-end': Math.max(one.handshake ?? 0, ...found.filter(({ name }) => name !== 'close').map(({ from, took }) => from + took)) }, life, under.map(bar), over.map(bar));
  mark_cut(bars);
  return bars;
}

function mark_cut(bars) {
  if (bars && scale) bars.classList.toggle('cut', Number(bars.dataset.end) > scale.to);
}

function draw_row(one) {
  const isFailed = one.result !== 'ok' || one.exchanges.failed > 0;
  return h('a', { class: `row${one.result === 'ok' ? '' : ' failed'}`, href: `#${one.id}`, 'aria-label': sentence(one), 'data-id': one.id },
    h('span', { class: `dot ${isFailed ? 'bad' : one.state}`, title: isFailed ? 'something failed' : one.state }),
    h('time', { datetime: one.began }, clock(one.began)),
    h('span', { class: 'who' }, h('b', { class: `side ${one.side}` }, one.side), ` ${one.name}`),
    h('span', { class: 'what' }, h('span', { class: 'main' }, headline(one)), h('span', { class: 'kind' }, kind(one))),
    draw_bars(one),
    h('span', { class: 'took' }, time(one.handshake)));
}

// The live page: puts the parts together and keeps them fresh.

import { follow, get, watch } from './api.js';
import * as connections from './connections.js';
import * as detail from './detail.js';
import { at, h, swatch } from './dom.js';
import * as filter from './filter.js';
import * as phases from './phases.js';
import * as strip from './strip.js';
import * as tables from './tables.js';

const FIRST = 200;  // connections that are there at once

const unreachable = () => tables.state('lost', 'no answer');

function choose() {
  connections.choose(filter.wanted(), filter.scale());
}

function pause(wanted = !connections.isStopped()) {
  at('pause').setAttribute('aria-pressed', wanted);
  at('pause').textContent = wanted ? 'Go on' : 'Pause';
  connections.pause(wanted);
}

// What was seen can be chosen.
function arrived(list) {
  connections.add(list);
  filter.offer('result', [...new Set(list.map(({ result }) => result))].map((value) => ({ value, label: value.replaceAll('_', ' ') })));
}

function draw_legend({ awaited }) {
  at('legend').append(...awaited.map(({ name, help }) => h('li', { title: help }, swatch(name), name === 'self' ? 'Gladhand' : name)));
}

// With arrows from row to row; a row is a link, so Enter opens it by itself.
function walk(event) {
  const step = { ArrowDown: 'nextElementSibling', ArrowUp: 'previousElementSibling' }[event.key];
  const next = step && event.target.closest('li')?.[step]?.firstElementChild;
  if (!next) return;
  event.preventDefault();
  next.focus();
}

function shortcuts(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || at('detail').open || event.target.closest('input, select, textarea')) return;
  if (event.key === 'p') pause();
  else if (event.key === '/') at('filter').elements.text.focus();
  else return;
  event.preventDefault();
}

async function start() {
  at('app').hidden = false;
  const catalogue = await phases.load();
  draw_legend(catalogue);
  filter.offer('phase', catalogue.phases.map(({ side, name }) => ({ value: `${side}.${name}`, label: `${side} ${name}` })));
  filter.start(choose);
  choose();
  at('pause').addEventListener('click', () => pause());
  at('rows').addEventListener('keydown', walk);
  document.addEventListener('keydown', shortcuts);
  addEventListener('hashchange', detail.show);

  follow({
    handshake: (one) => arrived([one]), closed: (one) => arrived([one]), gap: (gap) => connections.miss(gap.missed_in_all),
    // What happened while nobody listened is asked for.
    state: (isThere) => (isThere ? get(`/api/v1/handshakes?limit=${FIRST}`).then(({ handshakes }) => arrived(handshakes)).catch(unreachable) : unreachable()),
  });
  watch('/api/v1/status', 2, tables.show_status, unreachable);
  watch('/api/v1/summary', 2, strip.show);
  watch('/api/v1/routes', 2, tables.show_routes);
  watch('/api/v1/upstreams', 3, (answer) => {
    tables.show_upstreams(answer);
    filter.offer('name', answer.upstreams.map(({ name }) => ({ value: name })));
  });
  watch('/api/v1/listeners', 3, (answer) => {
    tables.show_listeners(answer);
    detail.know(answer.listeners);
    filter.offer('name', answer.listeners.map(({ name }) => ({ value: name })));
  });
  watch('/api/v1/handshakes?phase=connect_tunnel&side=client&limit=10', 3, tables.show_tunnels);
  detail.show();
  const there_is = await get('/api/v1');
  if (there_is.includes('/api/v1/config')) get('/api/v1/config').then(tables.show_config).catch(() => {});
}

start().catch(unreachable);

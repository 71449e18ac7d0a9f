// The common axis of time: from before zero, which is when a connection was accepted or dialled, to where the bars end.

import { h, vars } from './dom.js';

const STEPS = 5;  // about so many ticks

// 1, 2 or 5 of a power of ten, not below `micros`.
function round(micros) {
  const power = 10 ** Math.floor(Math.log10(Math.max(micros, 1)));
  return [1, 2, 5, 10].find((digit) => digit * power >= micros * 0.999) * power;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

// From the beginnings and ends of what is shown. A few that take much longer do not make all others invisible: they are cut.
export function fitting(starts, ends) {
  const to = round(Math.max(quantile(ends, 0.8) * 1.1, 100));
  const before = Math.max(0, -quantile(starts, 0.2));
  return { from: -Math.min(before * 1.1, to / 4), to };
}

// A label's distance from the next is a multiple of what the axis shows.
function ticks({ from, to }) {
  const step = round((to - from) / STEPS);
  const found = [];
  for (let tick = Math.ceil(from / step) * step; tick <= to * 0.999; tick += step) found.push(tick);
  return found;
}

function label(micros) {
  if (micros === 0) return '0';
  return Math.abs(micros) >= 1e6 ? `${+(micros / 1e6).toFixed(3)} s` : `${+(micros / 1e3).toFixed(3)} ms`;
}

export function apply(scale, list, axis, lines) {
  vars(list, { from: scale.from, span: scale.to - scale.from });
  const at = (tick) => `${(100 * (tick - scale.from) / (scale.to - scale.from)).toFixed(3)}%`;
  axis.replaceChildren(...ticks(scale).map((tick) => vars(h('span', {}, label(tick)), { at: at(tick) })));
  lines.replaceChildren(...ticks(scale).map((tick) => vars(h('i', { class: tick === 0 && 'zero' }), { at: at(tick) })));
}

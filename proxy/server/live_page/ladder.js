// The sequence diagram of a connection, drawn from its Mermaid text (observe/mermaid.h): the same steps, the same instants.

import { h, vars } from './dom.js';

const LANES = { C: 'client', G: 'self', U: 'upstream', V: 'upstream' };
const PARTICIPANT = /^participant (\w) as (.*)$/;
const STEP = /^(?:Note over (?<lane>\w)(?:,\w)?|(?<from>\w)->>(?<to>\w)): (?<text>.*?)(?:<br\/>(?<at>-?[\d.]+ ms)(?: \(\+(?<after>[\d.]+ ms)\))?)?$/;

// Mermaid's #NN; back to characters.
const plain = (text) => text.replace(/#(\d+);/g, (_, number) => String.fromCodePoint(Number(number)));

export function parse(mermaid) {
  const lanes = [];
  const steps = [];
  for (const line of mermaid.split('\n').slice(1).map((each) => each.trim()).filter(Boolean)) {
    const participant = PARTICIPANT.exec(line);
    if (participant) {
      lanes.push({ key: participant[1], label: plain(participant[2]) });
      continue;
    }
    const step = STEP.exec(line)?.groups;
    if (step) steps.push({ ...step, text: plain(step.text) });
  }
  return { lanes, steps, ending: steps.pop()?.text };
}

function draw_step(step, place, last) {
  const times = [h('span', { class: 'at' }, step.at), h('span', { class: 'after' }, step.after && `+${step.after}`)];
  if (step.lane) {
    const where = place(step.lane);
    return h('li', { class: 'note' }, times, h('span', { class: 'lanes' },
      vars(h('span', { class: `text is-${LANES[step.lane]}${where === 0 ? ' left' : where === last ? ' right' : ''}` }, step.text), { x: where / last })));
  }
  const [from, to] = [place(step.from), place(step.to)];
  const arrow = vars(h('span', { class: `arrow ${to > from ? 'right' : 'left'} is-${LANES[step.from]}` }, h('span', { class: 'text' }, step.text)),
    { x: Math.min(from, to) / last, w: Math.abs(to - from) / last });
  return h('li', {}, times, h('span', { class: 'lanes' }, arrow));
}

export function draw(mermaid) {
  const { lanes, steps, ending } = parse(mermaid);
  const last = Math.max(lanes.length - 1, 1);
  const place = (key) => Math.max(lanes.findIndex((lane) => lane.key === key), 0);
  const heads = lanes.map(({ key, label }, i) => {
    const [what, ...which] = label.split(' ');
    return vars(h('span', { class: `lane is-${LANES[key]}${i === 0 ? ' left' : i === last ? ' right' : ''}` }, h('b', {}, what), ' ', which.join(' ')), { x: i / last });
  });
  const lines = lanes.map((_, i) => vars(h('i', {}), { x: i / last }));
  return h('div', { class: 'ladder' },
    h('div', { class: 'heads', 'aria-hidden': 'true' }, h('span', { class: 'lanes' }, heads)),
    h('div', { class: 'steps' }, h('div', { class: 'lines', 'aria-hidden': 'true' }, h('span', { class: 'lanes' }, lines)),
      h('ol', {}, steps.map((step) => draw_step(step, place, last)))),
    h('p', { class: 'ending' }, ending));
}

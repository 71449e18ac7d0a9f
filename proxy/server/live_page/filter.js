// Which connections to show. What is chosen stands in the page's address, so that it can be sent to somebody.

import { at, h } from './dom.js';

const FIELDS = ['side', 'name', 'result', 'phase', 'over', 'text', 'scale'];

const form = at('filter');
const value = (name) => form.elements[name].value.trim();

// What a reader may look for, in one text.
const texts = new WeakMap();
function text(one) {
  if (!texts.has(one)) texts.set(one, JSON.stringify(one).toLowerCase());
  return texts.get(one);
}

function longest(one, phase) {
  if (!phase) return one.handshake;
  const [side, name] = phase.split('.');
  const exchanges = [one.exchanges.first, one.exchanges.latest].map((exchange) => exchange?.phases[side]?.[name]);
  const took = [one.side === side ? one.phases[name] : undefined, ...exchanges].filter((each) => each !== undefined);
  return took.length ? Math.max(...took) : undefined;
}

// A function that says whether a connection is wanted.
export function wanted() {
  const [side, name, result, phase, search] = ['side', 'name', 'result', 'phase', 'text'].map(value);
  const over = value('over') === '' ? 0 : Number(value('over')) * 1000;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (one) => (!side || one.side === side) && (!name || one.name === name)
    && (!result || (result === 'failed' ? one.result !== 'ok' : one.result === result))
    && (!(phase || over) || longest(one, phase) >= over)
    && words.every((word) => text(one).includes(word));
}

export const scale = () => value('scale');

// More to choose from; what is chosen stays.
export function offer(name, options) {
  const select = form.elements[name];
  const known = new Set([...select.options].map((option) => option.value));
  for (const { value: option, label } of options) {
    if (!known.has(option)) select.append(h('option', { value: option }, label ?? option));
  }
}

export function start(changed) {
  const asked = new URLSearchParams(location.search);
  for (const name of FIELDS) {
    if (!asked.has(name)) continue;
    // It may name what nobody has met yet.
    if (form.elements[name].options) offer(name, [{ value: asked.get(name) }]);
    form.elements[name].value = asked.get(name);
  }
  form.addEventListener('submit', (event) => event.preventDefault());
  form.addEventListener('input', () => {
    const query = new URLSearchParams(FIELDS.map((name) => [name, value(name)]).filter(([, chosen]) => chosen));
    history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}${location.hash}`);
    changed();
  });
}

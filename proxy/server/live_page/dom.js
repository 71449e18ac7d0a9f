// Elements without markup: whatever strangers wrote becomes text, never HTML.

export const at = (id) => document.getElementById(id);

// h('a', { href: '#7', class: 'row' }, 'text', node, …). Children that are null or false are left out.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// Variables of a style sheet: the page's policy forbids style attributes, and these are none.
export function vars(element, values) {
  for (const [name, value] of Object.entries(values)) element.style.setProperty(`--${name}`, value);
  return element;
}

// As replaceChildren, but leaves what is the same already: a reader's selection survives.
export function fill(element, ...children) {
  const wanted = document.createElement(element.tagName);
  wanted.append(...children.flat(Infinity).filter(Boolean));
  if (wanted.innerHTML !== element.dataset.filled) {
    element.dataset.filled = wanted.innerHTML;
    element.replaceChildren(...wanted.childNodes);
  }
}

// A table that scrolls by itself where it is too wide. A row is a list of cells; columns: [{ text, number, help }].
export function table(label, columns, rows) {
  const head = h('tr', {}, columns.map(({ text, number, help }) => h('th', { scope: 'col', class: number && 'number', title: help }, text)));
  const line = (cells) => h('tr', {}, cells.map((cell, i) => h(i ? 'td' : 'th', { scope: i ? null : 'row', class: columns[i].number && 'number' }, cell ?? '–')));
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label }, h('table', {}, h('thead', {}, head), h('tbody', {}, rows.map(line))));
}

export const swatch = (awaited) => h('i', { class: `swatch is-${awaited}`, 'aria-hidden': 'true' });

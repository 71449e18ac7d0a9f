// Commands to copy. Part of them was written by strangers: every argument is quoted for the shell.

import { h } from './dom.js';

export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const command = (...words) => words.map(quoted).join(' ');

// Where a listener can be reached from where the reader is.
function reachable(address) {
  const port = address.slice(address.lastIndexOf(':') + 1);
  const isEverywhere = address.startsWith('0.0.0.0:') || address.startsWith('[::]:');
  return isEverywhere ? `${location.hostname}:${port}` : address;
}

// What would make another connection of that kind; nothing: that is not known.
function probe(one, listeners) {
  const { first } = one.exchanges;
  const scheme = one.tls ? 'https' : 'http';
  const path = first?.path?.startsWith('/') ? first.path : '/';
  if (one.side === 'upstream') return command('gladhand', 'probe', `${scheme}://${one.peer}${path}`);
  const listener = listeners.find(({ name }) => name === one.name);
  if (!listener) return null;
  const at = reachable(listener.address);
  if (listener.mode === 'forward') return first?.authority && command('gladhand', 'probe', '--via', `${scheme}://${at}`, `https://${first.authority}/`);
  const host = one.sni ? `${one.sni}:${at.slice(at.lastIndexOf(':') + 1)}` : at;
  return command('gladhand', 'probe', `${scheme}://${host}${path}`);
}

export function commands(one, listeners) {
  const url = `${location.origin}/api/v1/handshakes/${one.id}`;
  return [
    ['as JSON', command('curl', '-s', url)],
    ['as a Mermaid diagram', command('curl', '-s', `${url}.mmd`)],
    ['as a picture', `${command('curl', '-s', `${url}.svg`)} >${one.id}.svg`],
    ['another one like it, seen from outside', probe(one, listeners)],
  ].filter(([, text]) => text);
}

export function copyable(label, text) {
  const code = h('code', { tabindex: '0' }, text);
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `Copy: ${text}` }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = 'Copied';
    } catch {
      // Without a secure context there is no clipboard; what is chosen can be copied by hand.
      getSelection().selectAllChildren(code);
      button.textContent = 'Chosen';
    }
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  });
  return h('div', { class: 'command' }, label && h('span', { class: 'about' }, label), h('span', { class: 'line' }, code, button));
}

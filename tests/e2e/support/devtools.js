// Looks at pages through Chromium's DevTools protocol, as a person would: opens them, presses keys, reads what is there.
//
//   node devtools.js WS_URL       a line of JSON in, {"do":…}; a line of JSON out
//     open      url, width, height, dark, scripts      a fresh page, once it has loaded
//     evaluate  expression                             its value, awaited
//     press     key                                    such as Enter, Escape, ArrowDown, Tab, or a character
//     picture   path, whole                            a PNG of what is in view, or of the whole page
//     problems                                         what the page's console complained of, its policy's violations included
'use strict';
const fs = require('fs');
const readline = require('readline');
const WebSocket = require('ws');

const socket = new WebSocket(process.argv[2], { perMessageDeflate: false });
const asked = new Map();
const awaited = new Map();  // events: whom to tell
let lastId = 0;
let session;
let target;
let problems = [];

function send(method, params = {}, sessionId = session) {
  const id = ++lastId;
  socket.send(JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) }));
  return new Promise((resolve, reject) => asked.set(id, { resolve, reject }));
}
const event = (method) => new Promise((resolve) => awaited.set(method, resolve));

socket.on('message', (data) => {
  const message = JSON.parse(data);
  if (message.id) {
    const { resolve, reject } = asked.get(message.id);
    asked.delete(message.id);
    return message.error ? reject(new Error(message.error.message)) : resolve(message.result);
  }
  if (message.sessionId !== session) return undefined;
  const { method, params } = message;
  if (method === 'Runtime.exceptionThrown') problems.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
  if (method === 'Runtime.consoleAPICalled' && ['error', 'warning'].includes(params.type)) problems.push(params.args.map(({ value }) => value).join(' '));
  if (method === 'Log.entryAdded' && ['error', 'warning'].includes(params.entry.level)) problems.push(`${params.entry.text} ${params.entry.url ?? ''}`);
  awaited.get(method)?.(params);
  return awaited.delete(method);
});

// Keys that are no characters, as the protocol wants them.
const KEYS = { Enter: [13, '\r'], Escape: [27], Tab: [9], ArrowUp: [38], ArrowDown: [40] };

const actions = {
  async open({ url, width = 1440, height = 900, dark = false, scripts = true }) {
    const before = target;
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' }, null);
    target = targetId;
    // One page at a time: those behind it are neither drawn nor done with their connections.
    if (before) await send('Target.closeTarget', { targetId: before }, null);
    session = (await send('Target.attachToTarget', { targetId, flatten: true }, null)).sessionId;
    problems = [];
    for (const domain of ['Page', 'Runtime', 'Log']) await send(`${domain}.enable`);
    await send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: width < 500 });
    await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }, { name: 'prefers-reduced-motion', value: 'reduce' }] });
    await send('Emulation.setScriptExecutionDisabled', { value: !scripts });
    const loaded = event('Page.loadEventFired');
    const { errorText } = await send('Page.navigate', { url });
    if (errorText) throw new Error(`${url}: ${errorText}`);
    await loaded;
    return true;
  },
  async evaluate({ expression }) {
    const { result, exceptionDetails } = await send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value ?? null;
  },
  async press({ key }) {
    const [code, text] = KEYS[key] ?? [key.toUpperCase().charCodeAt(0), key];
    await send('Input.dispatchKeyEvent', { type: 'keyDown', key, windowsVirtualKeyCode: code, ...(text && { text }) });
    await send('Input.dispatchKeyEvent', { type: 'keyUp', key, windowsVirtualKeyCode: code });
    return true;
  },
  async picture({ path, whole = false }) {
    const { data } = await send('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole });
    fs.writeFileSync(path, Buffer.from(data, 'base64'));
    return true;
  },
  async problems() {
    return problems;
  },
};

socket.on('open', async () => {
  console.log('"open"');
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { do: action, ...about } = JSON.parse(line);
    try {
      console.log(JSON.stringify({ value: await actions[action](about) }));
    } catch (error) {
      console.log(JSON.stringify({ error: String(error) }));
    }
  }
  process.exit(0);
});

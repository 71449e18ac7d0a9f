// Figures as text. The API's times are microseconds.

const thousands = new Intl.NumberFormat('en', { useGrouping: true });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

// Two or three digits that count: "15 µs", "0.83 ms", "12.4 ms", "1.24 s".
export function time(micros) {
  if (micros === undefined || micros === null) return '–';
  const size = Math.abs(micros);
  if (size >= 59.95e6) return span(micros);
  if (size < 99.5) return `${Math.round(micros)} µs`;
  const [value, unit] = size >= 999.5e3 ? [micros / 1e6, 's'] : [micros / 1e3, 'ms'];
  const digits = Math.abs(value) >= 99.95 ? 0 : Math.abs(value) >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}

// To the microsecond.
export const exact = (micros) => `${(micros / 1e3).toFixed(3)} ms`;

// "2 d 3 h", "4 min 5 s".
export function span(micros) {
  const seconds = Math.floor(micros / 1e6);
  const parts = [[Math.floor(seconds / 86400), 'd'], [Math.floor(seconds / 3600) % 24, 'h'], [Math.floor(seconds / 60) % 60, 'min'], [seconds % 60, 's']];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return '0 s';
  return parts.slice(first, first + 2).map(([count, unit]) => `${count} ${unit}`).join(' ');
}

export const count = (n) => (n < 100_000 ? thousands.format(n) : compact.format(n));
export const percent = (part, whole) => (whole ? `${(100 * part / whole).toFixed(part && part < whole / 100 ? 1 : 0)} %` : '–');

export function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; ++i) n /= 1024;
  return `${i && n < 100 ? n.toFixed(1) : Math.round(n)} ${units[i]}`;
}

// The reader's own time of day, with milliseconds.
export function clock(instant) {
  const date = new Date(instant);
  const two = (n) => String(n).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
export const day = (instant) => instant.slice(0, 10);

export const plural = (n, word) => `${count(n)} ${word}${n === 1 ? '' : 's'}`;

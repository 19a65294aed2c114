export type Language = 'en' | 'zh';

const UNITS: Record<Language, [string, number][]> = {
  en: [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
    ['ms', 1],
  ],
  zh: [
    ['天', 86_400_000],
    ['小时', 3_600_000],
    ['分钟', 60_000],
    ['秒', 1000],
    ['毫秒', 1],
  ],
};

const secondMs = 1000;
const minuteMs = 60_000;

/** "2 h 5 min", "1.5 s", "12 ms": the two greatest units, below a minute one with at most two digits behind the point. */
export function duration(ms: number, language: Language = 'en'): string {
  if (!Number.isFinite(ms)) return '–';
  const units = UNITS[language];
  const space = language === 'zh' ? '' : ' ';
  const sign = ms < 0 ? '-' : '';
  const size = Math.abs(ms);
  const unit = (i: number) => units[i] ?? ['', 1];
  if (size < secondMs) return `${sign}${trim(size, size < 10 ? 2 : size < 100 ? 1 : 0)}${space}${unit(4)[0]}`;
  if (size < minuteMs) return `${sign}${trim(size / secondMs, size < 10 * secondMs ? 2 : 1)}${space}${unit(3)[0]}`;
  for (let i = 0; i < 3; ++i) {
    const [word, length] = unit(i);
    if (size < length) continue;
    const [lower, lowerLength] = unit(i + 1);
    let whole = Math.floor(size / length);
    let rest = Math.round((size - whole * length) / lowerLength);
    if (rest * lowerLength === length) {
      whole += 1;
      rest = 0;
    }
    return `${sign}${whole}${space}${word}${rest > 0 ? `${space}${rest}${space}${lower}` : ''}`;
  }
  return `${sign}${size}`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

const BYTES = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
const kibi = 1024;

/** "1.5 MiB": powers of 1024. */
export function bytes(n: number): string {
  if (!Number.isFinite(n)) return '–';
  let i = 0;
  let size = Math.abs(n);
  while (size >= kibi && i < BYTES.length - 1) {
    size /= kibi;
    ++i;
  }
  return `${n < 0 ? '-' : ''}${trim(size, size < 10 && i > 0 ? 2 : size < 100 && i > 0 ? 1 : 0)} ${BYTES[i]}`;
}

const plain = new Intl.NumberFormat('en', { maximumFractionDigits: 3 });
const hugeFrom = 1e15;
const tinyBelow = 1e-3;

/** With a thin group separator; very large and very small ones by a power of ten. Units of bytes and times are made readable. */
export function number(n: number, unit?: string | null): string {
  if (!Number.isFinite(n)) return '–';
  const size = Math.abs(n);
  const text = size >= hugeFrom || (size > 0 && size < tinyBelow) ? n.toExponential(3) : plain.format(n).replaceAll(',', '\u202f');
  if (unit === undefined || unit === null || unit === '') return text;
  return unit === '%' ? `${text}\u202f%` : `${text}\u00a0${unit}`;
}

/** Absolute, in the viewer's zone, with its offset: "2026-12-01 14:03:07 +01:00". */
export function absolute(ms: number): string {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return '–';
  const two = (value: number) => String(value).padStart(2, '0');
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return (
    `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`
  );
}

/** "5 min ago", "in 3 s", "now". */
export function relative(ms: number, now: number, language: Language = 'en'): string {
  const by = ms - now;
  const far = Math.abs(by);
  if (far < 2 * secondMs) return language === 'zh' ? '刚刚' : 'now';
  const rounded = far < minuteMs ? Math.round(far / secondMs) * secondMs : far;
  const text = coarse(rounded, language);
  if (language === 'zh') return by < 0 ? `${text}前` : `${text}后`;
  return by < 0 ? `${text} ago` : `in ${text}`;
}

/** The greatest unit alone. */
function coarse(ms: number, language: Language): string {
  for (const [word, length] of UNITS[language])
    if (ms >= length) return `${Math.floor(ms / length)}${language === 'zh' ? '' : ' '}${word}`;
  return duration(ms, language);
}

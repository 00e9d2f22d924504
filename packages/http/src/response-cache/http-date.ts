/** Dates of HTTP (RFC 9110, section 5.6.7), strictly: what is none of the three forms is no date. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const MONTH = `(${MONTHS.join('|')})`;
const DAY = '(?:mon|tue|wed|thu|fri|sat|sun)';
const LONG_DAY = '(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)';
const TIME = String.raw`(\d\d):(\d\d):(\d\d)`;
const IMF = new RegExp(String.raw`^${DAY}, (\d\d) ${MONTH} (\d{4}) ${TIME} gmt$`, 'i');
const RFC_850 = new RegExp(String.raw`^${LONG_DAY}, (\d\d)-${MONTH}-(\d\d) ${TIME} gmt$`, 'i');
const ASCTIME = new RegExp(String.raw`^${DAY} ${MONTH} ([ \d]\d) ${TIME} (\d{4})$`, 'i');

/** A date in milliseconds since 1970; `undefined` for what is none. `nowMs` tells the century of years with two digits. */
export function parseHttpDate(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const imf = IMF.exec(text);
  if (imf) return utc(imf[3], imf[2], imf.slice(1, 2).concat(imf.slice(4)));
  const old = RFC_850.exec(text);
  if (old) {
    const year = fullYear(Number(old[3]), nowMs);
    return utc(String(year), old[2], old.slice(1, 2).concat(old.slice(4)));
  }
  const asc = ASCTIME.exec(text);
  return asc ? utc(asc[6], asc[1], asc.slice(2, 6)) : undefined;
}

/** A date as it is sent. */
export function httpDate(ms: number): string {
  return new Date(ms).toUTCString();
}

function utc(
  year: string | undefined,
  month: string | undefined,
  rest: readonly (string | undefined)[],
): number | undefined {
  const [day = 0, hour = 0, minute = 0, second = 0] = rest.map(Number);
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const at = MONTHS.indexOf((month ?? '').toLowerCase());
  const date = new Date(0);
  date.setUTCFullYear(Number(year), at, day);
  if (date.getUTCMonth() !== at || day < 1) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

/** RFC 9110: what seems more than 50 years ahead is the most recent year in the past that ends so. */
function fullYear(short: number, nowMs: number): number {
  const now = new Date(nowMs).getUTCFullYear();
  const year = now - (now % 100) + short;
  return year > now + 50 ? year - 100 : year;
}

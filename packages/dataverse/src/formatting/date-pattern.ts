/** dateText: a moment as text by a pattern of .NET, as `yyyy-MM-dd HH:mm`. */

/** What a clock on the wall shows, in milliseconds as if it hung in UTC, and how to write it. */
export interface DatePattern {
  readonly pattern: string;
  readonly locale: string;
}

const TOKEN =
  /yyyy|yy|MMMM|MMM|MM|M|dddd|ddd|dd|d|HH|H|hh|h|mm|m|ss|s|f{1,3}|tt|'[^']*'|"[^"]*"|\\./g;

/** What the clock shows, as text. */
export function dateText(local: number, { pattern, locale }: DatePattern): string {
  const date = new Date(local);
  return pattern.replace(TOKEN, (token) => {
    const part = PARTS.get(token);
    if (part) return part(date);
    const named = NAMES.get(token);
    if (named) return intlDate(locale, named).format(date);
    if (token.startsWith('f')) {
      return String(date.getUTCMilliseconds()).padStart(3, '0').slice(0, token.length);
    }
    return token.startsWith('\\') ? token.slice(1) : token.slice(1, -1);
  });
}

const two = (value: number): string => String(value).padStart(2, '0');
const hourOfTwelve = (date: Date): number => date.getUTCHours() % 12 || 12;

const PARTS: ReadonlyMap<string, (date: Date) => string> = new Map([
  ['yyyy', (date) => String(date.getUTCFullYear()).padStart(4, '0')],
  ['yy', (date) => two(date.getUTCFullYear() % 100)],
  ['MM', (date) => two(date.getUTCMonth() + 1)],
  ['M', (date) => String(date.getUTCMonth() + 1)],
  ['dd', (date) => two(date.getUTCDate())],
  ['d', (date) => String(date.getUTCDate())],
  ['HH', (date) => two(date.getUTCHours())],
  ['H', (date) => String(date.getUTCHours())],
  ['hh', (date) => two(hourOfTwelve(date))],
  ['h', (date) => String(hourOfTwelve(date))],
  ['mm', (date) => two(date.getUTCMinutes())],
  ['m', (date) => String(date.getUTCMinutes())],
  ['ss', (date) => two(date.getUTCSeconds())],
  ['s', (date) => String(date.getUTCSeconds())],
  ['tt', (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM')],
]);

const NAMES: ReadonlyMap<string, Intl.DateTimeFormatOptions> = new Map([
  ['MMMM', { month: 'long' }],
  ['MMM', { month: 'short' }],
  ['dddd', { weekday: 'long' }],
  ['ddd', { weekday: 'short' }],
]);

const formats = new Map<string, Intl.DateTimeFormat>();
const MOST_FORMATS = 100;

/** A format of what a clock on the wall shows. To make one takes long, to use it does not. */
export function intlDate(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale} ${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known) return known;
  if (formats.size >= MOST_FORMATS) formats.clear();
  const made = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  formats.set(key, made);
  return made;
}

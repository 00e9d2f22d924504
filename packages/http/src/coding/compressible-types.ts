/** What kinds of content become smaller when they are packed. */

/** Media types; `text/*` stands for all that begin so, `+json` for all that end so. A stream of events is packed only if it is named itself. */
export const COMPRESSIBLE_TYPES: readonly string[] = [
  'text/*',
  '+json',
  '+text',
  '+xml',
  '+yaml',
  'application/ecmascript',
  'application/graphql',
  'application/javascript',
  'application/json',
  'application/json-seq',
  'application/jsonl',
  'application/rtf',
  'application/sql',
  'application/toml',
  'application/wasm',
  'application/x-javascript',
  'application/x-ndjson',
  'application/x-sh',
  'application/x-www-form-urlencoded',
  'application/xml',
  'application/yaml',
  'font/otf',
  'font/ttf',
];

const EVENT_STREAM = 'text/event-stream';

/** Tells whether a `Content-Type` is among these types. */
export function typeTest(types: readonly string[]): (contentType: string | undefined) => boolean {
  const lower = types.map((type) => type.toLowerCase());
  const exact = new Set(lower);
  const starts = lower.filter((type) => type.endsWith('/*')).map((type) => type.slice(0, -1));
  const ends = lower.filter((type) => type.startsWith('+'));
  const judge = (type: string): boolean =>
    exact.has(type) ||
    (type !== EVENT_STREAM &&
      (starts.some((start) => type.startsWith(start)) || ends.some((end) => type.endsWith(end))));
  return (contentType) => contentType !== undefined && judge(essenceOf(contentType));
}

/** The type without its parameters. */
function essenceOf(contentType: string): string {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}

/** Brings the path of a request into the one form on which everything after it decides. */

/** The two parts of what a request line names. */
export interface RequestTarget {
  /** Normal form: dots and needless escapes resolved, slashes single. */
  readonly path: string;
  /** The query with its `?`, as it came; empty if there is none. */
  readonly search: string;
}

/** What may stand in a path: unreserved, sub-delims, `:`, `@`, `/`, and escapes. A backslash may not: some read it as `/`. */
const LEGAL = /^\/(?:[\w\-.~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
const UNRESERVED = /[\w\-.~]/;

/**
 * The path in normal form, or `undefined` if there is none: it has a broken escape, an escaped NUL, a character that
 * may not be in a path, or climbs above the root. An escaped slash stays escaped, so it never becomes a separator.
 */
export function normalPath(raw: string): string | undefined {
  if (plainEnd(raw) === raw.length) return raw;
  if (!LEGAL.test(raw)) return undefined;
  const unescaped = raw.replace(/%[0-9A-Fa-f]{2}/g, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return UNRESERVED.test(character) ? character : escape.toUpperCase();
  });
  if (unescaped.includes('%00')) return undefined;
  return withoutDots(unescaped.replace(/\/{2,}/g, '/'));
}

function withoutDots(path: string): string | undefined {
  const kept: string[] = [];
  const segments = path.slice(1).split('/');
  for (const segment of segments) {
    if (segment === '..') {
      if (kept.pop() === undefined) return undefined;
    } else if (segment !== '.') kept.push(segment);
  }
  const last = segments.at(-1);
  // `/a/.` and `/a/b/..` name a folder, and so end in a slash.
  if ((last === '.' || last === '..') && kept.length) kept.push('');
  return `/${kept.join('/')}`;
}

/** Path and query of what a request line names, or `undefined` if the path has no normal form. */
export function readTarget(target: string): RequestTarget | undefined {
  const end = plainEnd(target);
  if (end === target.length) return { path: target, search: '' };
  if (end > 0) {
    const search = target.slice(end);
    return search.includes('#') ? undefined : { path: target.slice(0, end), search };
  }
  const origin = /^https?:\/\/[^/?#]*/i.exec(target);
  const local = origin ? target.slice(origin[0].length) || '/' : target;
  if (local.includes('#')) return undefined;
  const at = local.indexOf('?');
  const path = normalPath((at < 0 ? local : local.slice(0, at)) || '/');
  return path === undefined ? undefined : { path, search: at < 0 ? '' : local.slice(at) };
}

const SLASH = 0x2f;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
/** The characters that stand for themselves wherever they are in a path; a dot does unless it begins a segment. */
const MARKS: Readonly<Uint8Array> = Uint8Array.from({ length: 256 }, (_, code) =>
  Number(/[\w\-.~!$&'()*+,;=:@/]/.test(String.fromCharCode(code))),
);

/** Where the path ends if it is in normal form already, as nearly all are, and -1 if that takes a closer look. */
function plainEnd(target: string): number {
  if (target.charCodeAt(0) !== SLASH) return -1;
  let before = SLASH;
  for (let at = 1; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code === QUESTION_MARK) return at;
    if (!MARKS[code] || (before === SLASH && (code === SLASH || code === DOT))) return -1;
    before = code;
  }
  return target.length;
}

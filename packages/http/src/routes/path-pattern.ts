/** Patterns of paths: exact, with `:parameters`, or everything below a prefix. */
import { unexpected } from '@interpose/kernel/options';

/** One segment of a pattern: a text, a parameter, or the rest of the path. */
export type Segment =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'rest' };

/** A pattern that has been read. */
export interface PathPattern {
  readonly source: string;
  readonly segments: readonly Segment[];
}

/** The segments of a path; `/` has none. */
export function segmentsOf(path: string): string[] {
  return path === '/' ? [] : path.slice(1).split('/');
}

/**
 * Reads a pattern: `/exact`, `/users/:id` or `/users/{id}`, or `/files/*`, which is also `/files` itself.
 *
 * @throws TypeError if the text is no pattern
 */
export function parsePattern(source: string): PathPattern {
  if (typeof source !== 'string' || !/^\/[^?#\s\\]*$/.test(source) || source.includes('//')) {
    throw unexpected('path', 'a path that begins with a single slash', source);
  }
  const parts = segmentsOf(source);
  const names = new Set<string>();
  const segments = parts.map((part, index): Segment => {
    if (part === '*' && index === parts.length - 1) return { kind: 'rest' };
    if (part.includes('*'))
      throw unexpected('path', 'a path with `*` only as its last segment', source);
    const name = parameterOf(part);
    if (name === undefined) return { kind: 'text', text: part };
    if (!/^[A-Za-z_]\w*$/.test(name) || names.has(name)) {
      throw unexpected('path', 'a path whose parameters have names of their own', source);
    }
    names.add(name);
    return { kind: 'parameter', name };
  });
  return { source, segments };
}

/** The name of the parameter that a segment is; nothing if it is a text. */
function parameterOf(part: string): string | undefined {
  if (part.startsWith(':')) return part.slice(1);
  return part.startsWith('{') && part.endsWith('}') ? part.slice(1, -1) : undefined;
}

/** True if the pattern matches the path. */
export function matches({ segments }: PathPattern, path: string): boolean {
  const parts = segmentsOf(path);
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'rest') return true;
    const part = parts[index];
    if (part === undefined || (segment.kind === 'text' ? segment.text !== part : part === '')) {
      return false;
    }
  }
  return parts.length === segments.length;
}

/** True if some path could match both patterns. */
export function mayOverlap(one: PathPattern, other: PathPattern): boolean {
  for (let at = 0; ; at++) {
    const [left, right] = [one.segments[at], other.segments[at]];
    if (left?.kind === 'rest' || right?.kind === 'rest') return true;
    if (!left || !right) return left === right;
    if (left.kind === 'text' && right.kind === 'text' && left.text !== right.text) return false;
  }
}

/** What the parameters of a pattern caught, unescaped. */
export function paramsOf(
  { segments }: PathPattern,
  path: string,
): Readonly<Record<string, string>> {
  const parts = segmentsOf(path);
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'parameter') params[segment.name] = unescaped(parts[index] ?? '');
    if (segment.kind === 'rest') params['*'] = parts.slice(index).join('/');
  }
  return params;
}

/** A text without its escapes. */
export function unescaped(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    // Escapes of bytes that are no UTF-8 stay as they are.
    return text;
  }
}

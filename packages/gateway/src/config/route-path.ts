/** Says what is wrong with the paths that a route has: its own, those it takes away, and those it puts in their place. */
import { normalPath } from '@interpose/http';

/** What is wrong with a path such as `/users/:id`, `/users/{id}` or `/files/*`; false if nothing is. */
export function pathFault(path: string): string | false {
  if (!path.startsWith('/')) return 'it must begin with "/"';
  if (/[^!-~]|[?#\\]/.test(path)) {
    return 'it must have no space, "?", "#" or letters beyond ASCII; write %20 and the like';
  }
  if (/%(?![\dA-F]{2})/i.test(path)) return 'a "%" must be followed by two hexadecimal digits';
  const segments = path.slice(1).split('/');
  return segmentsFault(segments) || formFault(segments);
}

/** What is wrong with the beginning of a path, in which nothing is caught; false if nothing is. */
export function prefixFault(prefix: string): string | boolean {
  return /[*:{]/.test(prefix) || pathFault(prefix);
}

/** True if the path begins with these segments. */
export function beginsWith(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/$/, '');
  return path === bare || path.startsWith(`${bare}/`);
}

/** The path with all its parameters called alike: two that have the same form match the same requests. */
export function pathForm(path: string): string {
  return path.replaceAll(/\/(?::\w+|\{\w+\})/g, '/:');
}

function segmentsFault(segments: readonly string[]): string | false {
  const last = segments.length - 1;
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    return 'it must have no "." and ".." segments';
  }
  if (segments.some((segment, index) => segment === '' && index < last)) {
    return 'it must have no "//"';
  }
  if (
    segments.some((segment, index) => segment.includes('*') && (segment !== '*' || index < last))
  ) {
    return '"*" may only be the whole last segment';
  }
  const names = segments.filter(isParameter);
  if (names.some((name) => !/^(?::[A-Za-z_]\w*|\{[A-Za-z_]\w*\})$/.test(name))) {
    return 'expected a word of letters, digits and "_" behind ":"';
  }
  const bare = names.map((name) => name.replaceAll(/\W/g, ''));
  return bare.length === new Set(bare).size ? false : 'each ":name" may stand in it only once';
}

function isParameter(segment: string): boolean {
  return segment.startsWith(':') || (segment.startsWith('{') && segment.endsWith('}'));
}

/** Requests are held against routes in one form; a path in another would never match. */
function formFault(segments: readonly string[]): string | false {
  for (const segment of segments.filter((one) => !isParameter(one))) {
    const normal = normalPath(`/${segment}`)?.slice(1);
    if (normal === undefined) return `no request can have ${JSON.stringify(segment)} in its path`;
    if (normal !== segment) return `write ${JSON.stringify(segment)} as ${JSON.stringify(normal)}`;
  }
  return false;
}

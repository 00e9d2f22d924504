/** Says what is wrong with the path of a route. */

/** What is wrong with a path such as `/users/:id` or `/files/*`; false if nothing is. */
export function pathFault(path: string): string | false {
  if (!path.startsWith('/')) return 'it must begin with "/"';
  if (/[^!-~]|[?#\\]/.test(path)) {
    return 'it must have no space, "?", "#" or letters beyond ASCII; write %20 and the like';
  }
  if (/%(?![\dA-F]{2})/i.test(path)) return 'a "%" must be followed by two hexadecimal digits';
  return segmentsFault(path.slice(1).split('/'));
}

/** What is wrong with the beginning of a path that is to be taken away; false if nothing is. */
export function prefixFault(prefix: string): string | boolean {
  return /[*:]/.test(prefix) || pathFault(prefix);
}

/** True if the path begins with these segments. */
export function beginsWith(path: string, prefix: string): boolean {
  const bare = prefix.replace(/\/$/, '');
  return path === bare || path.startsWith(`${bare}/`);
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
  const names = segments.filter((segment) => segment.startsWith(':'));
  if (names.some((name) => !/^:[A-Za-z_]\w*$/.test(name))) {
    return 'expected a word of letters, digits and "_" behind ":"';
  }
  return names.length === new Set(names).size ? false : 'each ":name" may stand in it only once';
}

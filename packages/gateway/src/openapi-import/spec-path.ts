/** Turns the paths of OpenAPI into paths of routes. */
import { pathFault } from '../config/route-path.ts';

/** The path of a route; or what keeps it from being one. */
export function routePath(path: string): { readonly path: string } | { readonly fault: string } {
  const segments = path.split('/').map((segment) => {
    if (!/[{}]/.test(segment)) return segment;
    const name = /^\{([^{}]+)\}$/.exec(segment)?.[1];
    return name === undefined ? undefined : `{${parameterName(name)}}`;
  });
  if (segments.includes(undefined)) {
    return { fault: 'a parameter can only be the whole of a segment' };
  }
  const made = segments.join('/');
  // What is a parameter to routes, is none to OpenAPI.
  if (/\/[:*]/.test(made))
    return { fault: 'a segment that begins with ":" or "*" has another meaning here' };
  const fault = pathFault(made);
  return fault === false ? { path: made } : { fault };
}

/** Routes have words for names. */
function parameterName(name: string): string {
  return name.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_');
}

/** Says what is wrong with where a redirect leads; no browser may be led to another host than the config names. */
import { originFault, redirectTarget } from '../routing/redirect.ts';
import { pathFault } from './route-path.ts';

/** What is wrong with it; false if nothing is. */
export function redirectFault(to: string): string | boolean {
  // Browsers read `//host` and `/\host` as another host.
  if (/^[/\\]{2}/.test(to)) return 'it must not begin with "//"';
  if (/[^!-~]|[#\\]/.test(to)) return 'it must have no space, "#", "\\" or letters beyond ASCII';
  if (!/^(?:\/|https?:\/\/)/i.test(to)) return 'it must begin with "/", http:// or https://';
  const { origin, path } = redirectTarget(to);
  return originFault(origin) || pathFault(path);
}

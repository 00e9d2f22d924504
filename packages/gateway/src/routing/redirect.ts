/** Redirect: an answer that sends the client to another path, or to an address that the config names. */
import { HttpError } from '@interpose/http';
import { unexpected } from '@interpose/kernel/options';
import type { GatewayRequest } from '../context.ts';
import { pathTemplate } from './path-template.ts';
import type { Redirect } from './route-options.ts';

/** Stands for the host that was asked, in `https://:host/…`. */
export const ASKED_HOST = ':host';
/** A name or an address, without port. What is more than that could lead elsewhere. */
const HOST = /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])$/i;

/** The parts of where a redirect leads. */
export interface RedirectTarget {
  /** `https://shop.example`, or nothing for the same host. */
  readonly origin: string;
  readonly path: string;
  /** With its `?`, or empty. */
  readonly search: string;
}

/** Takes an address apart that has been checked. */
export function redirectTarget(to: string): RedirectTarget {
  const [origin = ''] = /^https?:\/\/[^/?]*/i.exec(to) ?? [];
  const rest = to.slice(origin.length);
  const question = rest.indexOf('?');
  const path = question < 0 ? rest : rest.slice(0, question);
  return { origin, path: path || '/', search: question < 0 ? '' : rest.slice(question) };
}

/** What is wrong with the origin of an address; false if nothing is, or there is none. */
export function originFault(origin: string): string | false {
  if (origin === '') return false;
  const host = origin.slice(origin.indexOf('//') + 2);
  if (host === ASKED_HOST) return false;
  if (host.includes('@')) return 'it must have no user and password';
  const isHost = HOST.test(host.replace(/:\d{1,5}$/, '')) && URL.canParse(origin);
  return isHost ? false : `${JSON.stringify(host)} is no host`;
}

/**
 * Makes what answers with a redirect.
 *
 * @throws TypeError if it would lead nowhere, or to another host than it seems
 */
export function redirectAnswer(
  routePath: string,
  { to, status = 302, keepQuery = true }: Redirect,
): (ctx: GatewayRequest) => void {
  const { origin, path, search } = redirectTarget(to);
  if (originFault(origin) || /[^!-~]|#/.test(search))
    throw unexpected('to', 'a path or an address', to);
  const pathOf = pathTemplate(path, routePath);
  return (ctx) => {
    const own = keepQuery ? ctx.search : '';
    const query = search && own.length > 1 ? `${search}&${own.slice(1)}` : search || own;
    ctx.answer(status, null);
    ctx.response.headers.set('Location', originFor(origin, ctx) + pathOf(ctx.path) + query);
  };
}

function originFor(origin: string, ctx: GatewayRequest): string {
  if (!origin.endsWith(`/${ASKED_HOST}`)) return origin;
  const host = (ctx.headers.get('host') ?? '').replace(/:\d*$/, '');
  if (!HOST.test(host)) {
    throw new HttpError(400, 'The host is not valid', { code: 'INVALID_HOST' });
  }
  return origin.slice(0, -ASKED_HOST.length) + host;
}

/** What a listener answers itself, before any route is looked for. */
import { HttpError } from '@interpose/http';
import type { GatewayRequest } from '../context.ts';
import type { RoutePlan } from '../route-plan.ts';
import type { Certificates } from './certificates.ts';
import type { ListenerConfig } from './listener-config.ts';

/** Answers a request, or leaves it to the routes: `undefined`. */
export type TurnAway = (ctx: GatewayRequest) => ((ctx: GatewayRequest) => void) | undefined;

/** What a listener turns away, if anything. */
export function turnAwayOf(
  { redirectToHttps = false }: ListenerConfig,
  certificates: Certificates | undefined,
): TurnAway | undefined {
  if (redirectToHttps !== false) {
    const { port = 443, status = 308 } = redirectToHttps === true ? {} : redirectToHttps;
    const redirect = redirectTo(port === 443 ? '' : `:${port}`, status);
    return () => redirect;
  }
  if (!certificates?.areSeveral) return undefined;
  return (ctx) => (isMisdirected(ctx, certificates) ? refuseMisdirected : undefined);
}

/** The way of a request that is turned away: nobody has to be let in for that, but it is answered and logged like any other. */
export function turnedAway(otherwise: RoutePlan, answer: (ctx: GatewayRequest) => void): RoutePlan {
  return {
    ...otherwise,
    phases: { ...otherwise.phases, access: [] },
    async content(ctx) {
      answer(ctx);
      return ctx.response;
    },
  };
}

/** The host alone, of which the port is no part. */
export function hostName(host: string | undefined): string | undefined {
  return host?.replace(/:\d*$/, '') || undefined;
}

function redirectTo(port: string, status: number): (ctx: GatewayRequest) => void {
  return (ctx) => {
    if (ctx.fault) throw ctx.fault;
    const host = hostName(ctx.headers.get('host'));
    if (host === undefined) throw new HttpError(400, 'The request names no host');
    ctx.answer(status, null);
    ctx.response.headers.set('Location', `https://${host}${port}${ctx.path}${ctx.search}`);
  };
}

/** A connection of HTTP/2 is used for other hosts as well; those must be hosts of the certificate that it was opened with. */
function isMisdirected({ version, exchange, headers }: GatewayRequest, all: Certificates): boolean {
  if (version !== '2.0') return false;
  const { tls } = exchange;
  return (
    tls !== undefined &&
    all.indexFor(tls.serverName) !== all.indexFor(hostName(headers.get('host')))
  );
}

function refuseMisdirected(): never {
  throw new HttpError(421, 'This connection is not for this host');
}

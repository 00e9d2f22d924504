/** Says in words where the answers of a route come from. */
import type { GatewayConfig, RouteConfig } from '../gateway-config.ts';
import type { StickyBy } from './route-options.ts';

/** Where the answer comes from, in words. */
export function answerText(route: RouteConfig, upstreams: GatewayConfig['upstreams']): string {
  const { respond, redirect, handler } = route;
  if (respond) return `fixed response ${respond.status}`;
  if (redirect) return `redirect ${redirect.status ?? 302} to ${redirect.to}`;
  if (handler !== undefined) return `handler ${handler}${strippedText(route)}`;
  return targetText(route, upstreams) + canaryText(route) + stickyText(route.sticky);
}

function targetText(route: RouteConfig, upstreams: GatewayConfig['upstreams']): string {
  const { upstream, split = [] } = route;
  const changed = `${strippedText(route)}${rewriteText(route)}`;
  if (upstream !== undefined)
    return `upstream ${upstream} (${placeOf(upstreams[upstream])}${changed})`;
  const total = split.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const shares = split.map(
    (target) => `${target.upstream} ${percent((target.weight ?? 1) / total)}`,
  );
  return `upstreams ${shares.join(', ')}${changed}`;
}

function placeOf(upstream: GatewayConfig['upstreams'][string] | undefined): string {
  const { url, targets = [] } = (upstream ?? {}) as {
    readonly url?: string;
    readonly targets?: readonly { readonly url: string }[];
  };
  return url ?? (targets.map((target) => target.url).join(', ') || '?');
}

function strippedText({ stripPrefix }: RouteConfig): string {
  return stripPrefix ? `, without ${stripPrefix}` : '';
}

function rewriteText({ rewrite }: RouteConfig): string {
  if (!rewrite) return '';
  const { path, prefix, host, query } = rewrite;
  return [
    path === undefined ? '' : `, as ${path}`,
    prefix === undefined ? '' : `, below ${prefix}`,
    query ? ', with another query' : '',
    host === undefined ? '' : `, as host ${host}`,
  ].join('');
}

function canaryText({ canary }: RouteConfig): string {
  if (!canary) return '';
  const by = [
    canary.percent === undefined ? '' : percent(canary.percent / 100),
    canary.header === undefined ? '' : `by header ${canary.header}`,
    canary.cookie === undefined ? '' : `by cookie ${canary.cookie}`,
  ];
  return `; canary ${canary.upstream} ${by.filter(Boolean).join(', ')}`;
}

function stickyText(sticky: StickyBy | undefined): string {
  if (sticky === undefined) return '';
  if (typeof sticky === 'string') return `; sticky by ${sticky}`;
  return 'header' in sticky
    ? `; sticky by header ${sticky.header}`
    : `; sticky by cookie ${sticky.cookie}`;
}

const percent = (share: number): string => `${Math.round(share * 10_000) / 100} %`;

/** Reads the upstreams to which the gateway sends. */
import type { GatewayConfig, UpstreamConfig } from '../gateway-config.ts';
import { number, text } from './scalar-shapes.ts';
import { optional, readFields, recordOf, required, type Shape } from './shape.ts';

/** The longest time that a timer of Node can hold. */
const MOST_MS = 2 ** 31 - 1;

const timeout = number({ whole: true, min: 1, max: MOST_MS });

const upstream: Shape<UpstreamConfig> = (node, report) =>
  readFields<UpstreamConfig>(
    node,
    {
      url: required(
        text({
          wanted: 'a URL such as http://127.0.0.1:8090',
          fault: urlFault,
          secret: holdsPassword(node),
        }),
      ),
      connectTimeoutMs: optional(timeout),
      firstByteTimeoutMs: optional(timeout),
      idleTimeoutMs: optional(timeout),
    },
    { what: 'an upstream', report },
  ) as UpstreamConfig | undefined;

/** The shape of `upstreams`. */
export const upstreamsShape: Shape<GatewayConfig['upstreams']> = recordOf({
  value: upstream,
  wanted: 'a mapping of names to upstreams',
  keyFault: (name) => nameFault(name),
});

/** What is wrong with a name that other places refer to, if anything. */
export function nameFault(name: string): string | undefined {
  return /^[A-Za-z\d][\w.-]*$/.test(name)
    ? undefined
    : 'expected a name of letters, digits, ".", "_" and "-"';
}

function urlFault(value: string): string | boolean {
  if (!URL.canParse(value)) return true;
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'it must begin with http:// or https://';
  if (url.username !== '' || url.password !== '') return 'it must have no user and password';
  return url.search !== '' || url.hash !== '' ? 'it must have no query and no fragment' : false;
}

function holdsPassword(node: Parameters<Shape<unknown>>[0]): boolean {
  const url = node.kind === 'map' ? node.entries.get('url')?.value : undefined;
  return url?.kind === 'scalar' && typeof url.value === 'string' && url.value.includes('@');
}

/** The headers that a request travels on with. */
import { HeaderList } from '@interpose/http';
import { dropHopHeaders, tellForwarded } from '@interpose/http/proxy';
import type { Consumer, GatewayRequest } from '../context.ts';
import { fateOf } from './header-fate.ts';
import type { UpstreamConfig } from './upstream-config.ts';

/** How a request is addressed. */
export interface Addressed {
  /** The name and port of the target. */
  readonly host: string;
  /** The `Host` that it is told, if not its own or the client's. */
  readonly toldHost?: string | undefined;
  /** What was taken off the front of the path. */
  readonly prefix?: string | undefined;
}

/** What `Connection` says of connections alone, and not of headers. */
const HARMLESS = /^[ \t]*(?:keep-alive|close|upgrade)?[ \t]*$/i;

/** Says of one upstream with which headers requests travel on to it. */
export class ForwardRules {
  readonly #preserveHost: boolean;
  readonly #form: NonNullable<UpstreamConfig['forwarded']>;
  readonly #pseudonym: string;
  readonly #via: Readonly<Record<string, string>>;

  /** `pseudonym` is what this gateway is called in `Via`. */
  constructor(config: UpstreamConfig, pseudonym: string) {
    this.#preserveHost = config.preserveHost ?? false;
    this.#form = config.forwarded ?? 'x-forwarded';
    this.#pseudonym = pseudonym;
    const versions = ['1.0', '1.1', '2.0'];
    this.#via = Object.fromEntries(versions.map((version) => [version, `${version} ${pseudonym}`]));
  }

  /** True for a request that has come from this very gateway. */
  isLoop(ctx: GatewayRequest): boolean {
    return ctx.headers.get('via')?.includes(this.#pseudonym) ?? false;
  }

  /** Names and values in turn. */
  headersOf(ctx: GatewayRequest, addressed: Addressed): readonly string[] {
    const raw = withoutNamed(ctx.headers);
    const out: string[] = [];
    let asked = '';
    let passed = '';
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = raw[at] as string;
      const value = raw[at + 1] as string;
      const fate = fateOf(name);
      if (fate === 'kept') out.push(name, value);
      else if (fate === 'host') asked = value;
      else if (fate === 'via') passed += `${value}, `;
    }
    const { host, toldHost, prefix } = addressed;
    out.push('Host', toldHost ?? ((this.#preserveHost && asked) || host));
    out.push('Via', passed + (this.#via[ctx.version] as string));
    this.#tell(ctx, out, { asked, prefix });
    out.push('X-Request-ID', ctx.requestId);
    if (ctx.consumer) tellConsumer(ctx.consumer, out);
    return out;
  }

  /** Tells for whom it is asked. */
  #tell(
    ctx: GatewayRequest,
    out: string[],
    { asked, prefix }: { readonly asked: string; readonly prefix: string | undefined },
  ): void {
    const form = this.#form;
    if (form === 'x-forwarded' || form === 'both') {
      out.push('X-Forwarded-For', ctx.clientAddress || 'unknown');
      out.push('X-Forwarded-Proto', ctx.secure ? 'https' : 'http');
      if (asked) out.push('X-Forwarded-Host', asked);
      out.push('X-Forwarded-Port', String(ctx.exchange.local.port));
      if (prefix) out.push('X-Forwarded-Prefix', prefix);
    }
    if (form === 'forwarded' || form === 'both') {
      const told = new HeaderList();
      tellForwarded(told, ctx, { form: 'forwarded', host: asked, prefix: '' });
      out.push(...told.toRaw());
    }
  }
}

function tellConsumer({ name, groups }: Consumer, out: string[]): void {
  out.push('X-Consumer-Name', name);
  if (groups?.length) out.push('X-Consumer-Groups', groups.join(', '));
}

/** The headers, without those that `Connection` names as its own. */
function withoutNamed(headers: HeaderList): readonly string[] {
  const raw = headers.toRaw();
  const connection = headers.get('connection');
  if (connection === undefined || HARMLESS.test(connection)) return raw;
  const rest = HeaderList.fromRaw(raw);
  dropHopHeaders(rest);
  return rest.toRaw();
}

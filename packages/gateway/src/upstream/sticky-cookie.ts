/** StickyCookie: brings a client back to the target that it had before, without telling it which that is. */
import { cookieText } from '@interpose/http';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { createHash, createHmac } from 'node:crypto';
import type { GatewayRequest } from '../context.ts';
import type { Target } from './target.ts';
import type { StickyConfig } from './upstream-config.ts';

/** Enough for targets to be told apart. */
const TOKEN_LENGTH = 22;

/** A cookie whose value stands for a target. */
export class StickyCookie {
  readonly #name: string;
  readonly #secret: string | undefined;
  readonly #maxAgeSeconds: number | undefined;
  /** The upstream it belongs to: two with targets in common give nothing away of each other. */
  readonly #upstream: string;
  #targets: ReadonlyMap<string, Target> = new Map();
  #tokens: ReadonlyMap<Target, string> = new Map();

  /** @throws TypeError or RangeError for options out of range */
  constructor(upstream: string, config: StickyConfig) {
    checkNames('sticky', config, ['cookie', 'secret', 'maxAgeSeconds']);
    const { cookie = 'interpose-target', secret, maxAgeSeconds } = config;
    this.#upstream = upstream;
    this.#name = cookie;
    this.#secret = secret;
    this.#maxAgeSeconds = maxAgeSeconds;
    if (secret === '') throw unexpected('sticky.secret', 'a text that is not empty', secret);
    if (maxAgeSeconds !== undefined) checkWhole('sticky.maxAgeSeconds', maxAgeSeconds, 1);
    // Throws for a name that no cookie can have.
    this.#line('x', true);
  }

  /** These are the targets from now on. */
  change(targets: readonly Target[]): void {
    const tokens = targets.map((target) => [target, this.#tokenOf(target)] as const);
    this.#tokens = new Map(tokens);
    this.#targets = new Map(tokens.map(([target, token]) => [token, target]));
  }

  /** The target that the client had before, if there still is one. */
  find({ cookies }: GatewayRequest): Target | undefined {
    const token = cookies.get(this.#name);
    return token === undefined ? undefined : this.#targets.get(token);
  }

  /** Tells the client its target, unless it knows. */
  tell(ctx: GatewayRequest, target: Target): void {
    const token = this.#tokens.get(target);
    if (token === undefined || ctx.cookies.get(this.#name) === token) return;
    ctx.response.headers.append('Set-Cookie', this.#line(token, ctx.secure));
  }

  #line(value: string, secure: boolean): string {
    const maxAgeSeconds = this.#maxAgeSeconds;
    const age = maxAgeSeconds === undefined ? {} : { maxAgeSeconds };
    return cookieText(this.#name, value, { secure, ...age });
  }

  #tokenOf({ name }: Target): string {
    const text = `${this.#upstream}\n${name}`;
    const secret = this.#secret;
    const hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
    return hash.update(text).digest('base64url').slice(0, TOKEN_LENGTH);
  }
}

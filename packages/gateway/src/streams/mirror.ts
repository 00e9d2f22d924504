/** Mirror: sends copies of requests to another upstream, whose answers nobody sees and whose failures harm nobody. */
import { checkNames, checkWhole, outOfRange } from '@interpose/kernel/options';
import { type IncomingBody, isIncomingBody } from '@interpose/wire';
import { GatewayRequest, type RequestServices } from '../context.ts';
import type { Asked } from '../upstream/asked.ts';
import { copiedBody } from './body-copy.ts';
import type { MirrorConfig } from './mirror-config.ts';
import { type RequestCopy, requestCopy } from './request-copy.ts';

/** Where requests go. */
export interface Forwarder {
  forward(ctx: GatewayRequest, asked: Asked): Promise<void>;
}

/** What has become of copies. */
export interface MirrorStats {
  /** Sent. */
  readonly copied: number;
  /** Of those, without a whole answer, or with one that says that the upstream has failed. */
  readonly failed: number;
  /** Not sent, as the body was too large or did not become whole, or too many were under way. */
  readonly skipped: number;
  /** Under way at the moment, bodies that are still being copied included. */
  readonly active: number;
}

/** What a mirror gets from the gateway instead of reaching for it. */
export interface MirrorServices extends RequestServices {
  readonly random: () => number;
}

/** An answer that goes on for longer than this is cut. */
const MOST_DRAINED_BYTES = 1024 * 1024;
const NAMES = ['upstream', 'percent', 'methods', 'maxBodyBytes', 'maxConcurrent'];

/** The copies of one route. */
export class Mirror {
  readonly config: MirrorConfig;
  readonly target: Forwarder;
  readonly #services: MirrorServices;
  readonly #share: number;
  readonly #methods: ReadonlySet<string> | undefined;
  readonly #maxBodyBytes: number;
  readonly #maxConcurrent: number;
  /** Requests of which copies were decided on; a content that runs again sends none again. */
  readonly #seen = new WeakSet<object>();
  #copied = 0;
  #failed = 0;
  #skipped = 0;
  #active = 0;

  /** @throws TypeError or RangeError for a config out of range */
  constructor(config: MirrorConfig, target: Forwarder, services: MirrorServices) {
    checkNames('mirror', config, NAMES);
    const { percent = 100, methods, maxBodyBytes = 65_536, maxConcurrent = 64 } = config;
    if (!(percent >= 0 && percent <= 100)) {
      throw outOfRange('percent', 'a number from 0 to 100', percent);
    }
    this.config = config;
    this.target = target;
    this.#services = services;
    this.#share = percent / 100;
    this.#methods = methods && new Set(methods);
    this.#maxBodyBytes = checkWhole('maxBodyBytes', maxBodyBytes, 0);
    this.#maxConcurrent = checkWhole('maxConcurrent', maxConcurrent, 1);
  }

  stats(): MirrorStats {
    return {
      copied: this.#copied,
      failed: this.#failed,
      skipped: this.#skipped,
      active: this.#active,
    };
  }

  /** Sends a copy of the request if it is one of those that are copied. Never throws, and waits for nothing. */
  copy(ctx: GatewayRequest, asked: Asked): void {
    if (this.#seen.has(ctx.exchange)) return;
    this.#seen.add(ctx.exchange);
    if (!this.#isWanted(ctx)) return;
    const body = ctx.requestBody;
    if (this.#active >= this.#maxConcurrent || (body && !this.#mayCopy(body))) {
      this.#skipped++;
      return;
    }
    this.#active++;
    // The request itself goes first.
    if (!body)
      return queueMicrotask(() => this.#send(requestCopy(ctx, null, this.#services), asked));
    ctx.requestBody = copiedBody(body, {
      maxBytes: this.#maxBodyBytes,
      done: (bytes) => {
        if (bytes) return this.#send(requestCopy(ctx, bytes, this.#services), asked);
        this.#skipped++;
        this.#active--;
      },
    });
  }

  #isWanted({ method, upgrade }: GatewayRequest): boolean {
    if (upgrade !== undefined || (this.#methods && !this.#methods.has(method))) return false;
    return this.#share === 1 || this.#services.random() < this.#share;
  }

  #mayCopy({ isRead, length = 0 }: IncomingBody): boolean {
    return !isRead && length <= this.#maxBodyBytes;
  }

  #send(copy: RequestCopy, asked: Asked): void {
    this.#copied++;
    const over = (hasFailed: boolean): void => {
      this.#active--;
      if (hasFailed) this.#failed++;
      copy.settle();
    };
    const { ctx } = copy;
    new Promise((resolve) => resolve(this.target.forward(ctx, { ...asked, once: true }))).then(
      () => drain(ctx, over),
      () => over(true),
    );
  }
}

/** Reads the answer and keeps nothing of it, so that the connection can be used again. */
function drain({ response }: GatewayRequest, over: (hasFailed: boolean) => void): void {
  const body = response.takeBody();
  const hasFailed = response.status >= 500;
  if (!isIncomingBody(body) || body.isRead) return over(hasFailed);
  let left = MOST_DRAINED_BYTES;
  body.readInto({
    chunk(bytes) {
      left -= bytes.length;
      if (left >= 0) return true;
      body.cancel();
      over(hasFailed);
      return true;
    },
    end: () => over(hasFailed),
    fail: () => over(true),
  });
}

/** The upstreams of a route, each of which sends copies of what it is asked to the mirror as well. */
export function mirroredUpstreams<U extends Forwarder>(
  upstreams: ReadonlyMap<string, U>,
  mirror: Mirror | undefined,
): ReadonlyMap<string, Forwarder> {
  if (!mirror) return upstreams;
  return new Map(
    [...upstreams].map(([name, upstream]) => [
      name,
      {
        forward(ctx, asked) {
          mirror.copy(ctx, asked);
          return upstream.forward(ctx, asked);
        },
      } satisfies Forwarder,
    ]),
  );
}

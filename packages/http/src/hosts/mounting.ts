/** Mounting: where an app stands in another host, and what it sees of the path there. */
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { type App, createApp } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { normalPath, readTarget } from '../context/request-path.ts';
import type { RouteHandler } from '../validation/route-options.ts';

/** An app as hosts need it. */
export type HostedApp = Pick<App, 'run' | 'failures' | 'has'>;

/** What can stand in another host: an app, what has one, or a function that answers everything. */
export type Hosted = HostedApp | { readonly app: HostedApp } | RouteHandler<HttpContext>;

/** Where an app stands in another host. */
export interface MountOptions {
  /** The path that it stands at, for what the host does not say. Requests for other paths go on to the host. @default none */
  readonly prefix?: string;
  /** What it sees of the path: what lies below the place where it stands, or the whole of it. @default 'below' */
  readonly path?: 'below' | 'whole';
  /** Whether what no route answers goes on to the host, before any middleware of the app. @default false */
  readonly fallThrough?: boolean;
}

/** Path and query, as the host has them. */
export interface HostTargets {
  /** Below the place where it has mounted the app. */
  readonly below: string;
  readonly whole: string;
}

/** An app, and where it stands. */
export class Mounting {
  readonly fallThrough: boolean;
  readonly #hosted: Hosted;
  readonly #prefix: string;
  readonly #isWhole: boolean;
  #app: HostedApp | undefined;

  /** @throws TypeError or RangeError for what is no app, and options that are none */
  constructor(hosted: Hosted, options: MountOptions = {}) {
    checkNames('options', options, ['prefix', 'path', 'fallThrough']);
    const { prefix = '', path = 'below', fallThrough = false } = options;
    if (prefix !== '' && (normalPath(prefix) !== prefix || prefix.endsWith('/'))) {
      throw outOfRange('prefix', 'a path in normal form, such as /api', prefix);
    }
    if (path !== 'below' && path !== 'whole') {
      throw outOfRange('path', "'below' or 'whole'", path);
    }
    if (typeof fallThrough !== 'boolean') {
      throw unexpected('fallThrough', 'true or false', fallThrough);
    }
    const isApp = typeof hosted === 'object' && hosted !== null;
    if (!isApp && typeof hosted !== 'function') {
      throw unexpected('app', 'an app or a function', hosted);
    }
    this.#hosted = hosted;
    this.#prefix = prefix;
    this.#isWhole = path === 'whole';
    this.fallThrough = fallThrough;
  }

  /** The same below a path that the host names, unless there is one of its own. */
  below(prefix: string): Mounting {
    const path = this.#isWhole ? 'whole' : 'below';
    const { fallThrough } = this;
    if (prefix === '' || this.#prefix !== '') return this;
    return new Mounting(this.#hosted, { prefix, path, fallThrough });
  }

  /** The app. One that is set up later has to be so by the first request. */
  get app(): HostedApp {
    return (this.#app ??= appOf(this.#hosted));
  }

  /** What the app sees of the path; `undefined` if the request is none of its business. */
  targetOf({ below, whole }: HostTargets): string | undefined {
    const seen = this.#isWhole ? whole : below;
    const prefix = this.#prefix;
    if (prefix === '') return seen;
    const target = readTarget(seen);
    // A path that is none stands nowhere.
    if (!target) return undefined;
    const { path, search } = target;
    if (path !== prefix && !path.startsWith(`${prefix}/`)) return undefined;
    return this.#isWhole ? seen : (path.slice(prefix.length) || '/') + search;
  }
}

function appOf(hosted: Hosted): HostedApp {
  if (typeof hosted === 'function') return createApp().all('/*', (ctx) => hosted(ctx as never));
  return 'run' in hosted ? hosted : hosted.app;
}

/** ServiceRegistry: the services that an app speaks to, by name, with their keys, and how they are. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import { checkNames, outOfRange, unexpected } from '@interpose/kernel/options';
import { HttpError } from '../errors.ts';

/** A service: another app in this process, or one elsewhere. */
export interface ServiceConfig {
  /** An app that answers in this process. @default none: it is elsewhere */
  readonly app?: { fetch(request: Request): Promise<Response> };
  /** Where it is, if it is elsewhere. */
  readonly baseUrl?: string;
  /** The header that takes the key. @default none */
  readonly apiKeyName?: string;
  /** The key; it is never told. @default none */
  readonly apiKeyValue?: string;
  /** True if all is well. @default asks for `healthPath` */
  readonly health?: () => Awaitable<boolean>;
  /** What is asked for where there is no `health`. @default '/config/status' */
  readonly healthPath?: string;
}

/** What is told of a service. */
export interface ServiceInfo {
  readonly service_name: string;
  readonly mode: 'IN_MEMORY' | 'REMOTE';
  readonly base_url: string | null;
  readonly has_api_key: boolean;
  readonly has_app: boolean;
}

/** How a service is. */
export interface ServiceHealth {
  readonly service_name: string;
  readonly healthy: boolean;
  readonly mode: ServiceInfo['mode'] | 'NOT_REGISTERED';
  readonly error?: string;
}

const NAMES: readonly (keyof ServiceConfig)[] = [
  'app',
  'baseUrl',
  'apiKeyName',
  'apiKeyValue',
  'health',
  'healthPath',
];

/** The services that an app speaks to. */
export class ServiceRegistry {
  readonly #saved: ReadonlyMap<string, ServiceConfig>[] = [];
  readonly #fetch: (request: Request) => Promise<Response>;
  #configs = new Map<string, ServiceConfig>();

  /** `fetch` asks services elsewhere. */
  constructor(send: (request: Request) => Promise<Response> = (request) => fetch(request)) {
    this.#fetch = send;
  }

  /** Their names, in the order in which they came. */
  get names(): readonly string[] {
    return [...this.#configs.keys()];
  }

  /** How many times something is saved that was not restored. */
  get depth(): number {
    return this.#saved.length;
  }

  /**
   * Adds a service, or puts another in its place.
   *
   * @throws TypeError or RangeError for options that are none
   */
  register(name: string, config: ServiceConfig): this {
    checkNames('register()', config, NAMES);
    if (typeof name !== 'string' || name === '') throw unexpected('name', 'a name', name);
    const { app, baseUrl } = config;
    if ((app === undefined) === (baseUrl === undefined)) {
      throw unexpected('baseUrl', 'there, or else `app`', typeof baseUrl);
    }
    if (baseUrl !== undefined && !/^https?:$/.test(protocolOf(baseUrl))) {
      throw outOfRange('baseUrl', 'an address with http or https', baseUrl);
    }
    this.#configs.set(name, config);
    return this;
  }

  /** What it was registered with. */
  config(name: string): ServiceConfig | undefined {
    return this.#configs.get(name);
  }

  has(name: string): boolean {
    return this.#configs.has(name);
  }

  /** Forgets all services, and nothing that was saved. */
  clear(): void {
    this.#configs.clear();
  }

  /** Puts all services by until `restore()`; `keep` leaves them in place as well. */
  save({ keep = false }: { readonly keep?: boolean } = {}): this {
    this.#saved.push(this.#configs);
    this.#configs = keep ? new Map(this.#configs) : new Map();
    return this;
  }

  /** Brings back what was saved last; without anything saved does nothing. */
  restore(): this {
    const saved = this.#saved.pop();
    if (saved) this.#configs = new Map(saved);
    return this;
  }

  /** Runs a block with another service in the place of one; afterwards all is as it was, whatever has happened. */
  with<T>(name: string, config: ServiceConfig, run: () => T): T {
    this.save({ keep: true });
    let result: T;
    try {
      result = this.register(name, config) && run();
    } catch (error) {
      this.restore();
      throw error;
    }
    if (!isThenable(result)) {
      this.restore();
      return result;
    }
    const restored = (): void => void this.restore();
    return Promise.resolve(result).finally(restored) as T;
  }

  /** Sends a request to a service, with its key. */
  async request(name: string, path: string, init: RequestInit = {}): Promise<Response> {
    const config = this.#configs.get(name);
    if (!config) throw new HttpError(404, `No service is called ${name}`);
    const { app, baseUrl = 'http://service', apiKeyName, apiKeyValue } = config;
    const request = new Request(baseUrl.replace(/\/$/, '') + path, init);
    if (apiKeyName && apiKeyValue) request.headers.set(apiKeyName, apiKeyValue);
    return app ? app.fetch(request) : this.#fetch(request);
  }

  /** What may be told of a service. */
  info(name: string): ServiceInfo | undefined {
    const config = this.#configs.get(name);
    if (!config) return undefined;
    const { app, baseUrl, apiKeyName, apiKeyValue } = config;
    return {
      service_name: name,
      mode: modeOf(config),
      base_url: baseUrl === undefined ? null : withoutSecrets(baseUrl),
      has_api_key: Boolean(apiKeyName && apiKeyValue),
      has_app: app !== undefined,
    };
  }

  /** How a service is; one that fails or refuses is not healthy. Never throws. */
  async health(name: string): Promise<ServiceHealth> {
    const config = this.#configs.get(name);
    if (!config) {
      const error = 'No service has this name';
      return { service_name: name, healthy: false, mode: 'NOT_REGISTERED', error };
    }
    const told = { service_name: name, mode: modeOf(config) } as const;
    try {
      const { health, healthPath = '/config/status' } = config;
      if (health) return { ...told, healthy: await health() };
      const { ok, status, body } = await this.request(name, healthPath);
      await body?.cancel();
      return ok
        ? { ...told, healthy: true }
        : { ...told, healthy: false, error: `Answered with ${status}` };
    } catch {
      // What a service says of itself when it fails may be more than everybody should know.
      return { ...told, healthy: false, error: 'It failed' };
    }
  }
}

const modeOf = ({ app }: ServiceConfig): ServiceInfo['mode'] => (app ? 'IN_MEMORY' : 'REMOTE');

const protocolOf = (url: string): string => (URL.canParse(url) ? new URL(url).protocol : '');

/** An address without names, passwords and queries. */
function withoutSecrets(address: string): string {
  const { origin, pathname } = new URL(address);
  return origin + (pathname === '/' ? '' : pathname);
}

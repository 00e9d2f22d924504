/** Finds what answers an operation: a handler of this process, or the upstream of its server. */
import type { RouteHandler } from '../routing/route-handler.ts';
import type { UpstreamConfig } from '../upstream/upstream-config.ts';
import type { ImportedRoute } from './spec-routes.ts';

/** Handlers that are in this process, by module and name. */
export type HandlerModules = Readonly<Record<string, Readonly<Record<string, RouteHandler>>>>;

/** The service of an operation. */
export interface AnsweringService {
  readonly id: string;
  readonly module: string | undefined;
  readonly server: string | undefined;
}

/** What answers, as a route says it; or why nothing does. */
export type SpecAnswer =
  | { readonly handler: string }
  | { readonly upstream: string }
  | { readonly fault: string };

/** What answers the operations of all services. */
export class SpecAnswers {
  readonly upstreams: Record<string, UpstreamConfig> = {};
  readonly handlers: Record<string, RouteHandler> = {};
  readonly #modules: HandlerModules | undefined;

  constructor(modules: HandlerModules | undefined) {
    this.#modules = modules;
  }

  /** A handler where the module of the service is here, or no server is named that could answer in its place. */
  of(route: ImportedRoute, service: AnsweringService): SpecAnswer {
    const { handler } = route;
    const { id, module = id } = service;
    const url = route.server ?? service.server;
    const own = ownValue(this.#modules, module);
    if (handler !== undefined && (own || url === undefined)) return this.#handler(module, handler);
    if (url !== undefined) return { upstream: this.#upstream(id, url) };
    return { fault: 'no server and no handler is named that could answer it' };
  }

  #handler(module: string, handler: string): SpecAnswer {
    const name = `${module}.${handler}`;
    // Which there are is known only where they are given.
    if (!this.#modules) return { handler: name };
    const found = ownValue(ownValue(this.#modules, module), handler);
    if (!found) return { fault: `Handler not found: ${handler}` };
    this.handlers[name] = found;
    return { handler: name };
  }

  #upstream(service: string, url: string): string {
    for (let n = 1; ; n++) {
      const name = n === 1 ? service : `${service}-${n}`;
      const there = ownValue(this.upstreams, name);
      if (there && there.url !== url) continue;
      this.upstreams[name] = there ?? { url };
      return name;
    }
  }
}

function ownValue<T>(map: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return map && Object.hasOwn(map, name) ? map[name] : undefined;
}

/** shippedRegistry: the entries that a gateway in code begins with, under the names and priorities of the seed. */
import { isHttpError, RouteTable } from '@interpose/http';
import type { Awaitable } from '@interpose/kernel';
import type { GatewayContext } from '../context.ts';
import type { HandlerResult, PluginServices } from '../definition/plugin.ts';
import { servicesOf } from '../definition/plugin-services.ts';
import { cors } from '../plugins/cors.ts';
import { requestId } from '../plugins/request-id.ts';
import { defineRegistry, type PluginModule, type RegistryEntries } from './registry-entry.ts';

/** A route whose answer is made in code. */
export interface CodeRoute {
  readonly name: string;
  /** `/exact`, `/users/:id`, `/users/{id}` or `/files/*`. */
  readonly path: string;
  /** HEAD comes with GET. @default every method */
  readonly methods?: readonly string[];
  /** Answers, in `ctx.response` or by `ctx.exit()`. Who does not leaves the request to the config. */
  handle(ctx: GatewayContext): Awaitable<HandlerResult>;
}

/** What the shipped entries are told. */
export interface ShippedOptions {
  /** Options of the plugin `cors`. */
  readonly cors: Readonly<Record<string, unknown>> & { readonly origins: readonly string[] };
  /** Options of the plugin `request-id`. @default its own */
  readonly requestId?: Readonly<Record<string, unknown>>;
  /** What the router answers; what it does not know, the config of the gateway answers. @default [] */
  readonly routes?: readonly CodeRoute[];
  /** @default those of a gateway that is told nothing */
  readonly services?: Partial<PluginServices>;
}

/** The names of the entries. */
export type ShippedName = 'request_id' | 'cors' | 'router';

/**
 * Entries for `registry.registerAll`: `request_id` with 10, `cors` with 20, `router` with 100.
 *
 * @example
 * await registry.registerAll({ ...shippedRegistry({ cors: { origins: ['https://app.example'] } }), audit });
 *
 * @throws TypeError or RangeError for options that do not fit, RouteConflictError for routes that cannot be reached
 */
export function shippedRegistry(options: ShippedOptions): RegistryEntries<ShippedName> {
  const services = servicesOf(options.services);
  const { routes = [] } = options;
  const at = (priority: number) => ({ priority });
  return defineRegistry({
    request_id: {
      module: requestId.create(options.requestId ?? {}, services) as PluginModule,
      multiPhase: true,
      phases: { access: at(10), headerFilter: at(10), log: at(10) },
    },
    cors: {
      module: {
        ...(cors.create(options.cors, services) as PluginModule),
        log: { handle: logRefusal },
      } as PluginModule,
      multiPhase: true,
      phases: { access: at(20), headerFilter: at(20), log: at(20) },
      after: 'request_id',
    },
    router: { module: routerOf(routes), phase: 'content', priority: 100 },
  });
}

/** Says in the log why a page was refused. */
function logRefusal({ failure, logger, requestId: id, path }: GatewayContext): void {
  if (!isHttpError(failure) || !/^ORIGIN_|_FOR_ORIGIN$/.test(failure.code)) return;
  logger.warn({ message: failure.message, code: failure.code, path, requestId: id });
}

function routerOf(routes: readonly CodeRoute[]): PluginModule {
  const table = new RouteTable(routes);
  return {
    handle(ctx) {
      const { method, path, headers } = ctx;
      const found = table.find({ method, path, host: headers.get('host') ?? '' });
      if (!found || found.allow) return true;
      (ctx as { params: GatewayContext['params'] }).params = found.params;
      return found.route.handle(ctx);
    },
  };
}

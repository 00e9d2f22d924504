/** createServiceRoutes: services that answer in this process, as routes of a config and the handlers that they name. */
import { parsePattern } from '@interpose/http';
import { unexpected } from '@interpose/kernel/options';
import { InvalidConfigError } from '../errors.ts';
import type { RouteConfig } from '../gateway-config.ts';
import type { RouteHandlers } from './route-answer.ts';
import type { RouteHandler } from './route-handler.ts';
import type { RouteOptions } from './route-options.ts';

/** A route of a service that answers in this process. */
export interface ServiceRoute extends Pick<
  RouteOptions,
  'host' | 'match' | 'stripPrefix' | 'timeoutMs' | 'maxBodyBytes'
> {
  /** What people call the service; nothing is done by it. */
  readonly service: string;
  /** Tells it from other services. */
  readonly serviceId: string;
  /** Tells the route from others of the service. */
  readonly routeId: string;
  /** `/users/:id` or `/users/{id}`, `/files/*`. */
  readonly path: string;
  /** `ANY` for all. @default 'ANY' */
  readonly method?: string;
  /** Options of the plugin `cors`, for pages of other origins. @default none may call */
  readonly cors?: Readonly<Record<string, unknown>>;
  /** A route that is not is left out. @default true */
  readonly enabled?: boolean;
  readonly handler: RouteHandler;
}

/** Routes of services, for a config and for `GatewayOptions`. */
export interface ServiceRoutes {
  readonly routes: readonly RouteConfig[];
  readonly handlers: RouteHandlers;
  /**
   * Adds a route. False if it is not enabled.
   *
   * @throws InvalidConfigError if something is missing or there already, TypeError for what is no path or method
   */
  register(route: ServiceRoute): boolean;
}

/**
 * Takes up routes of services.
 *
 * @example
 * const services = createServiceRoutes();
 * services.register({
 *   service: 'Clock', serviceId: 'clock', routeId: 'now', path: '/now', method: 'GET',
 *   handler: () => ({ now: Date.now() }),
 * });
 * const gateway = createGateway({ ...config, routes: services.routes }, { handlers: services.handlers });
 */
export function createServiceRoutes(): ServiceRoutes {
  const routes: RouteConfig[] = [];
  const handlers: Record<string, RouteHandler> = {};
  return {
    routes,
    handlers,
    register(route) {
      checkRoute(route);
      if (route.enabled === false) return false;
      const {
        service,
        serviceId,
        routeId,
        method = 'ANY',
        cors,
        enabled: _,
        handler,
        ...rest
      } = route;
      const name = `${serviceId}.${routeId}`;
      if (Object.hasOwn(handlers, name)) {
        throw new InvalidConfigError(`The service ${service} has a route "${routeId}" already`);
      }
      handlers[name] = handler;
      routes.push({
        ...rest,
        name,
        ...(method.toUpperCase() !== 'ANY' && { methods: [method.toUpperCase()] }),
        handler: name,
        plugins: cors ? [{ name: 'cors', options: cors }] : [],
      });
      return true;
    },
  };
}

function checkRoute({ path, handler, method = 'ANY', serviceId, routeId }: ServiceRoute): void {
  if (!path) throw new InvalidConfigError('Path is required');
  if (!handler) throw new InvalidConfigError('Route handler is required');
  if (!serviceId || !routeId) throw new InvalidConfigError('Service and route need an id each');
  if (!/^[A-Za-z]+$/.test(method)) throw unexpected('method', 'a method, or ANY', method);
  parsePattern(path);
}

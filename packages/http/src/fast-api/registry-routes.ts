/** RegistryRoutes: tells of the services that an app speaks to, without their keys. */
import { HttpError } from '../errors.ts';
import { FastApiRoutes } from './fast-api-routes.ts';
import type { ServiceRegistry } from './service-registry.ts';

/**
 * Routes below `/registry` that tell of services: their names, what may be known of them, and how they are.
 *
 * @example
 * createFastApi({ enableApiKey: true }).setup().addRoutes(new RegistryRoutes(registry));
 */
export class RegistryRoutes extends FastApiRoutes {
  readonly tag = 'registry';
  readonly #registry: ServiceRegistry;

  constructor(registry: ServiceRegistry) {
    super();
    this.#registry = registry;
  }

  setupRoutes(): void {
    const registry = this.#registry;
    this.addRouteGet('/status', () => ({
      registered_count: registry.names.length,
      stack_depth: registry.depth,
      services: registry.names,
    }))
      .addRouteGet('/services', () => registry.names.map((name) => registry.info(name)))
      .addRouteGet('/services/{name}', ({ params: { name = '' } }) => {
        const info = registry.info(name);
        if (!info) throw new HttpError(404, 'No service has this name');
        return info;
      })
      .addRouteGet('/health', async () => {
        const services = await Promise.all(registry.names.map((name) => registry.health(name)));
        const healthy = services.filter((one) => one.healthy).length;
        return {
          total_services: services.length,
          healthy_count: healthy,
          unhealthy_count: services.length - healthy,
          services,
        };
      })
      .addRouteGet('/health/{name}', ({ params: { name = '' } }) => registry.health(name));
  }
}

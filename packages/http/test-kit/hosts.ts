/** Every host that has an adapter. */
import { expressHost } from './express-host.ts';
import { fastifyHost } from './fastify-host.ts';
import { fetchHost } from './fetch-host.ts';
import { honoHost } from './hono-host.ts';
import type { Host } from './host-kit.ts';
import { koaHost } from './koa-host.ts';
import { nodeHost } from './node-host.ts';

export const HOSTS: readonly Host[] = [
  expressHost,
  fastifyHost,
  koaHost,
  honoHost,
  nodeHost,
  fetchHost,
];

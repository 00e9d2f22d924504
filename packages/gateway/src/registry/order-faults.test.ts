/** Tests of needs: what a plugin says of its place is held against its place, when the gateway starts and whenever something changes. */
import { OrderError } from '@interpose/kernel';
import { describe, expect, test } from 'vitest';
import { configOf, memoryLogger, routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { StartFailedError } from '../errors.ts';
import { createGateway } from '../gateway.ts';
import type { PluginPlacement } from './placed-plugin.ts';
import type { Needs } from '../definition/plugin-needs.ts';
import { definePlugin, type PluginParts } from '../definition/plugin.ts';
import { requestId } from '../plugins/request-id.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { createRegistry, type PluginRegistry } from './registry.ts';

const registryOf = (): PluginRegistry => createRegistry({ logger: memoryLogger() });
const at = (priority: number): PluginParts => ({ access: { priority, handle: () => true } });
const put = (
  registry: PluginRegistry,
  name: string,
  priority: number,
  more: Omit<PluginPlacement, 'name' | 'priority'> = {},
): PluginRegistry => registry.add(at(priority), { name, ...more });

/** What a start says. */
async function faultsOf(registry: PluginRegistry): Promise<string[]> {
  const error = await registry.start().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error === undefined) return [];
  expect(error).toBeInstanceOf(StartFailedError);
  const { errors } = error as StartFailedError;
  expect(errors.every((one) => one instanceof OrderError)).toBe(true);
  return errors.map(({ message }) => message);
}

describe('a need', () => {
  test('that is met says nothing, whichever was added first', async () => {
    const registry = put(registryOf(), 'acl', 20, { after: 'key-auth', before: ['log', 'late'] });
    put(put(put(registry, 'key-auth', 10), 'log', 30), 'late', 40);
    expect(await faultsOf(registry)).toEqual([]);
  });

  test.each<[string, Needs, number, string]>([
    [
      'after one that comes later',
      { after: 'other' },
      5,
      '"own" has to run after "other" in access, but has the priority 5, and "other" 10. Give "own" a larger one.',
    ],
    [
      'before one that comes earlier',
      { before: 'other' },
      15,
      '"own" has to run before "other" in access, but has the priority 15, and "other" 10. Give "own" a smaller one.',
    ],
    [
      'before one of the same priority that was added earlier',
      { before: 'other' },
      10,
      '"own" has to run before "other" in access, but has the priority 10, and "other" 10. Give "own" a smaller one, or list "own" before "other".',
    ],
  ])('%s is told with what to do', async (_, needs, priority, message) => {
    const registry = put(put(registryOf(), 'other', 10), 'own', priority, needs);
    expect(await faultsOf(registry)).toEqual([message]);
  });

  test('is met by the order of arrival among equals', async () => {
    const registry = put(put(registryOf(), 'other', 10), 'own', 10, { after: 'other' });
    expect(await faultsOf(registry)).toEqual([]);
  });

  test('of what is not there is told with the name that was probably meant', async () => {
    const registry = put(put(registryOf(), 'request-id', 10), 'own', 20, { after: 'requst-id' });
    expect(await faultsOf(registry)).toEqual([
      '"own" needs "requst-id" before it, which is not there. Add it, or take "own" out. Did you mean "request-id"?',
    ]);
  });

  test('of what is disabled is not met, and one that is disabled needs nothing', async () => {
    const registry = put(registryOf(), 'other', 10, { state: 'disabled' });
    put(registry, 'own', 20, { after: 'other' });
    put(registry, 'off', 20, { after: 'nobody', state: 'disabled' });
    expect(await faultsOf(registry)).toEqual([
      '"own" needs "other" before it, which is disabled. Switch it on, or "own" off.',
    ]);
  });

  test.each([
    [['a'], '"a" after "a"'],
    [['a', 'b'], '"a" after "b" after "a"'],
    [['a', 'b', 'c'], '"a" after "b" after "c" after "a"'],
  ])('in a circle of %j is told as such, and once', async (names, way) => {
    const registry = registryOf();
    for (const [index, name] of names.entries()) {
      put(registry, name, index, { after: names[(index + 1) % names.length] as string });
    }
    expect(await faultsOf(registry)).toEqual([
      `Plugins need one another in a circle: ${way}. Take out one of these needs.`,
    ]);
  });

  test('after and before are one circle, too', async () => {
    const registry = put(registryOf(), 'a', 1, { before: 'b' });
    put(registry, 'b', 2, { before: 'a' });
    expect(await faultsOf(registry)).toEqual([
      'Plugins need one another in a circle: "b" after "a" after "b". Take out one of these needs.',
    ]);
  });

  test('is looked at in each phase that both have, with the priorities of the phase', async () => {
    const both = (access: number, log: number): PluginParts => ({
      access: { priority: access, handle: () => {} },
      log: { priority: log, handle: () => {} },
    });
    const registry = registryOf().add(both(1, 2), { name: 'first' });
    registry.add(both(2, 1), { name: 'own', after: 'first' });
    expect(await faultsOf(registry)).toEqual([
      '"own" has to run after "first" in log, but has the priority 1, and "first" 2. Give "own" a larger one.',
    ]);
  });

  test('between plugins without a common phase goes by the order of the phases', async () => {
    const log: PluginParts = { log: { handle: () => {} } };
    const good = put(registryOf(), 'early', 10).add(log, { name: 'own', after: 'early' });
    expect(await faultsOf(good)).toEqual([]);
    const bad = put(registryOf(), 'own', 10, { after: 'late' }).add(log, { name: 'late' });
    expect(await faultsOf(bad)).toEqual([
      '"own" has to run after "late", which takes part only from log on. Take this need out.',
    ]);
  });

  test('of what stands around the content is looked at apart from its handlers', async () => {
    const around = (priority: number): PluginParts => ({
      around: { priority, handle: (_ctx, next) => next() },
    });
    const content: PluginParts = { content: { priority: 1, handle: () => {} } };
    const good = registryOf().add(around(9), { name: 'outer' });
    good.add(content, { name: 'own', after: 'outer' });
    expect(await faultsOf(good)).toEqual([]);
    const bad = registryOf().add(around(9), { name: 'outer' });
    bad.add(around(5), { name: 'own', after: 'outer' });
    expect(await faultsOf(bad)).toEqual([
      '"own" has to run after "outer" in around, but has the priority 5, and "outer" 9. Give "own" a larger one.',
    ]);
  });

  test('on a route is met by the same route and by all routes, not by another one', async () => {
    const registry = put(registryOf(), 'global', 10);
    put(registry, 'local', 10, { route: 'a' });
    put(registry, 'own', 20, { route: 'a', after: ['global', 'local'] });
    put(registry, 'own', 20, { route: 'b', after: ['global', 'local'] });
    expect(await faultsOf(registry)).toEqual([
      '"own" needs "local" before it, which the route "b" does not have. Add it to the route, or to the plugins of all routes.',
    ]);
  });

  test('of one for all routes cannot be met by one for some', async () => {
    const registry = put(registryOf(), 'local', 10, { route: 'a' });
    put(registry, 'own', 20, { after: 'local' });
    expect(await faultsOf(registry)).toEqual([
      '"own" has to run after "local" in access, but "own" is for all routes, which always comes before "local", which is for some. Put both into one list.',
    ]);
  });

  test('can be said by a middleware object, by a module and by an entry, which goes first', async () => {
    const registry = registryOf();
    registry.use({ name: 'object', phase: 'access', after: 'one', handle: () => true });
    await registry.registerAll({
      module: { module: { after: 'two', access: { handle: () => true } }, phases: { access: {} } },
      entry: {
        module: { after: 'three', access: { handle: () => true } },
        phases: { access: {} },
        after: 'module',
      },
    });
    expect((await faultsOf(registry)).map((message) => message.split(',')[0])).toEqual([
      '"object" needs "one" before it',
      '"module" needs "two" before it',
    ]);
  });
});

describe('what changes later', () => {
  const started = async (): Promise<PluginRegistry> => {
    const registry = put(put(registryOf(), 'other', 10), 'own', 20, { after: 'other' });
    await registry.start();
    return registry;
  };
  const names = (registry: PluginRegistry): string[] =>
    registry.getChain('/', 'access').map(({ name }) => name);

  test('a switch after which a need is not met is refused', async () => {
    const registry = await started();
    expect(() => registry.setState('other', 'disabled')).toThrow(
      '"own" needs "other" before it, which is disabled.',
    );
    expect(names(registry)).toEqual(['other', 'own']);
    registry.setState('own', 'disabled');
    registry.setState('other', 'disabled');
    expect(() => registry.setState('own', 'active')).toThrow(OrderError);
    expect(names(registry)).toEqual([]);
  });

  test('what comes in has to fit, and does not come in otherwise', async () => {
    const registry = await started();
    expect(() => put(registry, 'late', 5, { after: 'own' })).toThrow(OrderError);
    const object = {
      name: 'object',
      phase: 'access',
      after: 'nobody',
      handle: () => true,
    } as const;
    expect(() => registry.use(object)).toThrow('"object" needs "nobody" before it');
    const entry = { module: object, after: 'nobody' };
    await expect(registry.register('entry', entry)).rejects.toMatchObject({
      code: 'REGISTRATION_FAILED',
      cause: { code: 'ORDER' },
    });
    expect(names(registry)).toEqual(['other', 'own']);
    put(registry, 'late', 25, { after: 'own' });
    expect(names(registry)).toEqual(['other', 'own', 'late']);
  });

  test('what was amiss before keeps nobody from switching something else', async () => {
    const registry = put(await started(), 'third', 30);
    registry.remove('other');
    registry.setState('third', 'disabled');
    expect(names(registry)).toEqual(['own']);
  });
});

describe('a gateway', () => {
  const audit = definePlugin({
    name: 'audit',
    description: 'Needs the id of the request.',
    options: {},
    after: [requestId, 'exception-boundary'],
    create: () => ({ access: { priority: 15, handle: () => {} } }),
  });
  const definitions = [...standardPlugins, audit];
  const uses = (...plugins: string[]) => plugins.map((name) => ({ name, options: {} }));
  const routes = [routeOf({ respond: { status: 200, body: 'fine' } })];

  test('does not listen while a need is not met', async () => {
    const gateway = createGateway(configOf({ plugins: uses('audit', 'request-id'), routes }), {
      definitions,
      logger: memoryLogger(),
    });
    await expect(gateway.listen()).rejects.toThrow(
      '"audit" needs "exception-boundary" before it, which is not there.',
    );
    expect(gateway.addresses).toEqual([]);
  });

  test('over the admin API a switch that would leave a need unmet is a 409 that says why', async () => {
    const plugins = uses('exception-boundary', 'request-id', 'audit');
    const { gateway } = await startGateway(
      { plugins, routes, admin: { port: 0 } },
      { definitions },
    );
    const url = `${gateway.adminUrl}/plugins/request-id/state`;
    const answer = await fetch(url, {
      method: 'PUT',
      headers: { 'Content-Type': 'application/json' },
      body: '{"state":"disabled"}',
    });
    expect(answer.status).toBe(409);
    expect(await answer.text()).toContain('needs \\"request-id\\" before it, which is disabled');
  });

  test('a reload with a need that is not met changes nothing', async () => {
    const config = { plugins: uses('exception-boundary', 'audit', 'request-id'), routes };
    const { gateway, url } = await startGateway(config, { definitions });
    const before = gateway.config;
    const without = configOf({ plugins: uses('exception-boundary', 'audit'), routes });
    await expect(gateway.reload(without)).rejects.toThrow('"audit" needs "request-id" before it');
    expect(gateway.config).toBe(before);
    expect((await send(url)).headers['x-request-id']).toBeDefined();
    await gateway.reload(configOf({ plugins: uses('exception-boundary'), routes }));
    expect((await send(url)).text).toBe('fine');
  });
});

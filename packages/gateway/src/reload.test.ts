/** Tests of another config in the place of the one that holds: nothing under way fails, nothing that stays the same forgets. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  configOf,
  headOf,
  open,
  routeOf,
  send,
  startGateway,
  startUpstream,
} from '../test-kit/loopback.ts';
import type { GatewayConfig } from './gateway-config.ts';
import { definePlugin, type PluginParts } from './definition/plugin.ts';
import { standardPlugins } from './plugins/standard.ts';

const say = (body: string, plugins: GatewayConfig['plugins'] = []) =>
  configOf({ plugins, routes: [routeOf({ respond: { status: 200, body } })] });

/** A kind of plugin that counts how often it is made, initialised and closed. */
function counted(parts: PluginParts = {}) {
  const counts = { made: 0, init: 0, close: 0 };
  const definition = definePlugin({
    name: 'counted',
    description: 'Counts.',
    options: { size: { type: 'number', default: 0, description: 'Anything.' } },
    create: () => {
      counts.made++;
      return {
        access: { handle: () => {} },
        init: () => void counts.init++,
        close: () => void counts.close++,
        ...parts,
      };
    },
  });
  return { counts, definitions: [...standardPlugins, definition] };
}

const use = (options: object = {}, rest: object = {}) => ({
  name: 'counted',
  options: options as Record<string, unknown>,
  ...rest,
});

describe('a reload', () => {
  test('holds from the next request on, and is told', async () => {
    const told: GatewayConfig[] = [];
    const { gateway, url } = await startGateway(say('old'), {
      observers: [{ reloaded: (config) => void told.push(config) }],
    });
    const next = say('new');
    expect((await send(url)).text).toBe('old');
    await gateway.reload(next);
    expect((await send(url)).text).toBe('new');
    expect(gateway.config).toBe(next);
    expect(told).toEqual([next]);
  });

  test('leaves requests under way with the config that they began with', async () => {
    let release = (): void => {};
    const entered = new Promise<void>((resolve) => (release = resolve));
    const old = await startUpstream((_, response) => {
      release();
      void released.then(() => response.end('from the old one'));
    });
    let go = (): void => {};
    const released = new Promise<void>((resolve) => (go = resolve));
    const { gateway, url } = await startGateway({
      upstreams: { main: { url: old.url } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const answer = send(url);
    await entered;
    const report = await gateway.reload(say('new'));
    expect(report.oldUpstreams).toEqual(['main']);
    expect((await send(url)).text).toBe('new');
    go();
    expect((await answer).text).toBe('from the old one');
  });

  test('keeps upstreams and plugins whose words stay the same, with all that they know', async () => {
    const upstream = await startUpstream((_, response) => void response.end('ok'));
    const { counts, definitions } = counted();
    const config = (path: string, port = upstream.url) => ({
      upstreams: { main: { url: port } },
      plugins: [use({ size: 1 }), { name: 'rate-limit', options: { limit: 3 } }],
      routes: [routeOf({ upstream: 'main', path })],
    });
    const { gateway, url } = await startGateway(config('/a'), { definitions });
    await send(`${url}/a`);
    await send(`${url}/a`);
    const report = await gateway.reload(configOf(config('/b')));
    expect(report).toEqual({ newUpstreams: [], oldUpstreams: [], newPlugins: [], oldPlugins: [] });
    expect((await send(`${url}/b`)).status).toBe(200);
    expect((await send(`${url}/b`)).status).toBe(429);
    expect(counts).toEqual({ made: 1, init: 1, close: 0 });
    expect(upstream.sockets.size).toBe(1);
  });

  test('makes plugins anew whose words change, and closes the old ones', async () => {
    const { counts, definitions } = counted();
    const { gateway } = await startGateway(say('x', [use({ size: 1 })]), { definitions });
    const report = await gateway.reload(say('x', [use({ size: 2 })]));
    expect(report.newPlugins).toEqual(['counted']);
    expect(report.oldPlugins).toEqual(['counted']);
    await gateway.close({ graceMs: 0 });
    expect(counts).toEqual({ made: 2, init: 2, close: 2 });
  });

  test('takes another priority and another state without making the plugin anew', async () => {
    const { counts, definitions } = counted();
    const { gateway } = await startGateway(say('x', [use()]), { definitions });
    await gateway.reload(say('x', [use({}, { priority: 7, state: 'disabled' })]));
    expect(gateway.registry.getRegistry()).toMatchObject([
      { name: 'counted', priority: 7, state: 'disabled' },
      { name: 'test-end' },
    ]);
    expect(counts).toEqual({ made: 1, init: 1, close: 0 });
  });

  test('leaves a plugin as it was switched by hand, unless the config changes it', async () => {
    const { definitions } = counted();
    const { gateway } = await startGateway(say('x', [use()]), { definitions });
    await gateway.registry.setState('counted', 'disabled');
    await gateway.reload(say('y', [use()]));
    expect(gateway.registry.getRegistry()[0]).toMatchObject({ state: 'disabled' });
    await gateway.reload(say('y', [use({}, { state: 'active' })]));
    expect(gateway.registry.getRegistry()[0]).toMatchObject({ state: 'active' });
  });

  test('of what is not sound names every fault and changes nothing', async () => {
    const { counts, definitions } = counted();
    const { gateway, url } = await startGateway(say('old', [use()]), { definitions });
    const faulty = configOf({
      upstreams: { bad: { url: 'ftp://x' } },
      plugins: [{ name: 'rate-limt', options: {} }, use({ size: 5 })],
      routes: [routeOf({ upstream: 'nowhere' })],
    });
    await expect(gateway.reload(faulty)).rejects.toThrow(
      /bad\.url[^]*nowhere[^]*Did you mean "rate-limit"/,
    );
    expect((await send(url)).text).toBe('old');
    expect(counts.init).toBe(1);
    expect(gateway.registry.getRegistry().map(({ name }) => name)).toEqual(['counted', 'test-end']);
  });

  test('of what is not sound leaves nothing behind that goes on by itself', async () => {
    const clock = fakeClock();
    const { gateway } = await startGateway(say('old'), { clock });
    const fresh = {
      url: 'http://127.0.0.1:1',
      health: { path: '/', intervalMs: 1000 },
    };
    const { pending } = clock;
    const faulty = configOf({ upstreams: { fresh }, routes: [routeOf({ upstream: 'nowhere' })] });
    await expect(gateway.reload(faulty)).rejects.toThrow(/nowhere/);
    expect(clock.pending).toBe(pending);
    await gateway.reload(
      configOf({ upstreams: { fresh }, routes: [routeOf({ upstream: 'fresh' })] }),
    );
    expect(clock.pending).toBeGreaterThan(pending);
  });

  test('whose plugins cannot be initialised changes nothing', async () => {
    const { definitions } = counted({
      init: () => {
        throw new Error('no luck');
      },
    });
    const { gateway, url } = await startGateway(say('old'), { definitions });
    await expect(gateway.reload(say('new', [use()]))).rejects.toThrow(/no luck/);
    expect((await send(url)).text).toBe('old');
  });

  test('comes after the reload before it', async () => {
    let go = (): void => {};
    const slow = new Promise<void>((resolve) => (go = resolve));
    const { definitions } = counted({ init: () => slow });
    const { gateway, url } = await startGateway(say('old'), { definitions });
    const reloads = [gateway.reload(say('slow', [use()])), gateway.reload(say('last'))];
    expect((await send(url)).text).toBe('old');
    go();
    await Promise.all(reloads);
    expect((await send(url)).text).toBe('last');
  });

  test('a thousand times under load fails nothing', async () => {
    const upstream = await startUpstream((_, response) => void response.end('ok'));
    const config = (at: number) =>
      configOf({
        upstreams: { main: { url: `${upstream.url}/${at % 2}` } },
        plugins: [{ name: 'request-id', options: {} }],
        routes: [
          routeOf({ upstream: 'main' }),
          routeOf({ name: `r${at}`, path: `/r${at}`, upstream: 'main' }),
        ],
      });
    const { gateway, url } = await startGateway(config(0));
    let isOver = false;
    const statuses = new Map<number, number>();
    const client = async (): Promise<void> => {
      while (!isOver) {
        const request = open(url);
        request.end();
        const answer = await headOf(request);
        answer.resume();
        statuses.set(answer.statusCode ?? 0, (statuses.get(answer.statusCode ?? 0) ?? 0) + 1);
      }
    };
    const clients = Array.from({ length: 4 }, client);
    for (let at = 1; at <= 1000; at++) {
      await gateway.reload(config(at));
      if (at % 20 === 0) await send(url);
    }
    isOver = true;
    await Promise.all(clients);
    expect([...statuses.keys()]).toEqual([200]);
    expect(upstream.sockets.size).toBeLessThan(20);
  });
});

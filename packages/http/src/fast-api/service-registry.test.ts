/** Tests of the registry of services and of its routes. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { testClient } from '../testing.ts';
import { createFastApi, RegistryRoutes, ServiceRegistry } from './fast-api.ts';

const near = createApp()
  .get('/config/status', () => ({ status: 'ok' }))
  .get('/key', ({ headers }) => headers.get('x-key') ?? 'none');
const KEY = { apiKeyName: 'X-Key', apiKeyValue: 'your-secret-key' };

describe('the registry', () => {
  test('F-98 knows services here and elsewhere, and speaks to them with their keys', async () => {
    const asked: string[] = [];
    const registry = new ServiceRegistry((request) => {
      asked.push(`${request.url} ${request.headers.get('x-key')}`);
      return Promise.resolve(new Response('far'));
    });
    registry.register('near', { app: near, ...KEY });
    registry.register('far', { baseUrl: 'https://api.example/v1/', ...KEY });
    expect(await (await registry.request('near', '/key')).text()).toBe('your-secret-key');
    expect(await (await registry.request('far', '/x')).text()).toBe('far');
    expect(asked).toEqual(['https://api.example/v1/x your-secret-key']);
    await expect(registry.request('gone', '/')).rejects.toThrow('No service is called gone');
    expect([registry.names, registry.has('near'), registry.config('gone')]).toEqual([
      ['near', 'far'],
      true,
      undefined,
    ]);
  });

  test('F-98 can be put by and brought back, also round a block', async () => {
    const registry = new ServiceRegistry().register('a', { app: near });
    registry.save();
    expect([registry.names, registry.depth]).toEqual([[], 1]);
    registry.register('b', { app: near });
    expect(registry.restore().names).toEqual(['a']);
    expect(registry.restore().names).toEqual(['a']);
    const other = { baseUrl: 'http://other' };
    expect(registry.with('a', other, () => registry.config('a'))).toBe(other);
    expect(registry.config('a')).toEqual({ app: near });
    const failing = registry.with('a', other, async () => {
      await Promise.resolve();
      expect(registry.config('a')).toBe(other);
      throw new Error('late');
    });
    await expect(failing).rejects.toThrow('late');
    expect(() => registry.with('a', {} as never, () => 1)).toThrow('baseUrl');
    expect([registry.config('a'), registry.depth]).toEqual([{ app: near }, 0]);
    registry.clear();
    expect(registry.names).toEqual([]);
  });

  test.each([
    ['', { app: near }, 'name'],
    ['a', {}, 'baseUrl'],
    ['a', { app: near, baseUrl: 'http://x' }, 'baseUrl'],
    ['a', { baseUrl: 'file:///etc/passwd' }, 'baseUrl'],
    ['a', { baseUrl: 'nowhere' }, 'baseUrl'],
    ['a', { app: near, key: 'x' }, 'key'],
  ])('F-98 refuses %j with %o', (name, config, message) => {
    expect(() => new ServiceRegistry().register(name, config as never)).toThrow(message);
  });
});

describe('its routes', () => {
  const registry = new ServiceRegistry(() => Promise.reject(new Error('secret address 10.0.0.1')))
    .register('near', { app: near, ...KEY })
    .register('far', { baseUrl: 'https://user:pass@api.example/v1?token=t', ...KEY })
    .register('sick', { app: createApp() })
    .register('well', { app: createApp(), health: () => Promise.resolve(true) });
  const client = testClient(
    createFastApi({ environment: {} }).setup().addRoutes(new RegistryRoutes(registry)),
  );
  const read = async (path: string): Promise<unknown> => (await client.get(path)).json();

  test('F-98 tell which services there are, and none of their secrets', async () => {
    expect(await read('/registry/status')).toEqual({
      registered_count: 4,
      stack_depth: 0,
      services: ['near', 'far', 'sick', 'well'],
    });
    expect(await read('/registry/services/far')).toEqual({
      service_name: 'far',
      mode: 'REMOTE',
      base_url: 'https://api.example/v1',
      has_api_key: true,
      has_app: false,
    });
    const all = JSON.stringify(await read('/registry/services'));
    expect(all).toContain('"IN_MEMORY"');
    expect(all).not.toMatch(/your-secret-key|pass|token/);
    expect((await client.get('/registry/services/gone')).status).toBe(404);
  });

  test('F-98 tell how services are, and not why they fail', async () => {
    const health = (await read('/registry/health')) as { services: object[] };
    expect(health).toMatchObject({ total_services: 4, healthy_count: 2, unhealthy_count: 2 });
    expect(health.services).toEqual([
      { service_name: 'near', mode: 'IN_MEMORY', healthy: true },
      { service_name: 'far', mode: 'REMOTE', healthy: false, error: 'It failed' },
      { service_name: 'sick', mode: 'IN_MEMORY', healthy: false, error: 'Answered with 404' },
      { service_name: 'well', mode: 'IN_MEMORY', healthy: true },
    ]);
    expect(await read('/registry/health/gone')).toMatchObject({
      mode: 'NOT_REGISTERED',
      healthy: false,
    });
  });
});

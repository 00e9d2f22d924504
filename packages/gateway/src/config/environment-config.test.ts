/** Settings of the environment: by section and key, by type, and in a config. */
import { describe, expect, test } from 'vitest';
import { standardPlugins } from '../plugins/standard.ts';
import { environmentConfig } from './environment-config.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';

describe('environmentConfig', () => {
  test('G-140 SECTION_KEY is a key of a section, in small letters, to get and to set', () => {
    const settings = environmentConfig({
      SERVER_PORT: '9090',
      PAYMENT_API_KEY: 'hush',
      PATH: '/bin',
    });
    expect(settings.get('server', 'port')).toBe(9090);
    expect(settings.get('SERVER', 'PORT')).toBe(9090);
    expect(settings.getSection('payment')).toEqual({ api_key: 'hush' });
    expect(settings.getSection('path')).toEqual({});
    settings.set('server', 'port', 1);
    settings.set('Mine', 'Own_Key', true);
    expect(settings.get('server', 'port')).toBe(1);
    expect(settings.getSection('mine')).toEqual({ own_key: true });
  });

  test('G-140 what is asked for in one section is not found in another, nor on an object itself', () => {
    const settings = environmentConfig({});
    expect(settings.get('security', 'port')).toBeUndefined();
    expect(settings.get('__proto__', 'constructor')).toBeUndefined();
    expect(settings.getSection('constructor')).toEqual({});
  });

  test.each(['true', 'YES', 'on', ' 1 '])('G-141 "%s" is true where a flag is wanted', (text) => {
    const settings = environmentConfig({ CACHE_ENABLED: text, CACHE_MIN_USES: '1' });
    expect(settings.get('cache', 'enabled')).toBe(true);
    expect(settings.get('cache', 'min_uses')).toBe(1);
  });

  test.each(['false', 'No', 'off', '0'])('G-141 "%s" is false where a flag is wanted', (text) => {
    expect(environmentConfig({ CACHE_ENABLED: text }).get('cache', 'enabled')).toBe(false);
  });

  test('G-141 nothing is not set, a text stays one whatever it looks like, and the rest is refused', () => {
    const settings = environmentConfig({ SERVER_PORT: '', LOGGING_LEVEL: '5', OTHER_FLAG: 'true' });
    expect(settings.get('server', 'port')).toBe(8080);
    expect(settings.get('logging', 'level')).toBe('5');
    expect(settings.get('other', 'flag')).toBe('true');
    expect(() => environmentConfig({ SERVER_PORT: 'hush-hush' })).toThrow(
      /^Expected `SERVER_PORT` to be a number, got .*hidden/,
    );
    expect(() => environmentConfig({ CACHE_ENABLED: 'hush-hush' })).toThrow(/CACHE_ENABLED/);
    expect(() => environmentConfig({ CACHE_ENABLED: 'hush-hush' })).not.toThrow(/hush-hush/);
  });

  test('G-142 what nobody sets is what it always was', () => {
    const { get } = environmentConfig({});
    expect([
      get('server', 'port'),
      get('server', 'worker_processes'),
      get('server', 'worker_connections'),
      get('server', 'keepalive'),
      get('logging', 'level'),
      get('logging', 'buffer_size'),
      get('logging', 'flush_interval'),
    ]).toEqual([8080, 'auto', 1024, 75, 'notice', '4k', '1s']);
    expect([
      get('security', 'rate_limit_requests'),
      get('security', 'rate_limit_window'),
      get('security', 'rate_limit_burst'),
      get('security', 'ip_ban_max_fails'),
      get('security', 'ip_ban_duration'),
    ]).toEqual([100, 60, 120, 10, 3600]);
    expect([
      get('cache', 'enabled'),
      get('cache', 'default_ttl'),
      get('cache', 'max_size'),
      get('cache', 'min_uses'),
    ]).toEqual([true, 3600, '10m', 2]);
    expect([
      get('proxy', 'connect_timeout'),
      get('proxy', 'read_timeout'),
      get('proxy', 'send_timeout'),
      get('monitoring', 'health_check_interval'),
      get('monitoring', 'health_check_timeout'),
      get('system', 'cleanup_interval'),
    ]).toEqual([60, 60, 60, 5, 3, 10]);
  });
});

const ROUTES = 'routes: [{ name: r, path: /r, respond: {} }]\n';
const read = (text: string, environment: Record<string, string>): ReturnType<typeof readConfig> =>
  readConfig(text, { file: 'f', plugins: standardPlugins, environment });
const on = 'environmentSettings: true\n';

describe('settings in a config', () => {
  test('G-140 stand in for what the file leaves open, in its units, if it asks for them', () => {
    const environment = {
      SERVER_PORT: '9090',
      SERVER_KEEPALIVE: '30',
      SYSTEM_CLEANUP_INTERVAL: '20',
      SECURITY_RATE_LIMIT_REQUESTS: '7',
      SECURITY_RATE_LIMIT_WINDOW: '2',
      SECURITY_RATE_LIMIT_BURST: '9',
      SECURITY_IP_BAN_MAX_FAILS: '3',
      CORS_ALLOW_ORIGINS: 'https://a.example, https://b.example',
      CORS_ALLOW_CREDENTIALS: '1',
      PROXY_CONNECT_TIMEOUT: '',
    };
    const { config, problems } = read(on + ROUTES, environment);
    expect(problems).toEqual([]);
    expect(config).not.toHaveProperty('environmentSettings');
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 9090 },
      connections: { keepAliveMs: 30_000 },
      system: { cleanupIntervalMs: 20_000 },
      plugins: [
        { name: 'rate-limit', options: { limit: 7, windowMs: 2000, burst: 9, banAfter: 3 } },
        {
          name: 'cors',
          options: { origins: ['https://a.example', 'https://b.example'], credentials: true },
        },
      ],
    });
    expect(read(ROUTES, environment).config).toMatchObject({ listen: { port: 8080 }, plugins: [] });
    expect(read(`environmentSettings: false\n${ROUTES}`, environment).config?.plugins).toEqual([]);
  });

  test('are not asked where the file has its own word', () => {
    const text = `${on}listen: { port: 1 }
upstreams: { a: { url: http://a, connectTimeoutMs: 5, health: { path: /h, intervalMs: 9 } }, b: { url: http://b } }
plugins: [request-id, { rate-limit: { limit: 1 }, priority: 150 }]
routes: [{ name: r, path: /r, upstream: a }, { name: s, path: /s, upstream: b }]`;
    const { config } = read(text, {
      SERVER_PORT: '9090',
      PROXY_CONNECT_TIMEOUT: '3',
      MONITORING_HEALTH_CHECK_INTERVAL: '4',
      MONITORING_HEALTH_CHECK_TIMEOUT: '1',
      SECURITY_RATE_LIMIT_REQUESTS: '7',
      SECURITY_RATE_LIMIT_WINDOW: '2',
    });
    expect(config?.listen.port).toBe(1);
    expect(config?.upstreams['a']).toMatchObject({
      connectTimeoutMs: 5,
      health: { intervalMs: 9, timeoutMs: 1000 },
    });
    expect(config?.upstreams['b']).toMatchObject({ connectTimeoutMs: 3000 });
    expect(config?.upstreams['b']).not.toHaveProperty('health');
    expect(config?.plugins[1]).toMatchObject({
      options: { limit: 1, windowMs: 2000 },
      priority: 150,
    });
    const listeners = `${on}listeners: [{ port: 3 }]\n${ROUTES}`;
    expect(read(listeners, { SERVER_PORT: '9090' }).config?.listen.port).toBe(8080);
  });

  test('alone do not put a plugin to use that nobody has named', () => {
    const { config } = read(on + ROUTES, { SECURITY_RATE_LIMIT_WINDOW: '2', CORS_MAX_AGE: '5' });
    expect(config?.plugins).toEqual([]);
  });

  test('G-141 that are wrong are refused under their names, and their values are not shown', () => {
    const { config, problems } = read(on + ROUTES, {
      SERVER_PORT: 'hush',
      SERVER_KEEPALIVE: 'hush',
      CORS_ALLOW_ORIGINS: 'hush',
      CORS_ALLOW_CREDENTIALS: 'hush',
    });
    expect(config).toBeUndefined();
    const lines = problems.map(formatProblem).join('\n');
    expect(lines).toMatch(
      /f:1:1 error CFG010 SERVER_PORT: .* got the value of "\$\{SERVER_PORT\}"/,
    );
    expect(lines).toContain('CFG010 SERVER_KEEPALIVE:');
    expect(lines).toContain('CFG010 CORS_ALLOW_CREDENTIALS:');
    expect(lines).not.toContain('hush');
  });
});

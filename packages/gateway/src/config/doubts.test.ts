/** Warnings of what is rarely meant, and files that are cut off. */
import { describe, expect, test } from 'vitest';
import { standardPlugins } from '../plugins/standard.ts';
import { formatProblem } from './problem.ts';
import { readConfig } from './read-config.ts';

const ROUTES = 'routes: [{ name: r, path: /r, respond: {} }]\n';
const read = (text: string): ReturnType<typeof readConfig> =>
  readConfig(text, { file: 'f', plugins: standardPlugins, environment: {} });
const codes = (text: string): string[] => {
  const { config, problems } = read(text);
  expect(config, problems.map(formatProblem).join('\n')).toBeDefined();
  return problems.map(({ severity, code, path }) => `${severity} ${code} ${path}`);
};

describe('plugins that go by addresses', () => {
  const limited = `plugins: [{ rate-limit: { by: address } }]\n${ROUTES}`;

  test('behind a proxy that nobody believes get a warning, for all routes and for one', () => {
    expect(codes(limited)).toEqual(['warning CFG111 plugins[0]']);
    expect(codes('routes: [{ name: r, path: /r, respond: {}, plugins: [ip-block] }]')).toEqual([
      'warning CFG111 routes[0].plugins[0]',
    ]);
    expect(
      codes(`listeners: [{ path: /tmp/g.sock }, { host: "::1", port: 1 }]\n${limited}`),
    ).toEqual(['warning CFG111 plugins[0]']);
  });

  test('get none where it is known who is believed, or where clients come in themselves', () => {
    expect(codes(`trustedProxies: [loopback]\n${limited}`)).toEqual([]);
    expect(codes(`trustedProxies: []\n${limited}`)).toEqual([]);
    expect(codes(`listen: { host: 0.0.0.0, port: 1 }\n${limited}`)).toEqual([]);
    const listener = '{ port: 1, proxyProtocol: { trusted: [loopback] } }';
    expect(codes(`listeners: [${listener}]\n${limited}`)).toEqual([]);
    expect(codes(`plugins: [{ rate-limit: { by: consumer } }, request-id]\n${ROUTES}`)).toEqual([]);
  });
});

test('a limit of bodies that is none gets a warning, wherever it stands', () => {
  expect(
    codes(
      'connections: { maxBodyBytes: 2000000000 }\nroutes: [{ name: r, path: /r, respond: {}, maxBodyBytes: 3000000000 }]',
    ),
  ).toEqual(['warning CFG112 connections.maxBodyBytes', 'warning CFG112 routes[0].maxBodyBytes']);
  expect(codes(`connections: { maxBodyBytes: 1073741824 }\n${ROUTES}`)).toEqual([]);
});

describe('a file that says where it ends', () => {
  const whole = `# begin config\n${ROUTES}listen: { port: 1 }\n# end config\n`;

  test('is read when it is whole', () => {
    expect(read(whole).config?.listen.port).toBe(1);
  });

  test('is refused when it is cut off anywhere', () => {
    const end = whole.trimEnd().length;
    for (let length = '# begin config'.length; length < end; length++) {
      const { config, problems } = read(whole.slice(0, length));
      expect(config, `${length}`).toBeUndefined();
      expect(problems.map(({ code }) => code)).toEqual(['CFG008']);
    }
  });

  test('another file may end where it likes', () => {
    expect(read(`# a config\n${ROUTES}`).config).toBeDefined();
  });
});

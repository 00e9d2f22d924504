/** Tests of reading and replacing the config over the admin API. */
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayOptions } from '../gateway.ts';
import { startAdmin } from './start-admin.ts';

const TOKEN = 'a-token-of-the-tests';
const AUTH = { authorization: `Bearer ${TOKEN}` };

async function start(config: Partial<GatewayConfig> = {}, options: GatewayOptions = {}) {
  const routes = [routeOf({ respond: { status: 200, body: 'old' } })];
  const admin = { port: 0, token: TOKEN };
  const started = await startGateway({ routes, admin, ...config }, options);
  const url = `${started.gateway.adminUrl}/config`;
  const read = () => send(url, { headers: AUTH });
  const tag = async (): Promise<string> => (await read()).headers.etag as string;
  const put = (body: string, headers: object = {}, query = '') =>
    send(url + query, { method: 'PUT', body, headers: { ...AUTH, ...headers } });
  return { ...started, read, tag, put };
}

/** The text of a config that answers with a word. */
const say = (body: string, port = 0): string => `
listen: { port: ${port} }
admin: { port: 0, token: ${TOKEN} }
routes:
  - { name: all, path: /*, respond: { status: 200, body: ${body} } }
`;

describe('the config', () => {
  test('is shown without its secrets', async () => {
    const { read } = await start({
      plugins: [{ name: 'key-auth', options: { keys: { alice: 'the-key-of-alice' } } }],
    });
    const { status, text, json, headers } = await read();
    expect(status).toBe(200);
    expect(json).toMatchObject({
      admin: { token: '[redacted]' },
      plugins: [{ name: 'key-auth', options: { keys: '[redacted]' } }],
    });
    expect(text).not.toContain('alice');
    expect(text).not.toContain(TOKEN);
    expect(headers.etag).toMatch(/^"[\w-]+"$/);
    expect(headers['cache-control']).toBe('no-cache');
  });

  test('has a tag that stays as long as it holds, and spares whoever knows it', async () => {
    const { read, tag, gateway } = await start();
    const first = await tag();
    expect(await tag()).toBe(first);
    const again = await send(`${gateway.adminUrl}/config`, {
      headers: { ...AUTH, 'if-none-match': first },
    });
    expect([again.status, again.text]).toEqual([304, '']);
    await gateway.reload({ ...gateway.config });
    expect((await read()).headers.etag).not.toBe(first);
  });
});

describe('a config that is sent', () => {
  test('takes the place of the one whose tag it names, and tells its own', async () => {
    const { put, tag, url } = await start();
    const answer = await put(say('new'), { 'if-match': await tag() });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      applied: true,
      warnings: [],
      report: { newUpstreams: [] },
    });
    expect((await send(url)).text).toBe('new');
    expect(answer.headers.etag).toBe(await tag());
  });

  test('may be JSON', async () => {
    const { put, url } = await start();
    const config = {
      listen: { port: 0 },
      admin: { port: 0, token: TOKEN },
      routes: [{ name: 'all', path: '/*', respond: { status: 200, body: 'json' } }],
    };
    const headers = { 'if-match': '*', 'content-type': 'application/json' };
    expect((await put(JSON.stringify(config), headers)).status).toBe(200);
    expect((await send(url)).text).toBe('json');
  });

  test('has to say which one it replaces', async () => {
    const { put, tag, url } = await start();
    const answer = await put(say('new'));
    expect(answer.status).toBe(428);
    expect(answer.json).toMatchObject({ code: 'PRECONDITION_REQUIRED' });
    expect(answer.headers.etag).toBe(await tag());
    expect((await send(url)).text).toBe('old');
  });

  test('does not undo what somebody else has sent in between', async () => {
    const { put, tag, url } = await start();
    const known = await tag();
    expect((await put(say('one'), { 'if-match': known })).status).toBe(200);
    expect((await put(say('two'), { 'if-match': known })).status).toBe(412);
    expect((await send(url)).text).toBe('one');
  });

  test('is the only one of many that are sent at once for the same tag', async () => {
    const { put, tag, url } = await start();
    const known = await tag();
    const words = ['one', 'two', 'three', 'four', 'five', 'six'];
    const answers = await Promise.all(words.map((word) => put(say(word), { 'if-match': known })));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 412)).toHaveLength(5);
    expect((await send(url)).text).toBe(words[statuses.indexOf(200)]);
  });

  test('does not undo what has come from elsewhere while it was on its way', async () => {
    const { put, tag, gateway } = await start();
    const known = await tag();
    const [, answer] = await Promise.all([
      gateway.reload({ ...gateway.config }),
      put(say('late'), { 'if-match': known }),
    ]);
    expect(answer.status).toBe(412);
  });

  test('that is not sound changes nothing, and everything that is wrong is told at once', async () => {
    const { put, tag, url, gateway } = await start();
    const before = gateway.config;
    const known = await tag();
    const text = 'listen: { port: many }\nroutes:\n  - { name: a, path: a, upstraem: x }\n';
    const answer = await put(text, { 'if-match': known });
    expect(answer.status).toBe(422);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const { problems, code } = answer.json as {
      problems: { line: number; text: string }[];
      code: string;
    };
    expect(code).toBe('CONFIG_NOT_SOUND');
    expect(problems.length).toBeGreaterThanOrEqual(3);
    expect(problems.map(({ line }) => line)).toEqual(expect.arrayContaining([1, 3]));
    expect(problems.map((one) => one.text).join('\n')).toContain('did you mean "upstream"');
    expect(gateway.config).toBe(before);
    expect((await send(url)).text).toBe('old');
    expect(await tag()).toBe(known);
  });

  test('that reads well and still cannot be taken changes nothing either', async () => {
    const { put, gateway, port } = await start();
    const other = await startGateway({ routes: [routeOf({ respond: { status: 200 } })] });
    const before = gateway.config;
    const answer = await put(say('new', other.port), { 'if-match': '*' });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({
      code: 'CONFIG_NOT_SOUND',
      problems: [{ message: expect.stringContaining(String(other.port)) }],
    });
    expect(gateway.config).toBe(before);
    expect((await send(`http://127.0.0.1:${port}/`)).text).toBe('old');
  });

  test('can come again and again while requests go on, of which none fails', async () => {
    const { put, url, gateway } = await start();
    const answers: Promise<{ readonly status: number; readonly text: string }>[] = [];
    for (let at = 0; at < 30; at++) {
      for (let more = 0; more < 4; more++) answers.push(send(url));
      const answer = await put(say(`answer-${at}`), { 'if-match': '*' });
      expect(answer.status).toBe(200);
      expect((await send(url)).text).toBe(`answer-${at}`);
    }
    for (const { status, text } of await Promise.all(answers)) {
      expect(status).toBe(200);
      expect(text).toMatch(/^(?:old|answer-\d+)$/);
    }
    expect(gateway.statistics).toMatchObject({ active: 0, reloads: 30 });
    expect(gateway.statistics.total).toMatchObject({ requests: 150, errors: 0 });
  });

  test('is only looked at in a dry run, for which no tag is needed', async () => {
    const { put, gateway } = await start();
    const before = gateway.config;
    const good = await put(say('new'), {}, '?dryRun');
    expect([good.status, good.json]).toMatchObject([200, { applied: false }]);
    expect((await put('routes: 1', {}, '?dryRun')).status).toBe(422);
    expect(gateway.config).toBe(before);
  });

  test('cannot be anything but text, nor of any length', async () => {
    const { put } = await start();
    const url = { 'if-match': '*' };
    expect((await put('', url)).status).toBe(422);
    expect((await put('\0\u0001\u{fffe}', url)).status).toBe(422);
    expect((await put(`# ${'x'.repeat(5_000_000)}`, url)).status).toBe(413);
  });
});

describe('what a config that is sent takes in from outside', () => {
  const leak = (value: string): string => say('old').replace('body: old', `body: "${value}"`);

  test('is nothing, unless the config that holds lists it', async () => {
    const { put, gateway } = await start();
    const before = gateway.config;
    const variable = await put(leak('${PATH}'), { 'if-match': '*' });
    expect(variable.status).toBe(422);
    expect(variable.json['detail']).toContain('admin.outside');
    const file = await put(leak('${file:/etc/hostname}'), { 'if-match': '*' });
    expect(file.status).toBe(422);
    expect(file.text).toContain('admin.outside');
    expect(gateway.config).toBe(before);
  });

  test('is what the config that holds lists, and is not shown again', async () => {
    const { gateway, logger } = await startGateway({
      routes: [routeOf({ respond: { status: 200, body: 'old' } })],
    });
    const admin = await startAdmin(gateway, {
      port: 0,
      logger,
      outside: ['GREETING', 'MISSING'],
      environment: { GREETING: 'hello-from-outside', OTHER: 'other' },
    });
    try {
      const put = (text: string) =>
        send(`${admin.url}/config`, { method: 'PUT', body: text, headers: { 'if-match': '*' } });
      expect((await put(leak('${OTHER}'))).status).toBe(422);
      expect((await put(leak('${MISSING}'))).status).toBe(422);
      expect((await put(leak('${GREETING}'))).status).toBe(200);
      expect(gateway.config.routes[0]?.respond?.body).toBe('hello-from-outside');
      expect((await send(`${admin.url}/config`)).text).not.toContain('hello-from-outside');
      // Nor does a config that lists more open the way for the next one.
      admin.set({ outside: ['OTHER'] });
      expect((await put(leak('${OTHER}'))).status).toBe(422);
    } finally {
      await admin.close();
    }
  });
});

/** Tests of what tests are made with. */
/* oxlint-disable no-console -- it is what is captured */
import { describe, expect, test } from 'vitest';
import { createApp } from './app.ts';
import { detectDisconnect } from './middleware/detect-disconnect.ts';
import {
  buildContext,
  buildEvent,
  buildRequest,
  startTestServer,
  temporaryEnvironment,
  testClient,
  type TestServer,
  withEnvironment,
  withServer,
} from './testing.ts';

const app = createApp()
  .all('/echo', async (ctx) => ({
    method: ctx.method,
    body: await ctx.body.text(),
    type: ctx.headers.get('content-type') ?? null,
    key: ctx.headers.get('x-key') ?? null,
  }))
  .get('/says', () => {
    console.log('said', { a: 1 });
    console.error(new Error('complained'));
    process.stdout.write('written');
    return '';
  });

describe('a server', () => {
  test('F-100 runs for the length of a block on a free port, and frees it then', async () => {
    let kept: TestServer | undefined;
    const said = await withServer(app, async (server) => {
      kept = server;
      expect(server.url('/echo')).toBe(`http://127.0.0.1:${server.port}/echo`);
      expect([server.running, await server.isPortOpen()]).toEqual([true, true]);
      return 'done';
    });
    expect(said).toBe('done');
    expect([kept?.running, await kept?.isPortOpen()]).toEqual([false, false]);
  });

  test('F-100 frees it also when the block fails, and many have ports of their own', async () => {
    let kept: TestServer | undefined;
    const failed = withServer(app, (server) => {
      kept = server;
      throw new Error('failed');
    });
    await expect(failed).rejects.toThrow('failed');
    expect(await kept?.isPortOpen()).toBe(false);
    const servers = await Promise.all(Array.from({ length: 5 }, () => startTestServer(app)));
    expect(new Set(servers.map(({ port }) => port)).size).toBe(5);
    await Promise.all(servers.map((one) => one.stop()));
    await servers[0]?.stop();
  });

  test('F-101 is asked with one function for each method', async () => {
    await using server = await startTestServer(app);
    const read = async (answer: Promise<Response>): Promise<unknown> => (await answer).json();
    const headers = { 'X-Key': 'k' };
    expect(await read(server.get('/echo', { headers }))).toMatchObject({ method: 'GET', key: 'k' });
    expect(await read(server.delete('/echo'))).toMatchObject({ method: 'DELETE' });
    expect(await read(server.options('/echo'))).toMatchObject({ method: 'OPTIONS' });
    expect((await server.head('/echo')).status).toBe(200);
    for (const method of ['post', 'put', 'patch'] as const) {
      expect(await read(server[method]('/echo', { a: 1 }, { headers }))).toEqual({
        method: method.toUpperCase(),
        body: '{"a":1}',
        type: 'application/json',
        key: 'k',
      });
    }
    expect(await read(server.post('/echo', undefined, { body: 'plain' }))).toMatchObject({
      body: 'plain',
    });
    await expect(server.post('/echo', 'text' as never)).rejects.toThrow('`data` to be an object');
  });

  test('F-101 captures what is written to the console meanwhile, if it is to', async () => {
    const { log } = console;
    await using server = await startTestServer(app, { captureLogs: true });
    await server.get('/says');
    expect(server.logs?.text('stdout')).toBe('said {"a":1}\nwritten');
    expect(server.logs?.text('stderr')).toContain('complained');
    expect(server.logs?.entries).toHaveLength(3);
    await server.stop();
    expect(console.log).toBe(log);
  });
});

describe('without a server', () => {
  test('F-102 a client asks in the same way', async () => {
    const client = testClient(app);
    expect(await (await client.post('/echo', { a: 1 })).json()).toMatchObject({ body: '{"a":1}' });
    expect((await client.get('/nowhere')).status).toBe(404);
  });

  test('F-104 requests, contexts and events can be built', async () => {
    const request = buildRequest('POST', '/a?b=1', { json: { c: 1 }, cookies: { d: '1', e: '2' } });
    expect([request.method, request.url, await request.json()]).toEqual([
      'POST',
      'http://testserver/a?b=1',
      { c: 1 },
    ]);
    expect(request.headers.get('cookie')).toBe('d=1; e=2');
    const built = buildContext('GET', '/a', { clientAddress: '192.0.2.1' });
    expect([built.ctx.path, built.ctx.clientAddress]).toEqual(['/a', '192.0.2.1']);
    void detectDisconnect()(built.ctx, (ctx) => (ctx ?? built.ctx).response);
    expect(built.ctx.state['isDisconnected']).toBe(false);
    built.leave();
    expect(built.ctx.state['isDisconnected']).toBe(true);
    const event = buildEvent('GET', '/a?token=x', { events: { name: 'shop' } });
    expect(event.info.fastApiName).toBe('shop');
    expect(event.request).toMatchObject({ method: 'GET', path: '/a', hostName: 'testserver' });
  });
});

describe('the environment', () => {
  test('F-103 is another for a while, and then as it was', async () => {
    process.env['TEST_KEPT'] = 'kept';
    delete process.env['TEST_NEW'];
    {
      using _ = temporaryEnvironment({ TEST_KEPT: undefined, TEST_NEW: 'new' });
      expect(['TEST_KEPT' in process.env, process.env['TEST_NEW']]).toEqual([false, 'new']);
    }
    expect([process.env['TEST_KEPT'], 'TEST_NEW' in process.env]).toEqual(['kept', false]);
    const failed = withEnvironment({ TEST_KEPT: 'other' }, () => {
      expect(process.env['TEST_KEPT']).toBe('other');
      throw new Error('failed');
    });
    await expect(failed).rejects.toThrow('failed');
    expect(process.env['TEST_KEPT']).toBe('kept');
    expect(await withEnvironment({ TEST_NEW: '1' }, () => process.env['TEST_NEW'])).toBe('1');
    delete process.env['TEST_KEPT'];
  });
});

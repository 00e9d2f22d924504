/** Tests of the test kit for single plugins, as a user would use it. */
import { fakeClock, settle } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { PHASES, type Phase } from '../phases.ts';
import { definePlugin, type PluginParts } from '../definition/plugin.ts';
import { keyAuth } from '../plugins/key-auth.ts';
import { requestId } from '../plugins/request-id.ts';
import { testPlugin } from './test-plugin.ts';

/** Keeps when a request began, and counts in a dictionary. */
const timing = definePlugin({
  name: 'timing',
  description: 'Logs how long requests took.',
  options: { unit: { type: 'string', default: 'ms', description: 'What stands behind it.' } },
  create({ unit }, { clock, dictionaries }): PluginParts<{ startedMs: number }> {
    return {
      access: {
        async handle(ctx) {
          ctx.state.startedMs = clock.now();
          await dictionaries.stats.incr('timed', 1, { init: 0 });
        },
      },
      log: {
        handle: (ctx) =>
          ctx.logger.info({ message: `${clock.now() - ctx.state.startedMs} ${unit}` }),
      },
    };
  },
});

describe('one phase', () => {
  test('G-180 is run alone, on a request that is made up', async () => {
    await using plugin = await testPlugin(requestId, { newId: () => 'made-for-this' });
    const kept = await plugin.run('access', { headers: { 'X-Request-ID': 'client-sent-1' } });
    expect([kept.passed, kept.ctx.requestId]).toEqual([true, 'client-sent-1']);
    const made = await plugin.run('access', { headers: { 'X-Request-ID': 'b\u00e4d one' } });
    expect(made.ctx.requestId).toBe('made-for-this');
    expect(made.ctx.response.headers.has('X-Request-ID')).toBe(false);
  });

  test('G-180 sees the request as it was made up', async () => {
    await using plugin = await testPlugin({
      name: 'reader',
      phase: 'access',
      async handle(ctx) {
        const { method, path, search, clientAddress, secure, version, route } = ctx;
        const body = await ctx.body.text();
        ctx.logger.info({ method, path, search, clientAddress, secure, version, body });
        ctx.logger.info({ host: ctx.headers.get('host'), many: ctx.headers.getAll('x-many') });
        ctx.logger.info({ length: ctx.headers.get('content-length'), route: route?.name });
      },
    });
    const { log } = await plugin.run('access', {
      method: 'PUT',
      path: '/a/b?c=d',
      headers: { 'X-Many': ['1', '2'] },
      body: 'h\u00e4h',
      clientAddress: '198.51.100.7',
      secure: true,
      version: '2.0',
    });
    expect(log).toEqual([
      {
        level: 'info',
        method: 'PUT',
        path: '/a/b',
        search: '?c=d',
        clientAddress: '198.51.100.7',
        secure: true,
        version: '2.0',
        body: 'h\u00e4h',
      },
      { level: 'info', host: 'gateway.test', many: ['1', '2'] },
      { level: 'info', length: '4', route: 'test' },
    ]);
  });

  test('G-180 that refuses tells the status and the reason', async () => {
    await using plugin = await testPlugin(keyAuth, { options: { keys: { ann: 'secret-of-ann' } } });
    const refused = await plugin.run('access');
    expect(refused).toMatchObject({
      passed: false,
      status: 401,
      failure: { code: 'API_KEY_MISSING' },
    });
    const passed = await plugin.run('access', { headers: { 'X-API-Key': 'secret-of-ann' } });
    expect(passed).toMatchObject({ passed: true, status: 200, failure: undefined });
    expect(passed.ctx.consumer).toEqual({ name: 'ann' });
  });

  test('G-180 of the body filter takes a body in pieces, and gives it filtered', async () => {
    await using plugin = await testPlugin({
      bodyFilter: {
        handle: (_ctx, chunk, isLast) =>
          new TextDecoder().decode(chunk).toUpperCase() + (isLast ? '.' : '-'),
      },
    });
    expect((await plugin.run('body_filter', {}, { chunks: ['one', 'two'] })).body).toBe(
      'ONE-TWO-.',
    );
    expect((await plugin.run('bodyFilter')).body).toBe('.');
  });

  test('runs one that needs others, which are not there, all the same', async () => {
    await using plugin = await testPlugin({
      name: 'needy',
      phase: 'access',
      after: 'nobody',
      handle: () => true,
    });
    expect((await plugin.run('access')).passed).toBe(true);
  });

  test('of a name that is none is refused', async () => {
    await using plugin = await testPlugin(timing);
    await expect(plugin.run('acess' as Phase)).rejects.toThrow('Invalid phase: acess');
  });
});

describe('several phases', () => {
  test('G-181 share the context that is carried from one to the next', async () => {
    const clock = fakeClock();
    await using plugin = await testPlugin(timing, { clock, options: { unit: 'milliseconds' } });
    const { ctx } = await plugin.run('access');
    expect(ctx.state['startedMs']).toBe(clock.now());
    await clock.advance(25);
    const { log } = await plugin.run('log', ctx);
    expect(log).toEqual([{ level: 'info', message: '25 milliseconds' }]);
  });

  test('G-181 are all run for a request that is sent, in their order, with one context', async () => {
    const seen: string[] = [];
    const parts = Object.fromEntries(
      PHASES.map((phase) => [
        phase,
        {
          handle(ctx: { state: Record<string, unknown> }) {
            ctx.state['phases'] = `${String(ctx.state['phases'] ?? '')}${phase} `;
            seen.push(phase);
          },
        },
      ]),
    ) as PluginParts;
    await using plugin = await testPlugin(parts);
    const { status, text, ctx } = await plugin.send();
    expect([status, text]).toEqual([200, 'OK']);
    expect(seen).toEqual([...PHASES]);
    expect(ctx.state['phases']).toBe(`${PHASES.join(' ')} `);
    expect(ctx.outcome).toMatchObject({ status: 200, bytes: 2 });
  });

  test('G-181 of a refused request leave out the content', async () => {
    const seen: string[] = [];
    const note = (text: string) => ({ handle: () => void seen.push(text) });
    await using plugin = await testPlugin({
      access: { handle: (ctx) => ctx.exit(418) },
      content: note('content'),
      headerFilter: note('headerFilter'),
      log: note('log'),
    });
    expect((await plugin.send()).status).toBe(418);
    expect(seen).toEqual(['headerFilter', 'log']);
  });
});

describe('dictionaries', () => {
  test('G-182 can be looked at, filled, and emptied between tests', async () => {
    await using plugin = await testPlugin(timing);
    await plugin.run('access');
    await plugin.send();
    expect(await plugin.dictionaries.stats.get('timed')).toBe(2);
    await plugin.dictionaries.stats.set('timed', 10);
    await plugin.run('access');
    expect(await plugin.dictionaries.stats.get('timed')).toBe(11);
    await plugin.reset();
    expect(await plugin.dictionaries.stats.keys()).toEqual([]);
    expect(plugin.logger.entries).toEqual([]);
    await plugin.run('access');
    expect(await plugin.dictionaries.stats.get('timed')).toBe(1);
  });

  test('G-182 of two plugins under test have nothing to do with each other', async () => {
    await using one = await testPlugin(timing);
    await using other = await testPlugin(timing);
    await one.run('access');
    expect(await other.dictionaries.stats.get('timed')).toBe(undefined);
  });
});

describe('what goes wrong', () => {
  test.each(PHASES)('G-183 a throw in %s has its answer and its log entry', async (phase) => {
    await using plugin = await testPlugin(
      {
        [phase]: {
          handle() {
            throw new Error('boom');
          },
        },
      },
      { name: 'broken' },
    );
    const answer = await plugin.send();
    const decides = phase === 'access' || phase === 'content';
    expect(answer.status).toBe(decides ? 500 : 200);
    if (decides) expect(answer.json).toMatchObject({ status: 500 });
    else expect(answer.text).toBe('OK');
    expect(answer.text).not.toContain('boom');
    expect(answer.log).toContainEqual(
      expect.objectContaining({
        level: 'error',
        message: 'Middleware error in broken: boom',
        phase,
      }),
    );
    const alone = await plugin.run(phase);
    expect(alone.log).toHaveLength(1);
    expect(alone.status).toBe(decides ? 500 : 200);
    expect([alone.passed, alone.failure?.message]).toEqual(
      decides ? [false, 'Middleware broken failed: boom'] : [true, undefined],
    );
  });

  test('G-192 false with a reason, an exit, and a warning in the log can each be told apart', async () => {
    await using plugin = await testPlugin(
      {
        access: {
          handle(ctx) {
            if (ctx.query.has('exit')) ctx.exit(410, 'gone');
            if (ctx.query.has('refuse')) return { ok: false, error: 'not today', status: 429 };
            ctx.logger.warn({ message: 'let pass' });
            return true;
          },
        },
      },
      { name: 'guard' },
    );
    const refused = await plugin.send({ path: '/?refuse' });
    expect([refused.status, refused.log[0]?.['message']]).toEqual([
      429,
      'Middleware guard refused the request: not today',
    ]);
    const gone = await plugin.send({ path: '/?exit' });
    expect([gone.status, gone.text, gone.log]).toEqual([410, 'gone', []]);
    const passed = await plugin.send();
    expect([passed.status, passed.log[0]?.['message']]).toEqual([200, 'let pass']);
  });

  test('options that do not fit, and an init that fails, are told when it is made', async () => {
    await expect(testPlugin(keyAuth, { options: {} })).rejects.toThrow('key-auth.keys');
    const init = (): never => {
      throw new Error('no disk');
    };
    await expect(testPlugin({ init, access: { handle: () => {} } })).rejects.toThrow('no disk');
  });

  test('a client that leaves is met by the log phase, and gets nothing', async () => {
    let release = (): void => {};
    await using plugin = await testPlugin({
      content: { handle: () => new Promise<void>((resolve) => (release = resolve)) },
    });
    const { answer, leave } = plugin.open();
    await settle();
    leave();
    release();
    const { status, text, ctx } = await answer;
    expect([status, text, ctx.outcome?.status]).toEqual([499, '', 499]);
  });

  test('its hooks are called at the start and at the end', async () => {
    const seen: string[] = [];
    const plugin = await testPlugin({
      init: () => void seen.push('init'),
      access: { handle: () => {} },
      close: () => void seen.push('close'),
    });
    expect(seen).toEqual(['init']);
    await plugin.close();
    expect(seen).toEqual(['init', 'close']);
  });
});

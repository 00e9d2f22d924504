/** Tests of a whole request through the five phases, on real sockets. */
import { HttpError, HttpResponse } from '@interpose/http';
import { repeats } from '@interpose/kernel';
import { fakeClock } from '@interpose/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import {
  configOf,
  headOf,
  memoryLogger,
  open,
  routeOf,
  send,
  sendRaw,
  startGateway,
  startProxied,
  type Started,
} from '../test-kit/loopback.ts';
import type { GatewayContext } from './context.ts';
import { PHASES, type Phase } from './phases.ts';
import { definePlugin, type HandlerResult, type PluginParts } from './definition/plugin.ts';
import {
  createGateway,
  type ContentMiddleware,
  type Dictionaries,
  type GatewayOptions,
  memoryDictionaries,
} from './index.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const respond = (status: number, body: unknown = 'fine') => routeOf({ respond: { status, body } });

/** A gateway with one fixed answer and plugins of the test. */
async function startWith(
  plugins: Readonly<Record<string, PluginParts>>,
  { status = 200, body = 'fine' as unknown, options = {} as GatewayOptions } = {},
): Promise<Started> {
  const started = await startGateway({ routes: [respond(status, body)] }, options);
  for (const [name, parts] of Object.entries(plugins))
    started.gateway.registry.add(parts, { name });
  return started;
}

/** Parts that write down each phase that they are called in. */
function noting(seen: string[], name = ''): PluginParts {
  const note = (phase: string) => () => void seen.push(name + phase);
  return {
    access: { handle: note('access') },
    content: { handle: note('content') },
    headerFilter: { handle: note('headerFilter') },
    bodyFilter: {
      handle: (_ctx, _chunk, isLast) => void seen.push(`${name}bodyFilter${isLast ? '!' : ''}`),
    },
    log: { handle: note('log') },
  };
}

describe('the phases of a request', () => {
  test('G-02 come in their order, and log after the answer, which it cannot change', async () => {
    const seen: string[] = [];
    const { url, ended } = await startWith({
      a: noting(seen),
      b: {
        log: {
          handle(ctx) {
            seen.push(`outcome ${ctx.outcome?.status} ${ctx.outcome?.bytes}`);
            ctx.response.status = 500;
            ctx.response.body = 'changed';
            ctx.exit(503, 'changed');
          },
        },
      },
    });
    const answer = await send(url);
    expect([answer.status, answer.text]).toEqual([200, 'fine']);
    await ended();
    expect(seen).toEqual([
      'access',
      'content',
      'headerFilter',
      'bodyFilter!',
      'log',
      'outcome 200 4',
    ]);
  });

  test('G-02 come in their order first, and by priority within each', async () => {
    const seen: string[] = [];
    const { url, gateway, ended } = await startGateway({ routes: [respond(200)] });
    const part = (text: string, priority: number) => ({
      priority,
      handle: () => void seen.push(text),
    });
    gateway.registry.add(
      { access: part('a access 20', 20), headerFilter: part('a header 10', 10) },
      { name: 'a' },
    );
    gateway.registry.add(
      { access: part('b access 10', 10), headerFilter: part('b header 20', 20) },
      { name: 'b' },
    );
    await send(url);
    await ended();
    // Each phase has its own order: the one of headerFilter is not that of access backwards.
    expect(seen).toEqual(['b access 10', 'a access 20', 'a header 10', 'b header 20']);
  });

  test('G-03 init and close of a plugin are hooks of the start and the end, not phases', async () => {
    const seen: string[] = [];
    const hooked = definePlugin({
      name: 'hooked',
      description: 'Has hooks.',
      options: {},
      create: () => ({
        init: () => void seen.push('init'),
        access: { handle: () => void seen.push('access') },
        close: () => void seen.push('close'),
      }),
    });
    const gateway = createGateway(
      configOf({ plugins: [{ name: 'hooked', options: {} }], routes: [respond(204)] }),
      { definitions: [hooked], logger: memoryLogger() },
    );
    expect(seen).toEqual([]);
    const { port } = await gateway.listen();
    expect(seen).toEqual(['init']);
    await send(`http://127.0.0.1:${port}`);
    await gateway.close();
    expect(seen).toEqual(['init', 'access', 'close']);
  });

  test('G-04 access may refuse, set a status, and set what others find in the context', async () => {
    const { url } = await startWith({
      gate: {
        access: {
          handle(ctx): HandlerResult {
            ctx.state['who'] = ctx.query.get('who');
            if (ctx.query.get('who') === 'nobody') {
              ctx.response.status = 418;
              return false;
            }
            return true;
          },
        },
        headerFilter: {
          handle: (ctx) => ctx.response.headers.set('X-Who', String(ctx.state['who'])),
        },
      },
    });
    expect(await send(`${url}/?who=nobody`)).toMatchObject({
      status: 418,
      text: '',
      headers: { 'x-who': 'nobody' },
    });
    expect(await send(`${url}/?who=me`)).toMatchObject({ status: 200, headers: { 'x-who': 'me' } });
  });

  test('G-05 content makes the answer: a handler of the phase, or else the route', async () => {
    const { url } = await startWith({
      some: {
        content: {
          handle(ctx) {
            if (ctx.path === '/own') ctx.response.body = 'from the plugin';
          },
        },
      },
    });
    expect(await send(`${url}/own`)).toMatchObject({ status: 200, text: 'from the plugin' });
    expect(await send(`${url}/other`)).toMatchObject({ status: 200, text: 'fine' });
  });

  test('G-06 headerFilter may set and remove headers before they are sent', async () => {
    const { url } = await startProxied((_request, response) => {
      response.setHeader('X-Powered-By', 'something old');
      response.end('x');
    }).then((started) => {
      started.gateway.registry.add(
        {
          headerFilter: {
            handle(ctx) {
              ctx.response.headers.delete('x-powered-by');
              ctx.response.headers.set('X-Seen', ctx.response.status);
            },
          },
        },
        { name: 'headers' },
      );
      return started;
    });
    const { headers } = await send(url);
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['x-seen']).toBe('200');
  });

  test('G-68 one context is there in all phases, and another one for each request', async () => {
    const contexts = new Map<string, Set<unknown>>();
    const phases: Phase[] = [];
    const keep = (ctx: GatewayContext): void => {
      const id = ctx.query.get('id') ?? '';
      contexts.set(id, (contexts.get(id) ?? new Set()).add(ctx).add(ctx.state));
      phases.push(ctx.phase);
    };
    const parts = Object.fromEntries(
      PHASES.map((phase) => [phase, { handle: keep }]),
    ) as PluginParts;
    const { url, ended } = await startWith({ keep: parts });
    await send(`${url}/?id=1`);
    await ended();
    await send(`${url}/?id=2`);
    await ended();
    expect(phases).toEqual([...PHASES, ...PHASES]);
    const [one, two] = [...contexts.values()].map((set) => [...set]);
    expect([one?.length, two?.length]).toEqual([2, 2]);
    expect(one?.some((part) => two?.includes(part))).toBe(false);
  });

  test('G-68 the log phase computes a duration from what access has written, with types', async () => {
    const clock = fakeClock();
    const timing = definePlugin({
      name: 'timing',
      description: 'Logs how long a request took.',
      options: {},
      create: (_options, services) => ({
        access: {
          handle(ctx: GatewayContext<{ requestStart: number }>) {
            ctx.state.requestStart = services.clock.now();
            expectTypeOf(ctx.state.requestStart).toBeNumber();
          },
        },
        content: { handle: () => clock.advanceSync(25) },
        log: {
          handle(ctx: GatewayContext<{ requestStart: number }>) {
            ctx.logger.info({
              message: `Request duration: ${services.clock.now() - ctx.state.requestStart}`,
            });
          },
        },
      }),
    });
    const { url, logger, ended } = await startGateway(
      { plugins: [{ name: 'timing', options: {} }], routes: [respond(200)] },
      { definitions: [timing], clock },
    );
    await send(url);
    await ended();
    expect(logger.messages('info')).toEqual(['Request duration: 25']);
  });
});

describe('the body filter', () => {
  const upper: PluginParts = {
    bodyFilter: { handle: (_ctx, chunk) => new TextDecoder().decode(chunk).toUpperCase() },
  };

  test('G-07 sees a body that is there at once, whose length is then exact', async () => {
    const { url } = await startWith({
      upper,
      longer: {
        bodyFilter: {
          handle: (_ctx, chunk, isLast) =>
            `${new TextDecoder().decode(chunk)}${isLast ? '?!' : ''}`,
        },
      },
    });
    const answer = await send(url);
    expect([answer.text, answer.headers['content-length']]).toEqual(['FINE?!', '6']);
  });

  test('G-07 sees a stream chunk by chunk as it comes, without collecting it', async () => {
    let finish = (): void => {};
    const started = await startProxied((_request, response) => {
      response.writeHead(200, { 'Content-Length': '6' });
      response.write('one');
      finish = () => response.end('two');
    });
    const lasts: boolean[] = [];
    started.gateway.registry.add(upper, { name: 'upper' });
    started.gateway.registry.add(
      {
        bodyFilter: {
          async handle(_ctx, chunk, isLast) {
            lasts.push(isLast);
            await Promise.resolve();
            return isLast ? ' end' : chunk;
          },
        },
      },
      { name: 'ending' },
    );
    const response = await headOf(open(started.url).end());
    // The length that the upstream gave is no longer true.
    expect(response.headers['content-length']).toBeUndefined();
    const [first] = (await once(response, 'data')) as [Buffer];
    expect(first.toString()).toBe('ONE');
    finish();
    let rest = '';
    for await (const chunk of response) rest += chunk;
    expect(rest).toBe('TWO end');
    expect(lasts).toEqual([false, false, true]);
  });

  test('G-07 may drop chunks, leave them, and stop the filters after it', async () => {
    const { url } = await startWith({
      first: {
        bodyFilter: {
          priority: 1,
          handle: (ctx) => (ctx.query.has('drop') ? new Uint8Array() : undefined),
        },
      },
      second: { bodyFilter: { priority: 2, handle: (ctx) => !ctx.query.has('stop') } },
      third: {
        bodyFilter: {
          priority: 3,
          handle: (_ctx, chunk) => `<${new TextDecoder().decode(chunk)}>`,
        },
      },
    });
    expect((await send(url)).text).toBe('<fine>');
    expect((await send(`${url}/?stop`)).text).toBe('fine');
    expect((await send(`${url}/?drop`)).text).toBe('<>');
  });

  test('G-07 is not asked where there can be no body, whose length it would make wrong', async () => {
    const seen: string[] = [];
    const { url, ended } = await startWith({ a: noting(seen) });
    const head = await send(url, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.text]).toEqual([200, undefined, '']);
    await ended();
    expect(seen).toEqual(['access', 'content', 'headerFilter', 'log']);
  });

  test('G-07 of a client that leaves stops the source', async () => {
    const stopped = new Promise<void>((resolve) => {
      void startProxied((_request, response) => {
        response.on('close', resolve);
        response.write('one');
      }).then(async (started) => {
        started.gateway.registry.add(upper, { name: 'upper' });
        const response = await headOf(open(started.url).end());
        await once(response, 'data');
        response.destroy();
      });
    });
    await stopped;
  });
});

describe('a refusal', () => {
  test.each(['exit', 'false', 'refusal', 'HttpError', 'thrown'])(
    'G-10 by %s in access skips content; both filters and log see the answer',
    async (way) => {
      const seen: string[] = [];
      const { url, ended } = await startWith({
        gate: {
          access: {
            priority: 1,
            handle(ctx): HandlerResult {
              if (way === 'exit') ctx.exit(403);
              if (way === 'HttpError') throw new HttpError(403);
              if (way === 'thrown') throw new Error('broken');
              return way === 'false' ? false : { ok: false, error: 'no', status: 403 };
            },
          },
        },
        after: noting(seen),
        header: {
          headerFilter: {
            handle: (ctx) => ctx.response.headers.set('X-Request-ID', ctx.requestId),
          },
        },
      });
      const answer = await send(url);
      expect(answer.status).toBe(way === 'thrown' ? 500 : 403);
      expect(answer.headers['x-request-id']).toMatch(UUID);
      expect(answer.json).toMatchObject({ requestId: answer.headers['x-request-id'] });
      await ended();
      expect(seen).toEqual(['headerFilter', 'bodyFilter!', 'log']);
    },
  );

  test('G-10 of what no route matches meets the same phases', async () => {
    const seen: string[] = [];
    const { url, gateway, ended } = await startGateway({
      routes: [routeOf({ path: '/a', respond: { status: 200 } })],
    });
    gateway.registry.add(noting(seen), { name: 'a' });
    expect((await send(`${url}/b`)).status).toBe(404);
    await ended();
    expect(seen).toEqual(['access', 'content', 'headerFilter', 'bodyFilter!', 'log']);
  });
});

describe('what a handler returns', () => {
  test.each([
    ['true', true],
    ['nothing', undefined],
    ['a promise of true', Promise.resolve(true)],
    ['a promise of nothing', Promise.resolve()],
  ])('G-26 %s goes on', async (_, result) => {
    const seen: string[] = [];
    const { url, ended } = await startWith({
      first: { access: { priority: 1, handle: () => result } },
      second: noting(seen),
    });
    expect(await send(url)).toMatchObject({ status: 200, text: 'fine' });
    await ended();
    expect(seen[0]).toBe('access');
  });

  test('G-26 nothing thenable costs no promise: the phase has run when the call returns', async () => {
    const { gateway } = await startWith({
      a: { access: { handle: () => true } },
      b: { access: { handle: () => {} } },
    });
    const ctx = { path: '/' } as GatewayContext;
    expect(gateway.registry.run('/', 'access', ctx)).toBe(true);
    gateway.registry.add({ access: { handle: async () => {} } }, { name: 'c' });
    expect(gateway.registry.run('/', 'access', ctx)).toBeInstanceOf(Promise);
  });

  test.each([
    ['access', 403, 'FORBIDDEN'],
    ['content', 500, 'INTERNAL_ERROR'],
  ] as const)(
    'G-27 false in %s stops the phase and the content, and without a status is %i, never 200',
    async (phase, status, code) => {
      const seen: string[] = [];
      for (const result of [false, Promise.resolve(false)]) {
        const { url, ended } = await startWith({
          stop: { [phase]: { priority: 1, handle: () => result } },
          later: { [phase]: { priority: 2, handle: () => void seen.push('later') } },
        });
        const answer = await send(url);
        expect(answer.status).toBe(status);
        expect(answer.json).toMatchObject({ status, code });
        await ended();
        expect(seen).toEqual([]);
      }
    },
  );

  test('G-27 false with a body but no status is no success either', async () => {
    const { url } = await startWith({
      stop: {
        access: {
          handle(ctx) {
            ctx.response.body = 'not today';
            return false;
          },
        },
      },
    });
    expect(await send(url)).toMatchObject({ status: 403, text: 'not today' });
  });

  test('G-27 false with a status and a body is that answer', async () => {
    const { url } = await startWith({
      stop: {
        access: {
          handle(ctx) {
            ctx.response.status = 200;
            ctx.response.body = 'closed for today';
            return false;
          },
        },
      },
    });
    expect(await send(url)).toMatchObject({ status: 200, text: 'closed for today' });
  });

  test('G-27 a refusal has a status and a reason, which is logged, and shown if the fault is the client’s', async () => {
    const { url, logger, ended } = await startWith({
      stop: {
        access: {
          handle: (ctx): HandlerResult =>
            ctx.query.has('own')
              ? { ok: false, error: 'the disk is full', status: 503 }
              : { ok: false, error: 'too young', status: 422 },
        },
        log: { handle: (ctx) => ctx.logger.info({ failure: ctx.failure?.message }) },
      },
    });
    const refused = await send(url);
    expect(refused.json).toMatchObject({ status: 422, detail: 'too young' });
    await ended();
    const failed = await send(`${url}/?own`);
    expect(failed.status).toBe(503);
    expect(failed.text).not.toContain('disk');
    await ended();
    expect(logger.messages('warn')).toEqual([
      'Middleware stop refused the request: too young',
      'Middleware stop refused the request: the disk is full',
    ]);
    expect(
      logger.entries.filter(({ level }) => level === 'info').map(({ failure }) => failure),
    ).toEqual(['too young', 'Service Unavailable']);
  });

  test('G-27 terminateSelf leaves out the later phases of that middleware alone, but for log', async () => {
    const seen: string[] = [];
    const self = noting(seen, 'self ');
    const { url, ended } = await startWith({
      self: { ...self, access: { handle: (ctx) => ctx.terminateSelf() } },
      other: noting(seen, 'other '),
    });
    expect(await send(url)).toMatchObject({ status: 200, text: 'fine' });
    await ended();
    expect(seen).toEqual([
      'other access',
      'other content',
      'other headerFilter',
      'other bodyFilter!',
      'self log',
      'other log',
    ]);
  });
});

describe('exit', () => {
  const exiting = (
    phase: Phase,
    act: (ctx: GatewayContext) => HandlerResult | Promise<HandlerResult>,
  ) => startWith({ exits: { [phase]: { handle: act } } });

  test('G-28 ends the request with its status, from access and content, at once', async () => {
    for (const phase of ['access', 'content'] as const) {
      let after = false;
      const { url } = await exiting(phase, (ctx) => {
        ctx.exit(410);
        after = true;
      });
      const answer = await send(url);
      expect(answer.status).toBe(410);
      expect(answer.json).toMatchObject({ status: 410 });
      expect(after).toBe(false);
    }
  });

  test.each([
    ['a text', 'gone', 'gone', undefined],
    ['bytes', new TextEncoder().encode('bytes'), 'bytes', undefined],
    ['data', { gone: true }, '{"gone":true}', 'application/json'],
    ['null', null, '', undefined],
  ])('G-28 may bring %s along', async (_, body, text, type) => {
    const { url } = await exiting('access', (ctx) => ctx.exit(410, body));
    const answer = await send(url);
    expect([answer.status, answer.text, answer.headers['content-type']]).toEqual([410, text, type]);
  });

  test('G-28 may be a success', async () => {
    const { url } = await exiting('access', async (ctx) => ctx.exit(204));
    expect(await send(url)).toMatchObject({ status: 204, text: '' });
  });

  test('G-28 that a handler catches is an exit all the same', async () => {
    const { url } = await exiting('access', async (ctx) => {
      await Promise.resolve();
      try {
        ctx.exit(401, 'no');
      } catch {
        // The handler thinks better of it, in vain.
      }
      return true;
    });
    expect(await send(url)).toMatchObject({ status: 401, text: 'no' });
  });

  test('G-28 in headerFilter replaces the answer, and the other filters still see it', async () => {
    const { url, gateway } = await exiting('headerFilter', (ctx) => ctx.exit(451));
    gateway.registry.add(
      {
        headerFilter: {
          priority: 900,
          handle: (ctx) => ctx.response.headers.set('X-Later', 'yes'),
        },
      },
      { name: 'later' },
    );
    const answer = await send(url);
    expect([answer.status, answer.headers['x-later']]).toEqual([451, 'yes']);
    expect(answer.json).toMatchObject({ status: 451 });
  });

  test('G-28 in bodyFilter and log has no effect', async () => {
    const seen: string[] = [];
    for (const phase of ['bodyFilter', 'log'] as const) {
      const { url, ended } = await exiting(phase, (ctx) => {
        const go: (status: number) => void = ctx.exit.bind(ctx);
        go(500);
        seen.push(phase);
      });
      expect(await send(url)).toMatchObject({ status: 200, text: 'fine' });
      await ended();
    }
    expect(seen).toEqual(['bodyFilter', 'log']);
  });
});

describe('an error', () => {
  test.each(['access', 'content'] as const)(
    'G-29 in %s is a 500 that tells nothing, and a log entry that tells all',
    async (phase) => {
      for (const handle of [
        () => {
          throw new Error('password is hunter2');
        },
        () => Promise.reject(new Error('password is hunter2')),
      ]) {
        const { url, logger, ended } = await startWith({
          bad: { [phase]: { handle } },
          look: { log: { handle: (ctx) => ctx.logger.info({ failure: ctx.failure?.message }) } },
        });
        const answer = await send(url);
        expect(answer.status).toBe(500);
        expect(answer.json).toMatchObject({
          title: 'Internal Server Error',
          code: 'INTERNAL_ERROR',
          requestId: expect.stringMatching(UUID),
        });
        expect(answer.text).not.toContain('hunter2');
        await ended();
        expect(logger.entries.find(({ level }) => level === 'error')).toMatchObject({
          message: 'Middleware error in bad: password is hunter2',
          phase,
          requestId: answer.json['requestId'],
          stack: expect.stringContaining('gateway.test.ts'),
        });
        expect(logger.entries).toContainEqual({
          level: 'info',
          failure: 'Middleware bad failed: password is hunter2',
        });
      }
    },
  );

  test.each(['headerFilter', 'bodyFilter', 'log'] as const)(
    'G-29 in %s is logged, and changes nothing else',
    async (phase) => {
      for (const handle of [
        () => {
          throw new Error('oops');
        },
        () => Promise.reject(new Error('oops')),
        () => {
          throw new HttpError(500, 'oops');
        },
      ]) {
        const seen: string[] = [];
        const { url, logger, ended } = await startWith({
          bad: { [phase]: { priority: 1, handle } },
          later: { [phase]: { priority: 2, handle: () => void seen.push('later') } },
        });
        expect(await send(url)).toMatchObject({ status: 200, text: 'fine' });
        await ended();
        expect(seen).toEqual(['later']);
        expect(logger.messages('error')).toEqual(['Middleware error in bad: oops']);
      }
    },
  );

  test('G-29 that is no Error at all is handled like one', async () => {
    const { url, logger, ended } = await startWith({
      bad: {
        access: {
          handle() {
            throw 'a text';
          },
        },
      },
    });
    expect((await send(url)).status).toBe(500);
    await ended();
    expect(logger.messages('error')).toEqual(['Middleware error in bad: a text']);
  });

  test('that is an HttpError is the answer, and no error in the log', async () => {
    const { url, logger, ended } = await startWith({
      bad: {
        content: {
          handle() {
            throw new HttpError(409, 'Already there', {
              code: 'DUPLICATE',
              headers: { 'X-Id': '7' },
            });
          },
        },
      },
    });
    const answer = await send(url);
    expect(answer).toMatchObject({ status: 409, headers: { 'x-id': '7' } });
    expect(answer.json).toMatchObject({ detail: 'Already there', code: 'DUPLICATE' });
    await ended();
    expect(logger.entries).toEqual([]);
  });

  test('of the logger is nobody’s business', async () => {
    const logger = memoryLogger();
    const broken = {
      ...logger,
      error: () => {
        throw new Error('disk full');
      },
    };
    const { url } = await startWith(
      { bad: { access: { handle: () => Promise.reject(new Error('x')) } } },
      { options: { logger: broken } },
    );
    expect((await send(url)).status).toBe(500);
  });
});

describe('switching at run time', () => {
  test('G-31 holds for the next request; one that is under way keeps its plan', async () => {
    const seen: string[] = [];
    const { url, gateway, ended } = await startWith({ a: noting(seen) });
    let letGo = (): void => {};
    let entered = (): void => {};
    const arrived = new Promise<void>((resolve) => (entered = resolve));
    gateway.registry.add(
      {
        access: {
          priority: 1,
          handle(ctx) {
            if (!ctx.query.has('wait')) return undefined;
            entered();
            return new Promise<void>((resolve) => (letGo = resolve));
          },
        },
      },
      { name: 'gate' },
    );
    const first = send(`${url}/?wait`);
    await arrived;
    gateway.registry.setState('a', 'disabled');
    await send(url);
    await ended();
    expect(seen).toEqual([]);
    letGo();
    await first;
    await ended();
    expect(seen).toEqual(['access', 'content', 'headerFilter', 'bodyFilter!', 'log']);
    gateway.registry.setState('a:log', 'active');
    await send(url);
    await ended();
    expect(seen.slice(5)).toEqual(['log']);
  });
});

describe('log', () => {
  const counting = (): {
    readonly parts: PluginParts;
    readonly statuses: (number | undefined)[];
  } => {
    const statuses: (number | undefined)[] = [];
    return {
      statuses,
      parts: { log: { handle: (ctx) => void statuses.push(ctx.outcome?.status) } },
    };
  };

  test('G-02 runs exactly once, whatever becomes of the request', async () => {
    const { statuses, parts } = counting();
    const started = await startProxied((request, response) => {
      if (request.url === '/break') {
        response.writeHead(200, { 'Content-Length': '10' });
        response.write('half', () => response.destroy());
      } else if (request.url === '/reset') response.destroy();
      else response.end('fine');
    });
    const { url, gateway, port, ended } = started;
    gateway.registry.add(parts, { name: 'count' });
    gateway.registry.add(
      {
        access: {
          handle(ctx) {
            if (ctx.path === '/refuse') ctx.exit(403);
            if (ctx.path === '/throw') throw new Error('x');
          },
        },
      },
      { name: 'act' },
    );
    for (const path of ['/ok', '/refuse', '/throw', '/reset', '/%00']) {
      await send(url + path);
      await ended();
    }
    await send(`${url}/break`).catch(() => {});
    await ended();
    await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
    await ended();
    await gateway.close();
    expect(statuses).toEqual([200, 403, 500, 502, 400, 200, 400]);
  });

  test.each(['access', 'content', 'stream'])(
    'has 499 for a client that left during %s, and once',
    async (where) => {
      const { statuses, parts } = counting();
      let abort = (): void => {};
      let left: Promise<void> = Promise.resolve();
      const seen: string[] = [];
      const leaving = async (ctx: GatewayContext): Promise<void> => {
        left = new Promise((resolve) =>
          ctx.signal.addEventListener('abort', () => resolve(), { once: true }),
        );
        abort();
        await left;
      };
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (;;) {
          yield new TextEncoder().encode('tick');
          await new Promise(setImmediate);
        }
      }
      const { url, gateway, ended } = await startWith({ count: parts });
      gateway.registry.add(
        {
          ...(where === 'access' && { access: { handle: leaving } }),
          content: {
            async handle(ctx) {
              seen.push('content');
              if (where === 'stream') ctx.response.body = endless();
              else await leaving(ctx);
            },
          },
          headerFilter: { handle: () => void seen.push('headerFilter') },
        },
        { name: 'act' },
      );
      const request = open(url);
      abort = () => request.destroy();
      request.end();
      if (where === 'stream') {
        const response = await headOf(request);
        await once(response, 'data');
        response.destroy();
      }
      await ended();
      await gateway.close();
      expect(statuses).toEqual([499]);
      expect(seen).toEqual(
        { access: [], content: ['content'], stream: ['content', 'headerFilter'] }[where],
      );
    },
  );
});

describe('routing', () => {
  test('says what it did not find', async () => {
    const { url } = await startGateway({});
    const answer = await send(`${url}/nothing/here?x=1`, { method: 'POST' });
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({
      type: 'about:blank',
      title: 'Not Found',
      status: 404,
      detail:
        'No matching route found for POST /nothing/here. Please check the API documentation for available endpoints.',
      code: 'ROUTE_NOT_FOUND',
      requestId: expect.stringMatching(UUID),
    });
  });

  test('answers 405 with the methods that there are, after access', async () => {
    const seen: string[] = [];
    const { url, gateway } = await startGateway({
      routes: [routeOf({ methods: ['GET'], respond: { status: 200 } })],
    });
    gateway.registry.add(noting(seen), { name: 'a' });
    const answer = await send(url, { method: 'DELETE' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect(seen.slice(0, 3)).toEqual(['access', 'headerFilter', 'bodyFilter!']);
    expect((await send(url, { method: 'HEAD' })).status).toBe(200);
  });

  test.each(['/%00', '/a%00b', '/../etc', '/a/%2e%2e/%2e%2e/b', '/a%', '/a\\b'])(
    'refuses the path %s',
    async (path) => {
      const { port } = await startGateway({ routes: [respond(200)] });
      const answer = await sendRaw(
        port,
        `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
      expect(answer).toContain('"code":"INVALID_PATH"');
    },
  );

  test('decides on the normal form, so that no spelling gets round a route', async () => {
    const { url } = await startGateway({
      routes: [
        routeOf({ name: 'open', respond: { status: 200, body: 'open' } }),
        routeOf({ name: 'closed', path: '/admin/*', respond: { status: 403, body: 'closed' } }),
      ],
    });
    for (const path of [
      '/admin',
      '/admin/x',
      '//admin',
      '/./admin',
      '/x/../admin',
      '/x/%2e%2e/admin',
      '/%61dmin',
      '/x/..//admin',
    ]) {
      expect([path, (await send(url + path)).text]).toEqual([path, 'closed']);
    }
  });

  test('tells the context which route it is, and what its parameters caught', async () => {
    const { url, gateway } = await startGateway({
      routes: [routeOf({ name: 'user', path: '/users/:id', respond: { status: 200 } })],
    });
    gateway.registry.add(
      {
        access: {
          handle: (ctx) => ctx.exit(200, { route: ctx.route?.name ?? null, params: ctx.params }),
        },
      },
      { name: 'tell' },
    );
    expect((await send(`${url}/users/a%20b`)).json).toEqual({
      route: 'user',
      params: { id: 'a b' },
    });
    expect((await send(`${url}/else`)).json).toEqual({ route: null, params: {} });
  });

  test('a route has plugins of its own, after those of all routes', async () => {
    const seen: string[] = [];
    const note = definePlugin({
      name: 'note',
      description: 'Notes.',
      options: { text: { type: 'string', required: true, description: 'What.' } },
      create: ({ text }) => ({ access: { handle: () => void seen.push(text) } }),
    });
    const use = (text: string, priority?: number) => ({
      name: 'note',
      options: { text },
      ...(priority !== undefined && { priority }),
    });
    const { url } = await startGateway(
      {
        plugins: [use('global', 900)],
        routes: [
          routeOf({
            name: 'a',
            path: '/a',
            respond: { status: 200 },
            plugins: [use('a two'), use('a one', 1)],
          }),
          routeOf({ name: 'b', path: '/b', respond: { status: 200 }, plugins: [use('b')] }),
        ],
      },
      { definitions: [note] },
    );
    await send(`${url}/a`);
    await send(`${url}/b`);
    await send(`${url}/c`);
    expect(seen).toEqual(['global', 'a one', 'a two', 'global', 'b', 'global']);
  });

  test('G-25 a middleware with routes of its own meets the paths that match, whichever route has them', async () => {
    const seen: string[] = [];
    const { url, gateway } = await startGateway({ routes: [respond(200)] });
    gateway.registry.use({
      name: 'm',
      phase: 'access',
      routes: ['/users/:id'],
      handle: (ctx) => void seen.push(ctx.path),
    });
    for (const path of ['/users', '/users/1', '/users/2/x', '/users/%32']) await send(url + path);
    expect(seen).toEqual(['/users/1', '/users/2']);
  });
});

describe('middleware around the content', () => {
  const around = (name: string, seen: string[]): ContentMiddleware => {
    const middleware: ContentMiddleware = async (ctx, next) => {
      seen.push(`${name} in`);
      const response = await next(ctx);
      seen.push(`${name} out ${response.status}`);
      return response;
    };
    return Object.defineProperty(middleware, 'name', { value: name });
  };

  test('a made answer keeps the cookies and the Vary of plugins before it; a failure nothing of the body that it replaces', async () => {
    const made: ContentMiddleware = (ctx) => {
      if (ctx.path === '/fails') {
        ctx.response.headers.set('ETag', '"1"');
        throw new HttpError(409, 'not now');
      }
      const own = new HttpResponse();
      own.headers.append('Set-Cookie', 'b=2');
      own.headers.append('Vary', 'Accept');
      own.body = 'made';
      return own;
    };
    const started = await startGateway({ routes: [respond(200)] }, { onion: [made] });
    started.gateway.registry.add(
      {
        access: {
          handle({ response }) {
            response.headers.append('Set-Cookie', 'a=1');
            response.headers.append('Vary', 'Origin');
          },
        },
      },
      { name: 'a' },
    );
    const { headers } = await send(started.url);
    expect(headers['set-cookie']).toEqual(['a=1', 'b=2']);
    expect(headers['vary']).toBe('Origin, Accept');
    const failed = await send(`${started.url}/fails`);
    expect([failed.status, failed.headers['etag']]).toEqual([409, undefined]);
  });

  test('nests, for all routes and inside of that for one', async () => {
    const seen: string[] = [];
    const started = await startGateway(
      { routes: [respond(201), routeOf({ name: 'b', path: '/b', respond: { status: 202 } })] },
      { onion: [around('every', seen)], routes: { all: { onion: [around('own', seen)] } } },
    );
    started.gateway.registry.add(
      {
        content: { handle: () => void seen.push('content') },
        access: { handle: () => void seen.push('access') },
      },
      { name: 'a' },
    );
    await send(started.url);
    expect(seen).toEqual([
      'access',
      'every in',
      'own in',
      'content',
      'own out 201',
      'every out 201',
    ]);
    seen.length = 0;
    await send(`${started.url}/b`);
    expect(seen).toEqual(['access', 'every in', 'content', 'every out 202']);
    const { routes, otherwise } = started.gateway.explain();
    expect(routes.map((route) => route.around)).toEqual([['every', 'own'], ['every']]);
    expect(otherwise.around).toEqual(['every']);
  });

  test('learns of a failure, and may answer in its place', async () => {
    const failures: string[] = [];
    const fallback: ContentMiddleware = async (ctx, next) => {
      try {
        return await next(ctx);
      } catch (error) {
        failures.push((error as Error).message);
        ctx.response.status = 200;
        ctx.response.body = 'from the fallback';
        return ctx.response;
      }
    };
    const { url, ended } = await startWith(
      {
        bad: { content: { handle: () => Promise.reject(new Error('oops')) } },
        look: { log: { handle: (ctx) => void failures.push(String(ctx.failure)) } },
      },
      { options: { onion: [fallback] } },
    );
    expect(await send(url)).toMatchObject({ status: 200, text: 'from the fallback' });
    await ended();
    expect(failures).toEqual(['Middleware bad failed: oops', 'undefined']);
  });

  test('may run the content again, which then begins anew', async () => {
    const retry: ContentMiddleware = repeats<GatewayContext, HttpResponse>(async (ctx, next) => {
      try {
        const first = await next(ctx);
        if (first.status !== 503) return first;
      } catch {
        // Once more, then.
      }
      return next(ctx);
    });
    let runs = 0;
    const { url, ended } = await startWith(
      {
        flaky: {
          content: {
            handle(ctx): HandlerResult {
              runs++;
              if (ctx.path === '/throw' && runs % 2) throw new Error('oops');
              if (ctx.path === '/refuse' && runs % 2) return false;
              if (ctx.path === '/exit' && runs % 2) ctx.exit(418);
              if (ctx.path === '/busy' && runs % 2) ctx.exit(503, 'busy');
              return true;
            },
          },
        },
      },
      { options: { onion: [retry] } },
    );
    for (const path of ['/throw', '/refuse', '/exit', '/busy']) {
      expect(await send(url + path)).toMatchObject({ status: 200, text: 'fine' });
      await ended();
    }
    expect(runs).toBe(8);
  });

  test('may answer without the content, also with an answer that it made itself', async () => {
    const seen: string[] = [];
    const own: ContentMiddleware = (ctx) => {
      const response = new (ctx.response.constructor as new () => HttpResponse)();
      response.status = 203;
      response.headers.append('X-Own', '1');
      response.headers.append('X-Own', '2');
      response.body = 'own';
      return response;
    };
    const { url } = await startWith(
      { a: { content: { handle: () => void seen.push('content') } } },
      { options: { onion: [own] } },
    );
    expect(await send(url)).toMatchObject({
      status: 203,
      text: 'own',
      headers: { 'x-own': '1, 2' },
    });
    expect(seen).toEqual([]);
  });

  test('that throws is a 500, and that answers nothing is one too', async () => {
    const { url, logger, ended } = await startWith(
      {},
      {
        options: {
          onion: [
            (ctx, next) => {
              if (ctx.path === '/throw') throw new Error('oops');
              return ctx.path === '/empty' ? ctx.response : next(ctx);
            },
          ],
        },
      },
    );
    expect((await send(`${url}/throw`)).status).toBe(500);
    await ended();
    expect((await send(`${url}/empty`)).status).toBe(500);
    await ended();
    expect((await send(`${url}/`)).status).toBe(200);
    expect(logger.messages('error')).toEqual([
      'Middleware error in content: oops',
      'Middleware error in content: The content phase ended without an answer',
    ]);
  });
});

describe('a gateway', () => {
  test('G-09 refuses a config that does not fit, and tells all of it', () => {
    const config = configOf({
      upstreams: { orders: { url: 'http://127.0.0.1:1' }, bad: { url: 'ftp://x' } },
      plugins: [
        { name: 'reqest-id', options: {} },
        { name: 'rate-limit', options: { limit: 0 } },
        { name: 'key-auth', options: {} },
      ],
      routes: [
        routeOf({ name: 'a', path: '/a', upstream: 'ordres' }),
        routeOf({ name: 'a', path: '/b' }),
      ],
    });
    let message = '';
    try {
      createGateway(config, { routes: { x: {} }, logger: memoryLogger() });
    } catch (error) {
      ({ message } = error as Error);
    }
    expect(message.split('\n')).toEqual([
      'The gateway cannot start:',
      '  Expected `bad.url` to be an http or https address without user, query or fragment, got `ftp://x` (string).',
      '  Unknown upstream of route "a" "ordres". Did you mean "orders"?',
      '  Route "a" must have one of upstream, split, handler, redirect and respond, got none.',
      '  There is more than one route "a".',
      '  Unknown route "x". Did you mean "a"?',
      '  Unknown plugin "reqest-id". Did you mean "request-id"?',
      '  Expected `rate-limit.limit` to be a number, 1 or more, got `0` (number).',
      '  Expected `key-auth.keys` to be texts by name, got `undefined` (undefined).',
    ]);
  });

  test('G-09 does not listen when a plugin cannot be initialised', async () => {
    const gateway = createGateway(configOf({ routes: [respond(200)] }), { logger: memoryLogger() });
    gateway.registry.add(
      { init: () => Promise.reject(new Error('no disk')), access: { handle: () => {} } },
      { name: 'disk' },
    );
    await expect(gateway.listen()).rejects.toThrow(
      'The gateway cannot start:\n  Failed to initialize middleware: disk: no disk',
    );
  });

  test('G-60 does not listen without a dictionary that there must be, and says so in the log', async () => {
    const { rate_limit: _, ...some } = memoryDictionaries(fakeClock());
    const logger = memoryLogger();
    const gateway = createGateway(configOf({ routes: [respond(200)] }), {
      logger,
      dictionaries: some as Dictionaries,
    });
    const text = 'Required shared dictionary not found: rate_limit';
    await expect(gateway.listen()).rejects.toThrow(text);
    expect(logger.messages('error')).toEqual([text]);
    await gateway.close();
  });

  test('explains what it does, route by route and phase by phase', () => {
    const gateway = createGateway(
      configOf({
        upstreams: { main: { url: 'http://127.0.0.1:1' } },
        plugins: [
          { name: 'rate-limit', options: {}, state: 'disabled' },
          { name: 'access-log', options: {} },
          { name: 'request-id', options: {}, priority: { log: 950 } },
        ],
        routes: [
          routeOf({
            name: 'orders',
            path: '/orders/*',
            methods: ['GET'],
            host: 'h.example',
            upstream: 'main',
            stripPrefix: '/orders',
            plugins: [{ name: 'rate-limit', options: {}, priority: 5 }],
          }),
          routeOf({ name: 'health', path: '/health', respond: { status: 200 } }),
        ],
      }),
      { logger: memoryLogger() },
    );
    const { routes, otherwise, disabled } = gateway.explain();
    expect(routes[0]).toEqual({
      name: 'orders',
      path: '/orders/*',
      methods: ['GET'],
      host: 'h.example',
      conditions: [],
      answer: 'upstream main (http://127.0.0.1:1, without /orders)',
      around: [],
      phases: {
        access: [
          { name: 'request-id', priority: 10, scope: 'all routes' },
          { name: 'rate-limit', priority: 5, scope: 'route orders' },
        ],
        content: [],
        headerFilter: [
          { name: 'request-id', priority: 10, scope: 'all routes' },
          { name: 'rate-limit', priority: 5, scope: 'route orders' },
        ],
        bodyFilter: [],
        log: [
          { name: 'access-log', priority: 900, scope: 'all routes' },
          { name: 'request-id', priority: 950, scope: 'all routes' },
        ],
      },
    });
    expect([routes[1]?.answer, otherwise.answer]).toEqual(['fixed response 200', 'problem 404']);
    expect(disabled.map(({ name, phase }) => `${name}:${phase}`)).toEqual([
      'rate-limit:access',
      'rate-limit:headerFilter',
    ]);
  });

  test('finishes what is under way before it closes, its log phase included', async () => {
    const seen: string[] = [];
    let letGo = (): void => {};
    let entered = (): void => {};
    const arrived = new Promise<void>((resolve) => (entered = resolve));
    const { url, gateway } = await startWith({
      slow: {
        content: {
          async handle() {
            entered();
            await new Promise<void>((resolve) => (letGo = resolve));
          },
        },
        log: {
          async handle() {
            await new Promise(setImmediate);
            seen.push('log');
          },
        },
        close: () => void seen.push('close'),
      },
    });
    await gateway.registry.start();
    const answer = send(url);
    await arrived;
    const closed = gateway.close();
    letGo();
    expect(await answer).toMatchObject({ status: 200, headers: { connection: 'close' } });
    expect(await closed).toBe(0);
    expect(seen).toEqual(['log', 'close']);
  });

  test('does not wait for ever for a handler that does not end', async () => {
    const clock = fakeClock();
    let entered = (): void => {};
    const arrived = new Promise<void>((resolve) => (entered = resolve));
    const { url, gateway, logger } = await startWith(
      {
        stuck: {
          access: {
            handle() {
              entered();
              return new Promise(() => {});
            },
          },
        },
      },
      { options: { clock } },
    );
    const request = open(url).end();
    const gone = new Promise((resolve) => request.on('close', resolve));
    await arrived;
    const closed = gateway.close({ graceMs: 5000 });
    await clock.advance(5000);
    await gone;
    const again = gateway.close({ graceMs: 0 });
    await clock.advance(1000);
    expect([await closed, await again]).toEqual([1, 1]);
    expect(clock.pending).toBe(0);
    expect(logger.messages('warn')).toEqual([
      'Cut 1 requests that had not ended within 5000 ms',
      'Handlers of 1 requests had not ended when the gateway closed',
    ]);
  });

  test('listens once', async () => {
    const { gateway, port } = await startWith({});
    const url = `http://127.0.0.1:${port}`;
    expect(await gateway.listen()).toEqual({ host: '127.0.0.1', port, url });
  });

  test('never mixes up what requests of one connection keep', async () => {
    const { port } = await startWith({
      echo: { access: { handle: (ctx) => ctx.exit(200, ctx.headers.get('x-n') ?? '') } },
    });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk) => (received += chunk));
    socket.write([1, 2, 3].map((n) => `GET / HTTP/1.1\r\nHost: a\r\nX-N: n${n}\r\n\r\n`).join(''));
    while (!received.includes('n3')) await once(socket, 'data');
    expect(received.match(/n\d/g)).toEqual(['n1', 'n2', 'n3']);
  });

  test('keeps Set-Cookie lines apart and lets no header split the answer', async () => {
    const { url } = await startWith({
      cookies: {
        access: {
          handle(ctx) {
            ctx.response.headers.append('Set-Cookie', 'a=1');
            ctx.response.headers.append('Set-Cookie', 'b=2');
            if (ctx.query.has('split')) ctx.response.headers.set('X-A', 'b\r\nSet-Cookie: c=3');
          },
        },
      },
    });
    expect((await send(url)).headers['set-cookie']).toEqual(['a=1', 'b=2']);
    const split = await send(`${url}/?split`);
    expect([split.status, split.headers['set-cookie']]).toEqual([500, ['a=1', 'b=2']]);
  });
});

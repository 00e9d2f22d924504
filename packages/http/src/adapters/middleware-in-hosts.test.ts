/** The contract of our middleware in another host, run against every host, each really started. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { ask, askWhole, oneConnection } from '../../test-kit/host-client.ts';
import { ENDED, pieces, webStream } from '../../test-kit/host-kit.ts';
import { HOSTS } from '../../test-kit/hosts.ts';
import { answerWith } from '../answer/answer.ts';
import { createApp, type HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import type { StackParts } from '../hosts/http-stack.ts';
import { accessLog } from '../middleware/access-log.ts';
import { apiKey } from '../middleware/api-key.ts';
import { bodyLimit } from '../middleware/body-limit.ts';
import { cors } from '../middleware/cors.ts';
import { requestId } from '../middleware/request-id.ts';
import { timeout } from '../middleware/timeout.ts';
import { bodyOf } from '../context/read-body.ts';

const PAGE = 'https://page.example';
const KEY = 'the-key-of-the-tests';
const crossOrigin = (): HttpMiddleware => cors({ preset: 'strict', origins: [PAGE] });
const fromPage = { headers: { Origin: PAGE } };

const refuse: HttpMiddleware = () => {
  throw new HttpError(409, 'It is taken');
};

const posting = (body: string | ReadableStream) => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body,
  duplex: 'half' as const,
});

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

describe.each(HOSTS)('middleware in $name', (host) => {
  const started = (...around: StackParts) => host.start({ around });

  test('puts headers on what the host answers, beside those of the host', async () => {
    const session: HttpMiddleware = (ctx, next) => {
      ctx.response.headers.append('Set-Cookie', 'session=1');
      return next();
    };
    await using running = await started(requestId(), crossOrigin(), session);
    const answer = await fetch(`${running.url}/host/json`, fromPage);
    expect([answer.status, await answer.json()]).toEqual([200, { host: true }]);
    expect(answer.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(answer.headers.get('x-host')).toBe('1');
    expect(answer.headers.get('vary')?.toLowerCase()).toBe('origin');
    const cookies = answer.headers.getSetCookie().map((cookie) => cookie.replace(/;.*/, ''));
    expect(cookies.toSorted()).toEqual(['host=1', 'second=2', 'session=1']);
  });

  test('changes status and headers after the host has answered', async () => {
    await using running = await started(async (_ctx, next) => {
      const response = await next();
      response.headers.set('X-Was', response.status);
      response.headers.delete('X-Host');
      response.status = 203;
      return response;
    });
    const answer = await fetch(`${running.url}/host/json`);
    expect([answer.status, await answer.json()]).toEqual([203, { host: true }]);
    expect([answer.headers.get('x-was'), answer.headers.has('x-host')]).toEqual(['200', false]);
    expect(answer.headers.getSetCookie().length).toBe(2);
  });

  test('puts another body in the place of what the host has answered', async () => {
    await using running = await started(async (ctx, next) => {
      const response = await next();
      response.headers.set('Content-Type', 'text/plain; charset=utf-8');
      response.headers.delete('Content-Length');
      response.body = `in place of ${ctx.path}, ü`;
      return response;
    });
    for (const path of ['/host/json', '/host/stream', '/host/large']) {
      const answer = await fetch(running.url + path);
      expect(await answer.text()).toBe(`in place of ${path}, ü`);
    }
  });

  test('wraps what the host streams', async () => {
    await using running = await started(async (_ctx, next) => {
      const response = await next();
      const body = response.takeBody() as AsyncIterable<Uint8Array>;
      response.body = (async function* () {
        for await (const chunk of body) yield new TextEncoder().encode(`<${Buffer.from(chunk)}>`);
      })();
      return response;
    });
    const answer = await fetch(`${running.url}/host/stream`);
    expect(await answer.text()).toBe('<a><b><c>');
  });

  test('answers in the place of the host', async () => {
    await using running = await started(
      requestId(),
      crossOrigin(),
      apiKey({ name: 'X-API-Key', keys: [KEY] }),
    );
    const refused = await fetch(`${running.url}/host/json`, fromPage);
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([
      401,
      PAGE,
    ]);
    expect(await refused.json()).toMatchObject({ error: 'API_KEY_MISSING' });
    expect(refused.headers.has('x-host')).toBe(false);
    const let_in = await fetch(`${running.url}/host/json`, { headers: { 'X-API-Key': KEY } });
    expect(await let_in.json()).toEqual({ host: true });
  });

  test('answers preflights for routes that the host has not for OPTIONS', async () => {
    await using running = await started(crossOrigin());
    const answer = await fetch(`${running.url}/host/json`, {
      method: 'OPTIONS',
      headers: { Origin: PAGE, 'Access-Control-Request-Method': 'GET' },
    });
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([204, PAGE]);
  });

  test('streams at the pace of the client, and hands on empty answers', async () => {
    const lines: string[] = [];
    const log = accessLog({ format: 'json', write: (line) => lines.push(line) });
    await using running = await started(log, requestId());
    expect(await (await fetch(`${running.url}/host/stream`)).text()).toBe('abc');
    const large = await (await fetch(`${running.url}/host/large`)).arrayBuffer();
    expect(large.byteLength).toBe(64 * 65_536);
    const agent = oneConnection();
    const empty = await askWhole(`${running.url}/host/empty`, { agent });
    expect([empty.status, empty.body.length]).toEqual([204, 0]);
    const head = await askWhole(`${running.url}/host/json`, { method: 'HEAD', agent });
    expect([head.status, head.body.length]).toEqual([200, 0]);
    const next = await askWhole(`${running.url}/host/json`, { agent });
    expect(String(next.body)).toBe('{"host":true}');
    agent.destroy();
    await until(() => lines.length === 5);
    const sizes = lines.map((line) => (JSON.parse(line) as { bytes: number }).bytes);
    expect(sizes).toEqual([3, 64 * 65_536, 0, 0, 13]);
  });

  test('is told that the client has left, and so is the host', async () => {
    const contexts: HttpContext[] = [];
    const lines: string[] = [];
    await using running = await started(
      accessLog({ format: 'json', write: (line) => lines.push(line) }),
      (ctx, next) => {
        contexts.push(ctx);
        return next();
      },
    );
    ENDED.length = 0;
    const { answer } = await ask(`${running.url}/host/events`);
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    await once(answer, 'data');
    const { signal } = contexts[0] as HttpContext;
    expect(signal.aborted).toBe(false);
    answer.destroy();
    await until(() => signal.aborted && ENDED.length > 0);
    expect(ENDED).toEqual([host.name]);
    await until(() => lines.length === 1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ status: 499 });
  });

  test('sees errors of the host, which the host answers all the same', async () => {
    const seen: unknown[] = [];
    await using running = await started(requestId(), async (_ctx, next) => {
      try {
        return await next();
      } catch (error) {
        seen.push(error);
        throw error;
      }
    });
    const answer = await fetch(`${running.url}/host/error`);
    expect(seen).toEqual([expect.objectContaining({ message: 'the host failed' })]);
    if (host.handlesErrors) {
      expect([answer.status, answer.headers.get('x-host-error')]).toEqual([418, '1']);
      expect(await answer.json()).toEqual({ handled: 'the host failed' });
    } else expect(await answer.json()).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(answer.headers.has('x-request-id')).toBe(host.keepsHeadersOnErrors);
  });

  test('answers errors of the host, if it wants to', async () => {
    await using running = await started(async (ctx, next) => {
      try {
        return await next();
      } catch (error) {
        return answerWith(ctx, { caught: (error as Error).message });
      }
    });
    const answer = await fetch(`${running.url}/host/error`);
    expect([answer.status, answer.headers.has('x-host-error')]).toEqual([200, false]);
    expect(await answer.json()).toEqual({ caught: 'the host failed' });
  });

  test('can have all errors answered with problem documents', async () => {
    const told: unknown[] = [];
    await using running = await started(
      { errors: 'all', onError: (error) => told.push(error) },
      requestId(),
      crossOrigin(),
    );
    const answer = await fetch(`${running.url}/host/error`, fromPage);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([500, PAGE]);
    const id = answer.headers.get('x-request-id');
    expect(await answer.json()).toMatchObject({ code: 'INTERNAL_ERROR', requestId: id });
    expect(told).toEqual([expect.objectContaining({ message: 'the host failed' })]);
  });

  test('that fails is answered with a problem document, before the host and after it', async () => {
    const told: unknown[] = [];
    await using running = await started(
      { onError: (error) => told.push(error) },
      requestId(),
      async (ctx, next) => {
        if (ctx.query.has('refused')) throw new HttpError(409, 'It is taken');
        if (ctx.query.has('before')) throw new Error('too early');
        await next();
        throw new Error('too late');
      },
    );
    for (const [query, status] of [
      ['?refused', 409],
      ['?before', 500],
      ['', 500],
    ] as const) {
      for (const path of ['/host/json', '/host/stream', '/host/large', '/host/missing']) {
        const answer = await fetch(running.url + path + query);
        expect([path, answer.status]).toEqual([path, status]);
        expect(await answer.json()).toMatchObject({
          status,
          requestId: answer.headers.get('x-request-id'),
        });
        expect(answer.headers.has('x-host')).toBe(query === '' && path === '/host/json');
      }
    }
    expect(told.length).toBe(8);
  });

  test('sees what the host has not', async () => {
    await using running = await started(requestId());
    const missing = await fetch(`${running.url}/host/missing`);
    expect([missing.status, await missing.text()]).toEqual([404, 'the host has nothing']);
    expect(missing.headers.has('x-request-id')).toBe(true);
  });

  test('can read the body before the host does', async () => {
    const read: unknown[] = [];
    await using running = await started(async (ctx, next) => {
      if (ctx.query.has('late')) for (let at = 0; at < 20; at++) await turn();
      if (!ctx.query.has('unread')) read.push(await ctx.body.json());
      return next();
    });
    const large = JSON.stringify({ text: 'x'.repeat(300_000) });
    for (const body of ['{"a":1}', large]) {
      for (const query of ['', '?late', '?unread', '?late&unread']) {
        const answer = await fetch(`${running.url}/host/echo${query}`, posting(body));
        expect([query, JSON.stringify(await answer.json())]).toEqual([query, `{"got":${body}}`]);
      }
    }
    expect(read.length).toBe(4);
  });

  test('can put another body in the place of the one that has come', async () => {
    await using running = await started(async (ctx, next) => {
      if (ctx.query.has('late')) for (let at = 0; at < 20; at++) await turn();
      const bytes = Buffer.from('{"another":"body"}');
      ctx.requestBody = bodyOf(bytes);
      ctx.headers.set('Content-Length', bytes.length);
      return next();
    });
    for (const query of ['', '?late']) {
      const answer = await fetch(`${running.url}/host/echo${query}`, posting('{"a":1}'));
      expect([query, await answer.json()]).toEqual([query, { got: { another: 'body' } }]);
    }
  });

  test('can limit the body that the host reads', async () => {
    await using running = await started(bodyLimit({ maxBytes: 10 }));
    const small = await fetch(`${running.url}/host/echo`, posting('{"a":1}'));
    expect(await small.json()).toEqual({ got: { a: 1 } });
    const said = await fetch(`${running.url}/host/echo`, posting('{"a":"too long"}'));
    expect(said.status).toBe(413);
    const unsaid = posting(webStream(pieces(100, 1)));
    const answer = await fetch(`${running.url}/host/echo`, unsaid);
    expect([400, 413, 418]).toContain(answer.status);
    expect(await answer.text()).not.toContain('got');
  });

  test('can change the headers that the host reads', async () => {
    await using running = await started((ctx, next) => {
      ctx.headers.set('X-Given', `given to ${ctx.method}`);
      return next();
    });
    expect(await (await fetch(`${running.url}/host/show`)).text()).toBe('given to GET');
  });

  test('gives the handlers of the host its context', async () => {
    await using running = await started(requestId());
    const answer = await fetch(`${running.url}/host/context`);
    expect(await answer.text()).toBe(answer.headers.get('x-request-id'));
  });

  test('shares what it knows of a request with an app inside', async () => {
    const app = createApp().get('/id', (ctx) => `${ctx.requestId} ${String(ctx.state['user'])}`);
    const user: HttpMiddleware = (ctx, next) => {
      ctx.state['user'] = 'ada';
      return next();
    };
    const around: StackParts = [requestId(), user];
    await using running = await host.start({ app, around, ...host.at('/api') });
    const answer = await fetch(`${running.url}/api/id`);
    expect(await answer.text()).toBe(`${answer.headers.get('x-request-id')} ada`);
  });

  test('reads the body before an app inside does', async () => {
    const app = createApp().post('/echo', async (ctx) => ({ got: await ctx.body.json() }));
    const reads: HttpMiddleware = async (ctx, next) => {
      await ctx.body.json();
      return next();
    };
    await using running = await host.start({ app, around: [reads], ...host.at('/api') });
    const answer = await fetch(`${running.url}/api/echo`, posting('{"a":1}'));
    expect(await answer.json()).toEqual({ got: { a: 1 } });
  });

  test('does not wait for a host that never answers', async () => {
    const clock = fakeClock();
    await using running = await started(requestId(), timeout({ timeoutMs: 1000, clock }));
    const asked = fetch(`${running.url}/host/never`);
    await until(() => clock.pending > 0);
    await clock.advance(1000);
    const late = await asked;
    expect([late.status, await late.json()]).toEqual([
      504,
      expect.objectContaining({ code: 'TIMEOUT', requestId: late.headers.get('x-request-id') }),
    ]);
  });

  test('that runs the rest a second time is told that it cannot', async () => {
    const told: unknown[] = [];
    await using running = await started(
      { onError: (error) => told.push(error) },
      Object.assign(async (_ctx: HttpContext, next: () => unknown) => {
        await next();
        return next() as never;
      }),
    );
    const answer = await fetch(`${running.url}/host/json`);
    expect(answer.status).toBe(500);
    expect(told).toEqual([
      expect.objectContaining({ code: expect.stringMatching(/DOUBLE_NEXT|REST_USED/) }),
    ]);
  });

  test('keeps 100 requests at once apart', async () => {
    await using running = await started(requestId(), async (ctx, next) => {
      await ctx.body.bytes();
      const response = await next();
      response.headers.set('X-Sent', ctx.headers.get('x-sent') ?? '');
      return response;
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, at) => {
        const { headers, ...init } = posting(JSON.stringify({ at, text: 'x'.repeat(at * 10) }));
        const answer = await fetch(`${running.url}/host/echo`, {
          ...init,
          headers: { ...headers, 'X-Sent': String(at) },
        });
        const { got } = (await answer.json()) as { got: { at: number } };
        return [got.at, answer.headers.get('x-sent'), answer.headers.get('x-request-id')] as const;
      }),
    );
    expect(answers.map(([at]) => at)).toEqual(Array.from({ length: 100 }, (_, at) => at));
    expect(answers.map(([, at]) => Number(at))).toEqual(answers.map(([at]) => at));
    expect(new Set(answers.map(([, , id]) => id)).size).toBe(100);
  });

  test('keeps a connection', async () => {
    await using running = await started(requestId());
    const agent = oneConnection();
    const ports = new Set<number | undefined>();
    for (const path of ['/host/json', '/host/stream', '/host/missing', '/host/empty']) {
      const { sent, answer } = await ask(running.url + path, { agent });
      ports.add(sent.socket?.localPort);
      answer.resume();
      await once(answer, 'end');
      await turn();
    }
    expect(ports.size).toBe(1);
    agent.destroy();
  });
});

describe.each(HOSTS.filter(({ handlesErrors }) => handlesErrors))('middleware in $name', (host) => {
  test('can leave its errors to the host', async () => {
    await using running = await host.start({ around: [{ errors: 'none' }, requestId(), refuse] });
    const answer = await fetch(`${running.url}/host/json`);
    expect([answer.status, answer.headers.get('x-host-error')]).toEqual([418, '1']);
    expect(await answer.json()).toEqual({ handled: 'It is taken' });
  });
});

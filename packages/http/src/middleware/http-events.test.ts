/** Tests of httpEvents and its log. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test, vi } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { EventLog } from '../events/event-log.ts';
import type { HttpEvent } from '../events/http-event.ts';
import { httpEvents, type HttpEventsOptions } from './http-events.ts';

const url = (path = '/'): string => `http://host.example:8080${path}`;

/** An app with a route for every way to end. */
function makeApp(options: HttpEventsOptions = {}) {
  const recorded = httpEvents(options);
  const app = createApp()
    .use(recorded)
    .get('/', (ctx) => ctx.state.requestId)
    .get('/seen', (ctx) => ctx.headers.get('fast-api-request-id') ?? null)
    .get('/later', async () => {
      await Promise.resolve();
      return { later: true };
    })
    .get('/throws', () => {
      throw new TypeError('a secret of the code');
    })
    .get('/refuses', () => {
      throw new HttpError(401);
    })
    .get('/stream', async function* (): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode('one');
      yield new TextEncoder().encode('two');
    });
  const get = async (path = '/', init?: RequestInit): Promise<Response> => {
    const answer = await app.fetch(new Request(url(path), init));
    await answer.clone().text();
    await recorded.events.idle();
    return answer;
  };
  return { app, get, events: recorded.events };
}

const last = (events: EventLog): HttpEvent => events.recentRequests(1)[0] as HttpEvent;

describe('an event', () => {
  test('F-20 a request is told of before, its answer after, and an error with null for an answer', async () => {
    const said: unknown[] = [];
    const { get } = makeApp({
      callbackOnRequest: (event) => said.push(['request', event.response.statusCode]),
      callbackOnResponse: (response, event) =>
        said.push(['response', response && response.status, event.response.statusCode]),
    });
    await get('/');
    await get('/later');
    await get('/throws');
    expect(said).toEqual([
      ['request', null],
      ['response', 200, 200],
      ['request', null],
      ['response', 200, 200],
      ['request', null],
      ['response', null, 500],
    ]);
  });

  test('F-22 there is exactly one for every request, whatever happens to it', async () => {
    const { get, events } = makeApp();
    await get('/');
    await get('/nowhere');
    await get('/refuses');
    await get('/', { method: 'DELETE' });
    await get('/', { method: 'OPTIONS' });
    await get('/', { method: 'HEAD' });
    await get('/throws');
    await get('/%00');
    const shown = events
      .recentRequests(50)
      .map(({ request, response }) => [
        request.method,
        request.path,
        response.statusCode,
        response.errorType,
      ]);
    expect(shown).toEqual([
      ['GET', '/', 200, null],
      ['GET', '/nowhere', 404, 'HttpError'],
      ['GET', '/refuses', 401, 'HttpError'],
      ['DELETE', '/', 405, 'HttpError'],
      ['OPTIONS', '/', 204, null],
      ['HEAD', '/', 200, null],
      ['GET', '/throws', 500, 'TypeError'],
      ['GET', '*', 400, 'HttpError'],
    ]);
  });

  test('F-22 F-13 one whose client has left has the status 499', async () => {
    const { app, events } = makeApp();
    const answer = await app.fetch(new Request(url('/stream')));
    await answer.body?.cancel();
    await events.idle();
    expect(last(events).response).toMatchObject({ statusCode: 499 });
    expect(events.recentRequests()).toHaveLength(1);
  });

  test('F-23 has the id of the request: in the state, in the answer, and in what the handler sees', async () => {
    const { get, events } = makeApp();
    const answer = await get('/', { headers: { 'fast-api-request-id': 'chosen-by-the-client' } });
    const id = await answer.text();
    expect(id).toMatch(/^[\da-f-]{36}$/);
    expect(answer.headers.get('fast-api-request-id')).toBe(id);
    expect([last(events).eventId, last(events).request.requestId]).toEqual([id, id]);
    const seen = await get('/seen', { headers: { 'fast-api-request-id': 'chosen' } });
    expect(await seen.text()).toBe(seen.headers.get('fast-api-request-id'));
    // What the client sent is in the record; what was put in its place is not.
    expect(last(events).request.headers['fast-api-request-id']).toBe('chosen');
    const ids = await Promise.all([get('/'), get('/')].map(async (one) => (await one).text()));
    expect(new Set([...ids, id]).size).toBe(3);
  });

  test('F-23 a request whose chosen id has been there before has an event of its own', async () => {
    const { get, events } = makeApp({ newId: () => 'the same' });
    await get('/');
    await get('/');
    expect(events.recentRequests()).toHaveLength(2);
  });

  test('F-23 keeps its id on an answer that brings another', async () => {
    const recorded = httpEvents({ newId: () => 'mine' });
    const app = createApp()
      .use(recorded)
      .get('/', () => new Response('', { headers: { 'fast-api-request-id': 'upstream' } }));
    const answer = await app.fetch(new Request(url()));
    expect(answer.headers.get('fast-api-request-id')).toBe('mine');
  });

  test('F-24 F-25 F-26 the state has the log and the event; a field that nobody set is missing', async () => {
    const recorded = httpEvents();
    const app = createApp()
      .use(recorded)
      .get('/', (ctx) => ({
        isLog: ctx.state.httpEvents === recorded.events,
        isEvent: recorded.events.requestsData.get(ctx.requestId) === ctx.state.requestData,
        custom: ctx.state['customData'] ?? null,
      }));
    const answer = await app.fetch(new Request(url()));
    expect(await answer.json()).toEqual({ isLog: true, isEvent: true, custom: null });
  });

  test('F-27 tells who asked, and does without an address', async () => {
    const clock = fakeClock({ wallMs: 1_700_000_000_123 });
    const { get, events } = makeApp({ name: 'shop', threadId: 3, clock });
    await get('/', {
      headers: {
        'cloudfront-viewer-city': 'Lisbon',
        'cloudfront-viewer-country': 'PT',
        'cloudfront-domain': 'd1.example',
      },
    });
    const { eventId, info } = last(events);
    expect(info).toEqual({
      fastApiName: 'shop',
      logMessages: [],
      clientCity: 'Lisbon',
      clientCountry: 'PT',
      clientIp: null,
      domain: 'd1.example',
      eventId,
      infoId: `${eventId}:info`,
      timestamp: 1_700_000_000_123,
      threadId: 3,
    });
    await get('/');
    expect(last(events).info).toMatchObject({
      clientCity: null,
      clientCountry: null,
      domain: null,
    });
  });

  test('F-27 tells the address of the client, by a proxy that is trusted its own', async () => {
    const recorded = httpEvents();
    const app = createApp()
      .use(function proxied(ctx, next) {
        ctx.clientAddress = '192.0.2.7';
        return next(ctx);
      })
      .use(recorded)
      .get('/', () => '');
    await app.fetch(new Request(url()));
    expect(last(recorded.events).info.clientIp).toBe('192.0.2.7');
  });

  test('F-28 tells what was asked, with the query', async () => {
    const clock = fakeClock({ wallMs: 1000 });
    const { get, events } = makeApp({ clock });
    await get('/nowhere/a%2Fb?page=2&q=tea', { headers: { Accept: 'text/plain' } });
    const { eventId, request } = last(events);
    expect(request).toEqual({
      eventId,
      requestId: eventId,
      method: 'GET',
      path: '/nowhere/a%2Fb',
      query: '?page=2&q=tea',
      hostName: 'host.example',
      port: 8080,
      headers: { accept: 'text/plain', host: 'host.example:8080' },
      startTime: 1000,
      duration: 0,
    });
  });

  test('F-29 tells how it was answered, and which error there was', async () => {
    const clock = fakeClock({ wallMs: 1000 });
    const { get, events } = makeApp({ clock });
    await get('/later');
    const { eventId, response } = last(events);
    expect(response).toEqual({
      eventId,
      responseId: `${eventId}:response`,
      statusCode: 200,
      contentType: 'application/json',
      contentLength: 14,
      headers: { 'content-type': 'application/json', 'fast-api-request-id': eventId },
      endTime: 1000,
      totalDuration: 0,
      errorType: null,
    });
    await get('/throws');
    expect(last(events).response).toMatchObject({
      statusCode: 500,
      errorType: 'TypeError',
      contentType: 'application/problem+json',
    });
    expect(JSON.stringify(last(events))).not.toContain('a secret of the code');
    await get('/stream');
    expect(last(events).response.contentLength).toBe(6);
  });

  test('F-30 F-39 has traces while tracing is on, and says how many', async () => {
    const { get, events } = makeApp();
    await get('/');
    expect(last(events).traces).toMatchObject({ traces: [], tracesCount: 0 });
    expect(last(events).messages()).toEqual([]);
    events.enableRequestTracing({ start: (ctx) => () => [{ path: ctx.path }, { path: 'two' }] });
    await get('/');
    const { eventId, traces } = last(events);
    expect(traces).toEqual({
      eventId,
      tracesId: `${eventId}:traces`,
      traces: [{ path: '/' }, { path: 'two' }],
      tracesCount: 2,
    });
    expect(last(events).messages()).toEqual(['added 2 traces']);
    events.disableRequestTracing();
    await get('/');
    expect(last(events).messages()).toEqual([]);
  });

  test('F-31 tells times to a thousandth: to the answer, and to the end of its body', async () => {
    const clock = fakeClock({ wallMs: 5000 });
    const recorded = httpEvents({ clock });
    const app = createApp()
      .use(recorded)
      .get('/', async function* (): AsyncGenerator<Uint8Array> {
        clock.advanceSync(100.12345);
        yield new Uint8Array(3);
        clock.advanceSync(50);
      })
      .get('/slow', () => {
        clock.advanceSync(7.00049);
        // A clock on the wall may go back; durations do not notice.
        clock.setWall(1);
        return '';
      });
    await (await app.fetch(new Request(url('/slow')))).text();
    await recorded.events.idle();
    expect(last(recorded.events).request).toMatchObject({ startTime: 5000, duration: 7 });
    expect(last(recorded.events).response).toMatchObject({ endTime: 5007, totalDuration: 7 });
    await (await app.fetch(new Request(url()))).arrayBuffer();
    await recorded.events.idle();
    expect(last(recorded.events).request.duration).toBe(0);
    expect(last(recorded.events).response.totalDuration).toBe(150.123);
  });

  test('F-32 keeps messages with their level and the time since the request came', async () => {
    const clock = fakeClock();
    const recorded = httpEvents({ clock });
    const app = createApp()
      .use(recorded)
      .get('/', (ctx) => {
        clock.advanceSync(12.5);
        ctx.state.requestData.addLogMessage('looked').addLogMessage('slow', 'WARNING');
        return ctx.requestId;
      });
    const id = await (await app.fetch(new Request(url()))).text();
    expect(last(recorded.events).info.logMessages).toEqual([
      { level: 'INFO', text: 'looked', timestamp: 12.5 },
      { level: 'WARNING', text: 'slow', timestamp: 12.5 },
    ]);
    expect(last(recorded.events).messages()).toEqual(['looked', 'slow']);
    expect(recorded.events.requestMessages(id)).toEqual(['looked', 'slow']);
    expect(recorded.events.requestMessages('nobody')).toEqual([]);
  });

  test('F-32 has bounds on messages and traces', async () => {
    const { get, events } = makeApp();
    await get('/');
    const event = last(events);
    for (let at = 0; at < 2000; at++) event.addLogMessage('x'.repeat(5000)).addTrace(at);
    expect(event.messages()).toHaveLength(100);
    expect(event.messages()[0]).toHaveLength(4096);
    expect(event.traces.tracesCount).toBe(1000);
  });

  test('F-36 F-67 has no secret of headers and queries, but tells whether two are the same', async () => {
    const { get, events } = makeApp({ secretNames: ['X-Custom'] });
    const secret = 'sec-ret-0123456789';
    const headers = {
      COOKIE: `sid=${secret}`,
      Authorization: `Bearer ${secret}`,
      'Proxy-Authorization': `Basic ${secret}`,
      'x-API-key': secret,
      'x-custom': secret,
      Referer: `https://a.example/?token=${secret}&page=1#access_token=${secret}`,
      Accept: 'text/plain',
    };
    await get(`/?api_key=${secret}&%74oken=${secret}&x-custom=${secret}&page=2`, { headers });
    await get('/', { headers });
    const [one, two] = events.recentRequests(2) as [HttpEvent, HttpEvent];
    expect(events.toJsonLines()).not.toContain(secret);
    const { headers: kept, query } = one.request;
    expect(kept['cookie']).toMatch(/^data cleaned: \(size: 22, hash: [\da-f]{16}\)$/);
    expect(kept['x-api-key']).toMatch(/^data cleaned: \(size: 18, hash: [\da-f]{16}\)$/);
    expect(kept['accept']).toBe('text/plain');
    expect(kept['referer']).toContain('page=1');
    expect(query).toMatch(/^\?api_key=data cleaned.*&%74oken=data cleaned.*&page=2$/);
    expect(two.request.headers).toEqual(kept);
    expect(kept['cookie']).not.toBe(kept['x-api-key']);
  });

  test('F-36 nor of the answer, and says of CORS and of the way to log in what there is', async () => {
    const recorded = httpEvents();
    const app = createApp()
      .use(recorded)
      .get('/', (ctx) => {
        const { headers } = ctx.response;
        headers.append('Set-Cookie', 'sid=sec-ret-1');
        headers.append('Set-Cookie', 'sid2=sec-ret-2');
        headers.set('Access-Control-Allow-Credentials', 'true');
        headers.set('WWW-Authenticate', 'Basic');
        headers.set('Location', 'https://user:sec-ret@b.example/?session=sec-ret-3');
        return '';
      });
    const answer = await app.fetch(new Request(url()));
    expect(answer.headers.get('set-cookie')).toContain('sec-ret-1');
    const before = JSON.stringify(last(recorded.events));
    await recorded.events.idle();
    const { headers } = last(recorded.events).response;
    for (const text of [before, JSON.stringify(headers)]) expect(text).not.toContain('sec-ret');
    expect(headers).toMatchObject({
      'access-control-allow-credentials': 'true',
      'www-authenticate': 'Basic',
    });
    expect(headers['set-cookie']?.match(/data cleaned/g)).toHaveLength(2);
  });

  test('F-36 keeps them where it is told to', async () => {
    const { get, events } = makeApp({ cleanData: false });
    await get('/?token=1', { headers: { Cookie: 'a=b' } });
    expect(last(events).request).toMatchObject({ query: '?token=1', headers: { cookie: 'a=b' } });
  });

  test('F-37 never has a body', async () => {
    const recorded = httpEvents();
    const app = createApp()
      .use(recorded)
      .post('/', async (ctx) => `you said ${await ctx.body.text()}`);
    await app.fetch(new Request(url(), { method: 'POST', body: 'inbound-body' }));
    await recorded.events.idle();
    expect(recorded.events.toJsonLines()).not.toMatch(/inbound-body|you said/);
  });

  test('F-41 requests at the same time do not mix', async () => {
    const recorded = httpEvents();
    const waiting: (() => void)[] = [];
    const app = createApp()
      .use(recorded)
      .get('/:name', async (ctx) => {
        ctx.state.requestData.addLogMessage(`${ctx.params.name} begins`);
        await new Promise<void>((resolve) => waiting.push(resolve));
        ctx.state.requestData.addLogMessage(`${ctx.params.name} ends`);
        return ctx.params.name;
      });
    const asked = ['a', 'b', 'c'].map((name) => app.fetch(new Request(url(`/${name}`))));
    for (const go of waiting.toReversed()) go();
    await Promise.all(asked);
    expect(
      recorded.events.recentRequests().map((one) => [one.request.path, one.messages()]),
    ).toEqual([
      ['/a', ['a begins', 'a ends']],
      ['/b', ['b begins', 'b ends']],
      ['/c', ['c begins', 'c ends']],
    ]);
  });
});

describe('the log', () => {
  test('F-33 keeps the last fifty, by id and in order', async () => {
    const { get, events } = makeApp();
    const ids: string[] = [];
    for (let at = 0; at < 51; at++) ids.push(await (await get('/')).text());
    expect(events.requestsOrder).toEqual(ids.slice(1));
    expect(events.requestsData.has(ids[0] as string)).toBe(false);
    expect(events.requestsData.get(ids[50] as string)?.eventId).toBe(ids[50]);
  });

  test('F-33 keeps less where the events are large', async () => {
    const { get, events } = makeApp({ maxBytes: 20_000 });
    for (let at = 0; at < 5; at++) await get(`/?large=${'x'.repeat(6000)}`);
    expect(events.recentRequests()).toHaveLength(2);
    last(events).addLogMessage('y'.repeat(4000)).addLogMessage('y'.repeat(4000));
    expect(events.recentRequests()).toHaveLength(1);
    // One that is gone may grow; that takes no room from the others.
    const [gone] = events.recentRequests();
    events.clearRequestHistory();
    for (let at = 0; at < 90; at++) gone?.addLogMessage('z'.repeat(4000));
    await get('/');
    expect(events.recentRequests()).toHaveLength(1);
  });

  test('F-34 gives the last ones, oldest first, and none when asked for none', async () => {
    const { get, events } = makeApp();
    for (let at = 0; at < 12; at++) await get(`/?${at}`);
    const queries = (count?: number): string[] =>
      events.recentRequests(count).map(({ request }) => request.query);
    expect(queries(2)).toEqual(['?10', '?11']);
    expect(queries()).toHaveLength(10);
    expect(queries(0)).toEqual([]);
    expect(queries(100)).toHaveLength(12);
    expect(() => events.recentRequests(-1)).toThrow('`count`');
    events.clearRequestHistory();
    expect(events.recentRequests()).toEqual([]);
    expect(events.requestsOrder).toEqual([]);
  });

  test('F-35 callbacks can be set one after the other, and may take their time', async () => {
    const said: unknown[] = [];
    const { get, events } = makeApp();
    events
      .callbackOnRequest(async (event) => {
        await Promise.resolve();
        said.push(['request', event.request.path]);
      })
      .callbackOnResponse(async (response, event) => {
        await Promise.resolve();
        said.push(['response', response?.status, event.request.path]);
      });
    await get('/');
    await events.idle();
    expect(said).toEqual([
      ['request', '/'],
      ['response', 200, '/'],
    ]);
  });

  test('F-21 F-113 what a callback, a trace, an id or a task throws has no effect on the request', async () => {
    const failed: string[] = [];
    const fail = (what: string) => () => {
      throw new Error(what);
    };
    const { get, events } = makeApp({
      onFailure: (error) => {
        failed.push((error as Error).message);
        throw new Error('and so does the one who is told');
      },
      callbackOnRequest: fail('request'),
      callbackOnResponse: () => Promise.reject(new Error('response')),
    });
    const consoleError = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      events.enableRequestTracing({ start: fail('trace') }).addBackgroundTask(fail('task'));
      const answer = await get('/').catch((error: unknown) => error as Error);
      expect(answer).toMatchObject({ status: 200 });
    } finally {
      consoleError.mockRestore();
    }
    expect(failed.toSorted()).toEqual(['request', 'response', 'task', 'trace']);
  });

  test('F-21 without an id there is no event, and the request is served', async () => {
    const failed: unknown[] = [];
    const { app, events } = makeApp({
      newId: () => {
        throw new Error('no id');
      },
      onFailure: (error) => failed.push(error),
    });
    const answer = await app.fetch(new Request(url('/later')));
    expect([answer.status, failed.length, events.recentRequests().length]).toEqual([200, 1, 0]);
  });

  test('F-38 background tasks run when the answer is out, with request and response, besides those of the route', async () => {
    const ran: string[] = [];
    const recorded = httpEvents({ onFailure: (error) => ran.push((error as Error).message) });
    recorded.events
      .addBackgroundTask((ctx, response) => ran.push(`first ${ctx.path} ${response?.status}`))
      .addBackgroundTask(() => {
        throw new Error('second failed');
      })
      .addBackgroundTask(async (ctx, response) => {
        await Promise.resolve();
        ran.push(`third ${ctx.path} ${response && response.status}`);
      });
    const app = createApp()
      .use(recorded)
      .get('/', (ctx) => {
        ctx.state.requestData.addBackgroundTask(() => ran.push('of the route'));
        ran.push('handler');
        return 'body';
      })
      .get('/throws', () => {
        throw new HttpError(418);
      });
    await using server = await app.serve();
    const answer = await fetch(`${server.url}/`);
    await answer.text();
    await recorded.events.idle();
    expect(ran).toEqual(['handler', 'first / 200', 'second failed', 'third / 200', 'of the route']);
    ran.length = 0;
    await fetch(`${server.url}/throws`);
    await recorded.events.idle();
    expect(ran).toEqual(['first /throws undefined', 'second failed', 'third /throws null']);
  });

  test('F-38 not before the last byte is out', async () => {
    const order: string[] = [];
    const recorded = httpEvents();
    recorded.events.addBackgroundTask(() => order.push('task'));
    const app = createApp()
      .use(recorded)
      .get('/', async function* (): AsyncGenerator<Uint8Array> {
        yield new Uint8Array(1);
        order.push('last byte');
        yield new Uint8Array(1);
      });
    await using server = await app.serve();
    await (await fetch(server.url)).arrayBuffer();
    await recorded.events.idle();
    expect(order).toEqual(['last byte', 'task']);
  });

  test('F-39 is off at first, and can be switched on and off', async () => {
    const { get, events } = makeApp();
    expect(events.enableRequestTracing()).toBe(events);
    await get('/');
    expect(last(events).messages()).toEqual(['added 0 traces']);
    expect(events.disableRequestTracing()).toBe(events);
  });

  test('F-114 gives its events as lines of JSON for an audit', async () => {
    const { get, events } = makeApp();
    await get('/');
    await get('/nowhere');
    const lines = events.toJsonLines().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.slice(0, 2).map((line) => JSON.parse(line) as object)).toMatchObject([
      { request: { path: '/' }, response: { statusCode: 200 } },
      { request: { path: '/nowhere' }, response: { statusCode: 404 } },
    ]);
    const circle: unknown[] = [];
    circle.push(circle);
    last(events).addTrace(circle);
    expect(JSON.parse(events.toJsonLines(1))).toMatchObject({ traces: null });
  });

  test('F-114 tells of events as they end, as server-sent events', async () => {
    const { app, get, events } = makeApp();
    app.get('/events', (ctx) => {
      ctx.response.headers.set('Content-Type', 'text/event-stream');
      return events.eventStream();
    });
    await using server = await app.serve();
    const live = await fetch(`${server.url}/events`);
    const reader = (live.body as ReadableStream<Uint8Array>).getReader();
    const answer = await app.fetch(new Request(url('/')));
    await answer.text();
    const { value } = await reader.read();
    const [id, name, data] = new TextDecoder().decode(value).split('\n');
    const eventId = answer.headers.get('fast-api-request-id');
    expect([id, name]).toEqual([`id: ${eventId}`, 'event: http-event']);
    expect(JSON.parse(String(data?.slice('data: '.length)))).toMatchObject({ eventId });
    await reader.cancel();
    void get;
  });

  test('a reader who is slow misses the oldest, and knows how many', async () => {
    const { get, events } = makeApp();
    const live = events.stream({ maxBuffered: 2 });
    for (let at = 0; at < 5; at++) await get(`/?${at}`);
    expect((await live.next()).value?.request.query).toBe('?3');
    expect(live.dropped).toBe(3);
    expect((await live.next()).value?.request.query).toBe('?4');
    const waiting = live.next();
    events.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await live.next()).toEqual({ done: true, value: undefined });
  });

  test('a log can be made first, and given to the middleware', () => {
    const log = new EventLog();
    expect(httpEvents(log).events).toBe(log);
  });

  test.each([
    [{ maxRequestsLogged: -1 }, '`maxRequestsLogged`'],
    [{ maxBytes: 1.5 }, '`maxBytes`'],
    [{ header: 'not a name' }, '`header`'],
    [{ maxEvents: 5 }, 'Unknown option `maxEvents`'],
  ])('%j is refused', (options, message) => {
    expect(() => httpEvents(options as HttpEventsOptions)).toThrow(message);
  });
});

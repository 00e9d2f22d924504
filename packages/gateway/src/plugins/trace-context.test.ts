/** Tests of trace-context, and of the spans that are made of it. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { routeOf, send, startGateway, startProxied } from '../../test-kit/loopback.ts';
import { type Span, spans } from '../tracing/span.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const INBOUND = { traceparent: `00-${TRACE}-${SPAN}-00`, tracestate: 'a=1, b=2' };

/** What the upstream is told. */
async function forwarded(options: object, headers: Record<string, string | string[]> = {}) {
  const { url } = await startProxied(
    (request, response) => {
      const { traceparent, tracestate } = request.headers;
      response.end(JSON.stringify({ traceparent, tracestate }));
    },
    { plugins: [{ name: 'trace-context', options: options as Record<string, unknown> }] },
  );
  const { json } = await send(url, { headers });
  return json as { readonly traceparent: string; readonly tracestate?: string };
}

test('goes on with the trace of the caller, with a span of its own', async () => {
  const { traceparent, tracestate } = await forwarded({}, INBOUND);
  expect(traceparent).toMatch(new RegExp(`^00-${TRACE}-[\\da-f]{16}-00$`));
  expect(traceparent).not.toContain(SPAN);
  expect(tracestate).toBe('a=1,b=2');
});

test.each([
  ['none', {}],
  ['a malformed one', { ...INBOUND, traceparent: 'x' }],
  ['two of them', { ...INBOUND, traceparent: [INBOUND.traceparent, INBOUND.traceparent] }],
])('begins a trace where there is %s, and knows nothing of states then', async (_, headers) => {
  const { traceparent, tracestate } = await forwarded({}, headers);
  expect(traceparent).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
  expect(traceparent).not.toContain(TRACE);
  expect(tracestate).toBe(undefined);
});

test('leaves out a state that is none, and believes no caller if it is told so', async () => {
  expect((await forwarded({}, { ...INBOUND, tracestate: 'a=1,a=2' })).tracestate).toBe(undefined);
  const { traceparent, tracestate } = await forwarded({ acceptInbound: false }, INBOUND);
  expect(traceparent).not.toContain(TRACE);
  expect(tracestate).toBe(undefined);
});

test('samples a share of the traces that it begins', async () => {
  expect((await forwarded({ sampleRatio: 0 })).traceparent).toMatch(/-00$/);
  await expect(forwarded({ sampleRatio: 2 })).rejects.toThrow('a number from 0 to 1');
});

test('a sampled request becomes a span that names its route, and one that is not becomes none', async () => {
  const clock = fakeClock({ wallMs: 1_000_000 });
  const seen: Span[] = [];
  const { url, ended, upstream, gateway } = await startProxied(
    (request, response) => {
      response.statusCode = request.url === '/broken' ? 502 : 200;
      response.end('fine');
    },
    { plugins: [{ name: 'trace-context', options: {} }] },
    { clock, newId: () => 'r-1', observers: [spans((span) => seen.push(span), { clock })] },
  );
  gateway.registry.add(
    { access: { priority: 500, handle: () => clock.advanceSync(25) } },
    { name: 'slow' },
  );
  await send(`${url}/orders/1`, { headers: { traceparent: `00-${TRACE}-${SPAN}-01` } });
  await ended();
  const target = new URL(upstream.url).host;
  expect(seen).toEqual([
    {
      traceId: TRACE,
      spanId: expect.stringMatching(/^[\da-f]{16}$/) as string,
      parentSpanId: SPAN,
      sampled: true,
      traceState: undefined,
      name: 'GET /*',
      kind: 'server',
      startedAtMs: 1_000_000,
      durationMs: 25,
      failed: false,
      attributes: {
        'http.request.method': 'GET',
        'url.path': '/orders/1',
        'url.scheme': 'http',
        'http.response.status_code': 200,
        'http.response.body.size': 4,
        'client.address': '127.0.0.1',
        'network.protocol.version': '1.1',
        'interpose.request.id': 'r-1',
        'server.address': '127.0.0.1',
        'http.route': '/*',
        'interpose.route': 'all',
        'interpose.upstream': 'main',
        'interpose.upstream.attempts': 1,
        'interpose.upstream.target': expect.stringContaining(target) as string,
      },
    },
  ]);
  await send(url, { headers: INBOUND });
  await ended();
  expect(seen).toHaveLength(1);
  await send(`${url}/broken`);
  await ended();
  expect(seen[1]).toMatchObject({ failed: true, parentSpanId: undefined });
  expect(seen[1]?.attributes['error.type']).toBe('502');
});

test('a span of what no route matches has the method for a name', async () => {
  const seen: Span[] = [];
  const { url, ended } = await startGateway(
    {
      plugins: [{ name: 'trace-context', options: {} }],
      routes: [routeOf({ path: '/a', respond: { status: 200 } })],
    },
    { observers: [spans((span) => seen.push(span))] },
  );
  await send(`${url}/b`, { method: 'PUT' });
  await ended();
  expect(seen).toMatchObject([{ name: 'PUT' }]);
  expect(seen[0]?.attributes).not.toHaveProperty('http.route');
});

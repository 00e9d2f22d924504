/** Tests of what stands before an upstream as a whole: its breaker and its bulkhead. */
import { fakeClock } from '@interpose/testing';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { headOf, open, send, startProxied } from '../../test-kit/loopback.ts';

describe('a breaker', () => {
  test('leaves an upstream in peace that fails, and finds out when it is well again', async () => {
    const clock = fakeClock();
    let status = 500;
    let requests = 0;
    const { url, gateway } = await startProxied(
      (_request, response) => {
        requests++;
        response.writeHead(status).end();
      },
      { upstream: { breaker: { failures: 3, openMs: 5000 } } },
      { clock },
    );
    const upstream = gateway.upstreams.get('main');
    for (let count = 0; count < 3; count++) expect((await send(url)).status).toBe(500);
    const refused = await send(url);
    expect([refused.status, refused.json['code'], refused.headers['retry-after']]).toEqual([
      503,
      'CIRCUIT_OPEN',
      '5',
    ]);
    expect(requests).toBe(3);
    expect(upstream?.status().breaker).toMatchObject({ state: 'open', failures: 0, rejected: 1 });
    status = 200;
    await clock.advance(5000);
    expect((await send(url)).status).toBe(200);
    expect(upstream?.status().breaker?.state).toBe('closed');
  });

  test('opens by the share of failures', async () => {
    let fails = true;
    const { url } = await startProxied(
      (request, response) => void (fails ? request.socket.destroy() : response.end()),
      { upstream: { retry: false, breaker: { failureRatio: 0.5, minimumCalls: 4 } } },
    );
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) {
      statuses.push((await send(url)).status);
      fails = !fails;
    }
    expect(statuses).toEqual([502, 200, 502, 200, 502, 503]);
  });

  test('does not hold it against the upstream that clients leave', async () => {
    const { port, gateway, ended } = await startProxied(() => {}, {
      upstream: { breaker: { failures: 1 } },
    });
    const upstream = gateway.upstreams.get('main');
    for (let count = 0; count < 3; count++) {
      const client = connect(port, '127.0.0.1');
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      while (upstream?.status().targets[0]?.inFlight !== 1) await new Promise(setImmediate);
      client.resetAndDestroy();
      await ended();
    }
    expect(upstream?.status().breaker).toMatchObject({ state: 'closed', ignored: 3 });
  });
});

describe('a bulkhead', () => {
  /** An upstream that answers when it is told to, and a gateway that sends it one request at a time. */
  async function startHeld(bulkhead: object) {
    const go: (() => void)[] = [];
    const clock = fakeClock();
    const started = await startProxied(
      (_request, response) => {
        response.write('half ');
        go.push(() => response.end('whole'));
      },
      { upstream: { bulkhead: { maxConcurrent: 1, ...bulkhead } } },
      { clock },
    );
    const state = () => started.gateway.upstreams.get('main')?.status().bulkhead;
    return { ...started, clock, go, state };
  }

  test('refuses what is too much, and holds a slot until the answer is whole', async () => {
    const { url, go, state } = await startHeld({});
    const first = await headOf(open(url).end());
    const refused = await send(url);
    expect([refused.status, refused.json['code']]).toEqual([503, 'BULKHEAD_FULL']);
    expect(state()).toMatchObject({ running: 1, rejected: 1 });
    go[0]?.();
    for await (const chunk of first) expect(String(chunk)).toMatch(/half |whole/);
    while (state()?.running !== 0) await new Promise(setImmediate);
    const next = send(url);
    while (go.length < 2) await new Promise(setImmediate);
    go[1]?.();
    expect((await next).text).toBe('half whole');
  });

  test('lets some wait, in the order in which they came, and not for ever', async () => {
    const { url, go, state, clock } = await startHeld({ maxQueue: 2, queueTimeoutMs: 500 });
    const first = send(url);
    while (go.length < 1) await new Promise(setImmediate);
    const second = send(url);
    while (state()?.queued !== 1) await new Promise(setImmediate);
    go[0]?.();
    expect((await first).text).toBe('half whole');
    while (go.length < 2) await new Promise(setImmediate);
    const third = send(url);
    while (state()?.queued !== 1) await new Promise(setImmediate);
    await clock.advance(500);
    const late = await third;
    expect([late.status, late.json['code']]).toEqual([503, 'QUEUE_TIMEOUT']);
    go[1]?.();
    expect((await second).text).toBe('half whole');
  });

  test('lets the place of a client go that has left while it waited', async () => {
    const { url, port, go, state, ended } = await startHeld({ maxQueue: 1 });
    const first = send(url);
    while (go.length < 1) await new Promise(setImmediate);
    const client = connect(port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    while (state()?.queued !== 1) await new Promise(setImmediate);
    client.resetAndDestroy();
    await ended();
    expect(state()?.queued).toBe(0);
    go[0]?.();
    expect((await first).status).toBe(200);
    expect(go).toHaveLength(1);
  });
});

/** A request can be given up at every stage: its connection goes at once and never comes back, and the receiver hears why, once. */
import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type CallRecord,
  eventually,
  type RunningPool,
  startPool,
  turns,
} from '../../test-kit/running-pool.ts';
import { ok, type ScriptedOrigin, startOrigin } from '../../test-kit/scripted-origin.ts';

const reason = new Error('nobody waits any more');

/** What the other end has seen before the request is given up, and what the receiver has heard. */
interface Stage {
  readonly name: string;
  reach(pool: RunningPool, origin: ScriptedOrigin): Promise<CallRecord>;
  /** What was heard before. */
  readonly events: readonly string[];
  /** Connections that stay when it is given up. */
  readonly stay: number;
}

async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    yield Buffer.alloc(64 * 1024);
    await immediate();
  }
}

const stages: readonly Stage[] = [
  {
    name: 'queued',
    async reach({ send }, origin) {
      send();
      await (await origin.connection()).request();
      return send();
    },
    events: [],
    stay: 1,
  },
  { name: 'connecting', reach: async ({ send }) => send(), events: [], stay: 0 },
  {
    name: 'sending',
    async reach({ send }, origin) {
      const call = send({ method: 'POST', body: endless() });
      await (await origin.connection()).head();
      return call;
    },
    events: [],
    stay: 0,
  },
  {
    name: 'sending to one who takes nothing',
    async reach({ send }, origin) {
      const call = send({ method: 'POST', body: Buffer.alloc(32 * 1024 * 1024) });
      (await origin.connection()).socket.pause();
      await turns();
      return call;
    },
    events: [],
    stay: 0,
  },
  {
    name: 'waiting',
    async reach({ send }, origin) {
      const call = send();
      await (await origin.connection()).request();
      return call;
    },
    events: [],
    stay: 0,
  },
  {
    name: 'in the middle of the head',
    async reach({ send }, origin) {
      const call = send();
      await (await origin.connection()).answer('HTTP/1.1 200 OK\r\nContent-');
      await turns();
      return call;
    },
    events: [],
    stay: 0,
  },
  {
    name: 'after an interim answer',
    async reach({ send }, origin) {
      const call = send();
      await (await origin.connection()).answer('HTTP/1.1 103 Early Hints\r\n\r\n');
      await eventually(() => expect(call.events).toHaveLength(1));
      return call;
    },
    events: ['information 103'],
    stay: 0,
  },
  {
    name: 'reading',
    async reach({ send }, origin) {
      const call = send();
      await (await origin.connection()).answer('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
      await call.answered;
      return call;
    },
    events: ['response 200'],
    stay: 0,
  },
];

describe.each(stages)('$name', ({ reach, events, stay }) => {
  test('the receiver hears the reason once, and the connection is gone', async () => {
    const origin = await startOrigin();
    const running = startPool(origin, { maxConnections: 1 });
    const call = await reach(running, origin);
    const { pool } = running;
    const body = events[0] === 'response 200' ? call.text() : undefined;
    call.call.abort(reason);
    // Not later: in the same turn.
    const heard = body ? ['over'] : ['failed Error', 'over'];
    expect(call.events).toEqual([...events, ...heard]);
    if (body) await expect(body).rejects.toBe(reason);
    else expect(call.error).toBe(reason);
    expect(pool.stats()).toMatchObject({ connections: stay, connecting: 0, queued: 0, idle: 0 });
    call.call.abort(new Error('again'));
    await turns();
    expect(call.events).toHaveLength(events.length + heard.length);
    for (const { socket } of origin.connections) socket.resume();
    await eventually(() => expect(origin.open).toHaveLength(stay));
  });

  test('the next request has a connection of its own', async () => {
    const origin = await startOrigin();
    const running = startPool(origin, { maxConnections: 1 });
    const call = await reach(running, origin);
    call.call.abort(reason);
    if (stay > 0) origin.connections[0]?.send(ok('first'));
    const next = running.send({ target: '/next' });
    const connection = await eventually(() => {
      const found = origin.connections.find(({ rest }) => rest.includes(' /next '));
      if (!found) throw new Error('not sent yet');
      return found;
    });
    expect((await connection.request()).target).toBe('/next');
    connection.send(ok('second'));
    expect(await next.text()).toBe('second');
  });
});

test('the other end sees it within 10 ms', async () => {
  const origin = await startOrigin();
  const { send } = startPool(origin);
  const took: number[] = [];
  for (let at = 0; at < 5; at++) {
    const call = send();
    const connection = await origin.connection(at);
    await connection.answer('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    await call.answered;
    const since = performance.now();
    call.call.abort(reason);
    await connection.left();
    took.push(performance.now() - since);
  }
  // The machine may be busy with something else; not each time.
  expect(Math.min(...took)).toBeLessThan(10);
});

test('one that waits takes the connection that was being opened for one that is given up', async () => {
  const origin = await startOrigin();
  const { send, pool } = startPool(origin, { maxConnections: 1 });
  const first = send({ target: '/1' });
  const second = send({ target: '/2' });
  first.call.abort(reason);
  expect(pool.stats()).toMatchObject({ connecting: 1, queued: 1 });
  const connection = await origin.connection();
  await connection.answer(ok('2'));
  expect(await second.text()).toBe('2');
  expect(origin.connections).toHaveLength(1);
  expect(pool.stats()).toMatchObject({ connections: 1, idle: 1, reused: 0 });
});

describe('from within what the receiver is told', () => {
  const abortIn =
    (name: 'information' | 'response' | 'failed' | 'over', answer: string) => async () => {
      const origin = await startOrigin();
      const { send, pool } = startPool(origin);
      const call: CallRecord = send({}, { [name]: () => call.call.abort(reason) });
      await (await origin.connection()).answer(answer);
      await call.ended;
      await turns();
      return { events: call.events, error: call.error, stats: pool.stats() };
    };

  test('an interim answer: what came with it is not told any more', async () => {
    const run = abortIn('information', `HTTP/1.1 103 Early Hints\r\n\r\n${ok('hi')}`);
    const { events, error, stats } = await run();
    expect(events).toEqual(['information 103', 'failed Error', 'over']);
    expect(error).toBe(reason);
    expect(stats).toMatchObject({ connections: 0 });
  });

  test('the head: the body that came with it fails', async () => {
    const origin = await startOrigin();
    const { send, pool } = startPool(origin);
    const call: CallRecord = send({}, { response: () => call.call.abort(reason) });
    await (await origin.connection()).answer(ok('hello'));
    await call.ended;
    expect(call.events).toEqual(['response 200', 'over']);
    await expect(call.text()).rejects.toBe(reason);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('the head of an answer without a body', async () => {
    const { events, stats } = await abortIn('response', ok())();
    expect(events).toEqual(['response 200', 'over']);
    expect(stats).toMatchObject({ connections: 0 });
  });

  test('the failure: once is enough', async () => {
    const { events } = await abortIn('failed', 'HTTP/9 nonsense\r\n\r\n')();
    expect(events).toEqual(['failed BadAnswerError', 'over']);
  });

  test('the end: there is nothing left to give up', async () => {
    const { events, stats } = await abortIn('over', ok('hi'))();
    expect(events).toEqual(['response 200', 'over']);
    expect(stats).toMatchObject({ idle: 1 });
  });

  test('a refusal for want of room', async () => {
    const origin = await startOrigin();
    const { send } = startPool(origin, { maxConnections: 1, maxQueued: 1, queueTimeoutMs: 10 });
    send();
    const queued: CallRecord = send({}, { failed: () => queued.call.abort(reason) });
    queued.call.abort(new Error('first'));
    expect(queued.events).toEqual(['failed Error', 'over']);
    expect(queued.error?.message).toBe('first');
  });
});

describe('a signal', () => {
  const get = { method: 'GET', target: '/', headers: [] } as const;
  const listeners = (signal: AbortSignal) => {
    let count = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      count++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      count--;
      remove(...args);
    };
    return () => count;
  };

  test('that is aborted stops a request before anything is done', async () => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    await expect(pool.request(get, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(pool.stats()).toMatchObject({ requests: 0, connections: 0 });
  });

  test('stops the wait for the answer', async () => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    const controller = new AbortController();
    const count = listeners(controller.signal);
    const answer = pool.request(get, controller);
    await (await origin.connection()).request();
    expect(count()).toBe(1);
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(count()).toBe(0);
    expect(pool.stats()).toMatchObject({ connections: 0 });
  });

  test('stops the body, too', async () => {
    const origin = await startOrigin();
    const { pool } = startPool(origin);
    const controller = new AbortController();
    const count = listeners(controller.signal);
    const asked = pool.request(get, controller);
    await (await origin.connection()).answer('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    const answer = await asked;
    const text = answer.body?.text();
    expect(count()).toBe(1);
    controller.abort(reason);
    await expect(text).rejects.toBe(reason);
    expect(count()).toBe(0);
  });

  test.each(['whole', 'failed', 'refused', 'invalid'] as const)(
    'is let go of when all is over: %s',
    async (how) => {
      const origin = await startOrigin();
      const { pool, send } = startPool(origin, { maxConnections: 1, maxQueued: 0 });
      const { signal } = new AbortController();
      const count = listeners(signal);
      if (how === 'refused') send();
      const target = how === 'invalid' ? 'no path' : '/';
      const answer = pool.request({ ...get, target }, { signal });
      if (how === 'whole') {
        await (await origin.connection()).answer(ok('hi'));
        const { body } = await answer;
        await body?.text();
      } else {
        if (how === 'failed') (await origin.connection()).reset();
        await expect(answer).rejects.toThrow();
      }
      await eventually(() => expect(count()).toBe(0));
    },
  );
});

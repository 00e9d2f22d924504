/** What an upstream sees of a proxy when a client leaves or fails, at each stage; and what a client sees when its upload does not go through. */
import { type FakeClock, fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import { type RunningProxy, startProxy } from '../../test-kit/mini-proxy.ts';
import type { RawClient } from '../../test-kit/raw-client.ts';
import { eventually, turns } from '../../test-kit/running-pool.ts';
import {
  always,
  ok,
  type OriginConnection,
  type ScriptedOrigin,
  startOrigin,
} from '../../test-kit/scripted-origin.ts';
import type { PoolOptions } from './pool-options.ts';

const MB = 1024 * 1024;
const GET = 'GET /it HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST /it HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n';
const CHUNKED = 'POST /it HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';

interface Scene {
  readonly clock: FakeClock;
  readonly origin: ScriptedOrigin;
  readonly proxy: RunningProxy;
  readonly client: RawClient;
}

async function begin(options: PoolOptions = {}): Promise<Scene> {
  const clock = fakeClock();
  const origin = await startOrigin();
  const proxy = await startProxy(
    origin.url,
    { clock, firstByteTimeoutMs: 3000, idleTimeoutMs: 7000, ...options },
    { clock, bodyIdleTimeoutMs: 5000 },
  );
  return { clock, origin, proxy, client: await proxy.connect() };
}

/** Nothing is under way any more, and nothing is kept that was. */
async function expectNothingLeft({ origin, proxy, clock }: Scene): Promise<void> {
  await eventually(() => {
    expect(proxy.pool.stats()).toMatchObject({
      connections: 0,
      connecting: 0,
      inFlight: 0,
      queued: 0,
    });
    expect(proxy.server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
    expect(origin.open).toHaveLength(0);
  });
  expect(clock.pending).toBe(0);
}

/** How far a request has come when its client leaves. */
const STAGES: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  'waits for an answer': async ({ client, origin }) => {
    client.send(GET);
    await (await origin.connection()).request();
  },
  'has heard of an interim answer': async ({ client, origin }) => {
    client.send(GET);
    await (await origin.connection()).answer('HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n');
    await client.has('103');
  },
  'waits for the rest of a head': async ({ client, origin }) => {
    client.send(GET);
    await (await origin.connection()).answer('HTTP/1.1 200 OK\r\nContent-Le');
    await turns();
  },
  'has the head': async ({ client, origin }) => {
    client.send(GET);
    await (await origin.connection()).answer('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n');
    await client.has('\r\n\r\n');
  },
  'has half of a body of known length': async ({ client, origin }) => {
    client.send(GET);
    await (await origin.connection()).answer('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst');
    await client.has('first');
  },
  'has half of a chunked body': async ({ client, origin }) => {
    client.send(GET);
    await (
      await origin.connection()
    ).answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n');
    await client.has('first');
  },
  'has half of a body that lasts until the end': async ({ client, origin }) => {
    client.send(GET);
    await (await origin.connection()).answer('HTTP/1.1 200 OK\r\n\r\nfirst');
    await client.has('first');
  },
  'takes nothing of a large body': async ({ client, origin }) => {
    client.pause().send(GET);
    const connection = await origin.connection();
    await connection.answer(`HTTP/1.1 200 OK\r\nContent-Length: ${64 * MB}\r\n\r\n`);
    connection.send(Buffer.alloc(64 * MB));
    await turns(200);
  },
  'has sent half of a body': async ({ client, origin }) => {
    client.send(`${POST}first`);
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.includes('first') ? true : undefined));
  },
  'has sent half of a chunked body': async ({ client, origin }) => {
    client.send(`${CHUNKED}5\r\nfirst\r\n`);
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.includes('first') ? true : undefined));
  },
  'has sent more than is taken': async ({ client, origin }) => {
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${9 * MB}\r\n\r\n`);
    const { socket } = await origin.connection();
    socket.pause();
    client.send(Buffer.alloc(8 * MB));
    await turns(200);
    socket.resume();
  },
};

describe.each(Object.entries(STAGES))('a client that %s', (name, reach) => {
  test('and leaves: the upstream is left as well, and nothing remains', async () => {
    const scene = await begin();
    await reach(scene);
    scene.client.reset();
    await (await scene.origin.connection()).left();
    await expectNothingLeft(scene);
    expect(scene.origin.connections).toHaveLength(1);
    // One that leaves in the middle of what it sends has sent no whole request.
    if (!name.startsWith('has sent')) expect(scene.proxy.server.stats().clientsLeft).toBe(1);
  });
});

describe('a client whose request has no connection yet, and leaves', () => {
  test('while one is opened', async () => {
    const clock = fakeClock();
    const proxy = await startProxy('http://slow.test', { clock, lookup: () => {} });
    const client = await proxy.connect();
    client.send(GET);
    await eventually(() => expect(proxy.pool.stats().connecting).toBe(1));
    client.reset();
    await eventually(() => expect(proxy.pool.stats()).toMatchObject({ connections: 0 }));
    expect(proxy.server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
    await eventually(() => expect(clock.pending).toBe(0));
  });

  test('while it waits in line', async () => {
    const scene = await begin({ maxConnections: 1 });
    scene.client.send(GET);
    const connection = await scene.origin.connection();
    await connection.request();
    const second = await scene.proxy.connect();
    second.send(GET);
    await eventually(() => expect(scene.proxy.pool.stats().queued).toBe(1));
    second.reset();
    await eventually(() => expect(scene.proxy.pool.stats().queued).toBe(0));
    connection.send(ok('first'));
    expect((await scene.client.answer()).text).toBe('first');
    await turns();
    expect(connection.rest).toHaveLength(0);
  });
});

describe('a client that closes without a reset', () => {
  test('is missed as soon as something is sent to it', async () => {
    const scene = await begin();
    const { client, clock, origin } = scene;
    client.send(GET);
    await (await origin.connection()).request();
    client.socket.destroy();
    for (let at = 0; at < 5; at++) {
      await turns();
      clock.advanceSync(400);
    }
    await (await origin.connection()).left();
    await expectNothingLeft(scene);
  });

  test('only on its side is still there', async () => {
    const scene = await begin();
    const { client, origin } = scene;
    const half = await scene.proxy.connect({ allowHalfOpen: true });
    client.end();
    half.end(GET);
    const connection = await origin.connection();
    await connection.request();
    await turns();
    connection.send(ok('all the same'));
    expect((await half.answer()).text).toBe('all the same');
    half.socket.destroy();
  });
});

describe('a client whose body', () => {
  const broken = async (scene: Scene): Promise<OriginConnection> => {
    const connection = await scene.origin.connection();
    await connection.left();
    await expect(connection.request()).rejects.toThrow('without a whole request');
    return connection;
  };

  test.each([
    ['has a chunk without a size', 'x\r\n', 400, 'CHUNK_SIZE_MALFORMED'],
    ['has a chunk that is longer than its size', '1\r\nab', 400, 'CHUNK_END_MISSING'],
    ['is too large', 'a00001\r\n', 413, 'BODY_TOO_LARGE'],
  ])('%s hears so, and the upstream never takes it for whole', async (_, bytes, status, code) => {
    const scene = await begin();
    const { client, origin } = scene;
    client.send(`${CHUNKED}5\r\nfirst\r\n`);
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.includes('first') ? true : undefined));
    client.send(bytes);
    const answer = await client.answer();
    expect(answer.status).toBe(status);
    expect(answer.json['code']).toBe(code);
    await broken(scene);
    client.end();
    await expectNothingLeft(scene);
  });

  test('is too slow hears so', async () => {
    const scene = await begin();
    const { client, clock, origin } = scene;
    client.send(`${POST}first`);
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.includes('first') ? true : undefined));
    clock.advanceSync(7000);
    const answer = await client.answer();
    expect(answer.status).toBe(408);
    expect(answer.json['code']).toBe('BODY_TOO_SLOW');
    await broken(scene);
    client.end();
    await expectNothingLeft(scene);
  });

  test('ends too early is not taken for whole', async () => {
    const scene = await begin();
    const { client, origin } = scene;
    client.send(`${POST}first`);
    const connection = await origin.connection();
    await connection.until(() => (connection.rest.includes('first') ? true : undefined));
    client.end();
    await broken(scene);
    await expectNothingLeft(scene);
  });
});

describe('an origin that, in the middle of an upload,', () => {
  const upload = async (scene: Scene): Promise<OriginConnection> => {
    scene.client.send(`${POST}first`);
    const connection = await scene.origin.connection();
    await connection.until(() => (connection.rest.includes('first') ? true : undefined));
    return connection;
  };

  test.each(['reset', 'end'] as const)('goes away (%s): the client hears so', async (how) => {
    const scene = await begin();
    (await upload(scene))[how]();
    const answer = await scene.client.answer();
    expect(answer.status).toBe(502);
    expect(answer.json).toEqual({ status: 502, code: 'CONNECTION_LOST' });
    scene.client.end();
    await expectNothingLeft(scene);
  });

  test('takes nothing more: the client hears so', async () => {
    const scene = await begin();
    const { client, clock, origin, proxy } = scene;
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${9 * MB}\r\n\r\n`);
    const { socket } = await origin.connection();
    socket.pause();
    client.send(Buffer.alloc(8 * MB));
    await turns(300);
    clock.advanceSync(8000);
    const answer = await client.answer();
    expect(answer.status).toBe(504);
    expect(answer.json).toEqual({ status: 504, code: 'BODY_IDLE_TIMEOUT' });
    expect(proxy.pool.stats()).toMatchObject({ connections: 0 });
    socket.resume();
    client.socket.destroy();
    await expectNothingLeft(scene);
  });

  test('answers already: the client has the answer, and the rest goes nowhere', async () => {
    const scene = await begin();
    const connection = await upload(scene);
    connection.send('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno');
    const answer = await scene.client.answer();
    expect([answer.status, answer.text]).toEqual([403, 'no']);
    await connection.left();
    scene.client.send('econd').end();
    await scene.client.closed();
    await expectNothingLeft(scene);
  });

  test('begins to answer, and then breaks off: the answer is not whole', async () => {
    const scene = await begin();
    const connection = await upload(scene);
    connection.send('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    await scene.client.has('half');
    connection.reset();
    await scene.client.closed();
    await expect(scene.client.answer()).rejects.toThrow('without a whole answer');
    await expectNothingLeft(scene);
  });
});

describe('both ends slow', () => {
  const BODY = 'A body of some length, with a line break\r\n0\r\n\r\nand more.';
  const chunksOf = (text: string, size: number): string => {
    let all = '';
    for (let at = 0; at < text.length; at += size) {
      const chunk = text.slice(at, at + size);
      all += `${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    }
    return `${all}0\r\n\r\n`;
  };
  const framed = {
    length: `Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
    chunked: `Transfer-Encoding: chunked\r\n\r\n${chunksOf(BODY, 7)}`,
    close: `\r\n${BODY}`,
  } as const;
  const cases = (['length', 'chunked'] as const).flatMap((up) =>
    (['length', 'chunked', 'close'] as const).flatMap((down) =>
      (['1.0', '1.1'] as const)
        .filter((version) => version === '1.1' || up === 'length')
        .map((version) => ({ up, down, version })),
    ),
  );

  test.each(cases)(
    'up $up, down $down, HTTP/$version: byte by byte, and identical',
    async ({ up, down, version }) => {
      const origin = await startOrigin();
      const proxy = await startProxy(origin.url);
      const client = await proxy.connect();
      client.sendSlowly(`POST /it?x=y HTTP/${version}\r\nHost: a\r\nX-Kept: yes\r\n${framed[up]}`);
      const connection = await origin.connection();
      const request = await connection.request();
      expect(request).toMatchObject({ method: 'POST', target: '/it?x=y', framing: up });
      expect(request.body.toString()).toBe(BODY);
      expect(request.all('x-kept')).toEqual(['yes']);
      await connection.sendSlowly(`HTTP/1.1 201 Made\r\nX-Kept: too\r\n${framed[down]}`);
      if (down === 'close') connection.end();
      const answer = await client.answer();
      expect(answer.status).toBe(201);
      expect(answer.text).toBe(BODY);
      expect(answer.header('x-kept')).toBe('too');
      if (version === '1.1') expect(answer.framing).toBe(down === 'length' ? 'length' : 'chunked');
      await eventually(() => {
        expect(proxy.pool.stats()).toMatchObject({
          inFlight: 0,
          connections: down === 'close' ? 0 : 1,
        });
        expect(proxy.server.stats().inFlight).toBe(0);
      });
    },
  );

  test('large bodies both ways at once, taken slowly', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy(origin.url);
    const client = await proxy.connect();
    const up = Buffer.alloc(4 * MB, 'up-');
    const down = Buffer.alloc(5 * MB, 'down-');
    for (const socket of [client.socket]) {
      socket.on('data', () => {
        socket.pause();
        setImmediate(() => socket.resume());
      });
    }
    client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${up.length}\r\n\r\n`).send(up);
    const connection = await origin.connection();
    await connection.head();
    connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${down.length}\r\n\r\n`);
    connection.send(down.subarray(0, MB));
    const request = await connection.request();
    connection.send(down.subarray(MB));
    expect(request.body.equals(up)).toBe(true);
    const answer = await client.answer();
    expect(answer.body.equals(down)).toBe(true);
    expect(proxy.pool.stats()).toMatchObject({ connections: 1, inFlight: 0 });
  });
});

test('nothing at all goes wrong a hundred times', async () => {
  const origin = await startOrigin(always(ok('well')));
  const proxy = await startProxy(origin.url);
  const client = await proxy.connect();
  for (let at = 0; at < 100; at++) {
    client.send(GET);
    expect((await client.answer()).text).toBe('well');
  }
  expect(origin.connections).toHaveLength(1);
  expect(proxy.pool.stats()).toMatchObject({ requests: 100, reused: 99, connections: 1 });
});

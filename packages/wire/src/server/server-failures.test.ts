/** Handlers and observers that fail: what the client gets, and that nothing else suffers. */
import { expect, test } from 'vitest';
import { get, post } from '../../test-kit/raw-client.ts';
import { gate, memoryServer, startServer } from '../../test-kit/running-server.ts';
import { AnswerOrderError, RefusedMessageError } from '../errors.ts';
import type { Exchange, Handler } from '../exchange/exchange.ts';
import { createServer, type ServerOptions } from './server.ts';

const boom = (): never => {
  throw new Error('boom');
};

test.each<[string, Handler]>([
  ['throws', boom],
  ['rejects', async () => boom()],
  ['rejects later', (exchange) => new Promise((_, reject) => setImmediate(reject, exchange))],
  ['throws nothing', () => Promise.reject(undefined)],
  ['throws before it was done with its body', () => boom()],
])('a handler that %s is a 500, and the connection goes on', async (_, fail) => {
  const errors: unknown[] = [];
  const { connect, server } = await startServer(
    (exchange) => (exchange.target === '/fail' ? fail(exchange) : exchange.answer(200, [], 'x')),
    { onError: (error, exchange) => void errors.push([error, exchange.target]) },
  );
  const client = (await connect()).send(get('/fail') + post('body', '', '/fail') + get());
  const [one, two, three] = await client.answers(3);
  for (const answer of [one, two]) {
    expect(answer?.status).toBe(500);
    expect(answer?.header('content-type')).toBe('application/problem+json');
    // What went wrong is nobody's business but ours.
    expect(answer?.json).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'INTERNAL_ERROR',
    });
    expect(answer?.header('connection')).toBe('keep-alive');
  }
  expect(three?.text).toBe('x');
  expect(errors).toHaveLength(2);
  expect(server.stats()).toMatchObject({ requests: 3, inFlight: 0, clientsLeft: 0 });
});

test('a handler that refuses a message says so with its own status', async () => {
  const { connect } = await startServer(() => {
    throw new RefusedMessageError('BODY_TOO_LARGE');
  });
  const answer = await (await connect()).send(get()).answer();
  expect([answer.status, answer.json['code']]).toEqual([413, 'BODY_TOO_LARGE']);
});

test.each<[string, Handler]>([
  [
    'at once',
    (exchange) => {
      exchange.sendHead(200, []);
      boom();
    },
  ],
  [
    'with a piece of the body out',
    async (exchange) => {
      exchange.sendHead(200, []);
      exchange.write('some');
      await Promise.resolve();
      boom();
    },
  ],
  [
    'with a length promised',
    async (exchange) => {
      exchange.sendHead(200, ['Content-Length', '10']);
      exchange.write('some');
      await new Promise<void>((resolve) => setImmediate(resolve));
      boom();
    },
  ],
])('a handler that fails behind its head breaks the connection: %s', async (_, handler) => {
  const { connect, server } = await startServer(handler);
  const client = (await connect()).send(get() + get());
  const text = await client.closed();
  expect(text).not.toMatch(/\r\n0\r\n\r\n/);
  expect(text).not.toContain('HTTP/1.1 500');
  await expect(client.answer()).rejects.toThrow('without a whole answer');
  expect(server.stats()).toMatchObject({ requests: 1, inFlight: 0, clientsLeft: 0 });
});

test('a handler that fails behind its answer takes nothing back', async () => {
  const errors: unknown[] = [];
  const { connect, server } = await startServer(
    async (exchange) => {
      exchange.answer(200, [], 'whole');
      if (exchange.target === '/later') await Promise.resolve();
      boom();
    },
    { onError: (error) => void errors.push(error) },
  );
  const client = (await connect()).send(get() + get('/later') + get());
  expect((await client.answers(3)).map(({ text }) => text)).toEqual(['whole', 'whole', 'whole']);
  expect(errors).toHaveLength(3);
  expect(server.stats()).toMatchObject({ requests: 3, inFlight: 0 });
});

test('a handler that fails while its large answer waits takes nothing back', async () => {
  const { clock, connect, server } = memoryServer((exchange) => {
    exchange.answer(200, [], Buffer.alloc(300_000));
    boom();
  });
  const { client } = connect();
  client.pause().send(get());
  await clock.advance(0);
  client.resume();
  expect((await client.answer()).body.length).toBe(300_000);
  expect(server.stats()).toMatchObject({ inFlight: 0, connections: 1 });
});

test('a handler that answers twice is told of its mistake, and the first answer counts', async () => {
  const errors: unknown[] = [];
  const { connect } = await startServer(
    (exchange) => {
      exchange.answer(200, [], 'first');
      exchange.answer(200, [], 'second');
    },
    { onError: (error) => void errors.push(error) },
  );
  const client = (await connect()).send(get() + get());
  expect((await client.answers(2)).map(({ text }) => text)).toEqual(['first', 'first']);
  expect(errors.map((error) => error instanceof AnswerOrderError)).toEqual([true, true]);
});

test('an exchange that is answered long after its own answer does not touch the next', async () => {
  const exchanges: Exchange[] = [];
  const { clock, connect } = memoryServer((exchange) => void exchanges.push(exchange));
  const { client } = connect();
  client.send(get('/1') + get('/2'));
  await clock.advance(0);
  exchanges[0]?.answer(200, [], 'one');
  await clock.advance(0);
  const [one, two] = exchanges as [Exchange, Exchange];
  expect(() => one.answer(200, [], 'again')).toThrow(AnswerOrderError);
  expect(() => one.write('again')).toThrow(AnswerOrderError);
  expect(() => one.sendHead(200, [])).toThrow(AnswerOrderError);
  expect(() => one.end()).toThrow(AnswerOrderError);
  expect(() => one.sendInformation(103, [])).toThrow(AnswerOrderError);
  one.destroy();
  expect(two.headSent).toBe(false);
  two.answer(200, [], 'two');
  expect((await client.answers(2)).map(({ text }) => text)).toEqual(['one', 'two']);
});

test('observers that throw decide nothing', async () => {
  const options: ServerOptions = { onError: boom, onRefused: boom };
  const { connect, server } = await startServer(
    (exchange) => (exchange.target === '/' ? boom() : exchange.answer(200, [], 'x')),
    options,
  );
  const client = (await connect()).send(`${get()}${get('/x')}GET / HTTP/3.0\r\n\r\n`);
  expect((await client.answers(3)).map(({ status }) => status)).toEqual([500, 200, 505]);
  expect(await client.ended()).toBe('');
  expect(server.stats()).toMatchObject({
    requests: 2,
    inFlight: 0,
    refused: { VERSION_NOT_SPOKEN: 1 },
  });
});

test.each(['onSettled', 'onDrain', 'onClientLeft'] as const)(
  'a listener of %s that throws is reported as an error of its handler, and harms nobody',
  async (name) => {
    const errors: unknown[] = [];
    const told = gate();
    const { connect, server } = await startServer(
      (exchange) => {
        if (exchange.target !== '/') return exchange.answer(200, [], 'x');
        if (name === 'onDrain') {
          exchange.sendHead(200, []);
          while (exchange.write(Buffer.alloc(1_000_000)));
        }
        exchange[name](boom);
        if (name === 'onSettled') setImmediate(() => exchange.answer(200, [], 'x'));
      },
      {
        onError(error) {
          errors.push(error);
          told.open();
        },
      },
    );
    const client = (await connect()).pause().send(get());
    if (name === 'onClientLeft') client.reset();
    else client.resume();
    await told.opened;
    expect(String(errors[0])).toBe('Error: boom');
    const other = (await connect()).send(get('/x'));
    expect((await other.answer()).text).toBe('x');
    client.socket.destroy();
    while (server.stats().connections > 1)
      await new Promise<void>((resolve) => setImmediate(resolve));
    expect(server.stats().inFlight).toBe(0);
  },
);

test('what a handler gives back is of no interest unless it is a promise', async () => {
  const { connect } = await startServer(((exchange: Exchange) => {
    exchange.answer(200, [], 'x');
    return 42;
  }) as unknown as Handler);
  expect((await (await connect()).send(get()).answer()).text).toBe('x');
});

test.each<[string, unknown]>([
  ['maxConnections', 0],
  ['maxConnections', '5'],
  ['maxRequestsPerConnection', 0],
  ['headTimeoutMs', 0],
  ['bodyIdleTimeoutMs', -1],
  ['minBodyBytesPerSecond', 1.5],
  ['keepAliveMs', Number.NaN],
  ['writeTimeoutMs', 0],
  ['lingerMs', -1],
  ['maxBodyBytes', -1],
  ['maxHeadBytes', 10],
  ['maxHeaders', 0],
  ['maxLineBytes', 1],
  ['maxExtensionBytes', -1],
])('%s: %j is refused when the server is made', (name, value) => {
  expect(() => createServer(() => {}, { [name]: value })).toThrow(`Expected \`${name}\` to be`);
});

test('a server without a handler is refused', () => {
  expect(() => createServer(undefined as unknown as Handler)).toThrow(
    'Expected `handler` to be a function, got undefined.',
  );
});

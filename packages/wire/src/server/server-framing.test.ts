/** How answers are framed, and what of their headers is sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connectRaw, get } from '../../test-kit/raw-client.ts';
import { gate, startServer } from '../../test-kit/running-server.ts';
import { AnswerOrderError, BodyLengthError, InvalidHeaderError } from '../errors.ts';
import type { Exchange, Handler } from '../exchange/exchange.ts';
import { createServer } from './server.ts';

/** What a handler gets as an error, which does not leave it. */
function caught(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

async function answerOf(handler: Handler, request: string = get()) {
  const { connect } = await startServer(handler);
  return (await connect()).send(request).answer();
}

describe('framing', () => {
  test.each([
    ['a text', 'four', '4'],
    ['a text that is no ASCII', 'Grüße, 世界 🎉', '20'],
    ['a text of Latin letters alone', 'äöü', '6'],
    ['bytes', Buffer.from([0, 255, 13, 10]), '4'],
    ['a plain array of bytes', new Uint8Array([1, 2, 3]), '3'],
    ['nothing', '', '0'],
    ['no bytes', Buffer.alloc(0), '0'],
  ])('a whole answer with %s has its length', async (_, body, length) => {
    const answer = await answerOf((exchange) => exchange.answer(200, ['A', 'b'], body));
    expect(answer.framing).toBe('length');
    expect(answer.header('content-length')).toBe(length);
    expect(answer.body.equals(typeof body === 'string' ? Buffer.from(body) : body)).toBe(true);
    expect(answer.header('transfer-encoding')).toBeUndefined();
  });

  test('a length in the headers of a whole answer is made anew', async () => {
    const answer = await answerOf((exchange) => {
      exchange.answer(200, ['CONTENT-length', '999'], 'four');
    });
    expect(answer.all('content-length')).toEqual(['4']);
  });

  test('what is streamed is chunked, chunk by chunk', async () => {
    const answer = await answerOf((exchange) => {
      exchange.sendHead(200, []);
      exchange.write('');
      exchange.write('äö');
      exchange.write(new Uint8Array(300));
      exchange.write(Buffer.alloc(0));
      exchange.end('end');
    });
    expect(answer.chunkSizes).toEqual(['4', '12c', '3']);
    expect(answer.header('transfer-encoding')).toBe('chunked');
    expect(answer.header('content-length')).toBeUndefined();
    expect(answer.text.startsWith('äö\0')).toBe(true);
  });

  test.each([true, false])('an empty stream is an empty body (waits: %s)', async (waits) => {
    const answer = await answerOf(async (exchange) => {
      exchange.sendHead(200, []);
      if (waits) await Promise.resolve();
      exchange.end();
    });
    expect([answer.framing, answer.text]).toEqual(['chunked', '']);
  });

  test('what is streamed with a length is sent as it is', async () => {
    const answer = await answerOf((exchange) => {
      exchange.sendHead(200, ['Content-Length', '10']);
      exchange.write('01234');
      exchange.write('567');
      exchange.end('89');
    });
    expect([answer.framing, answer.text]).toEqual(['length', '0123456789']);
    expect(answer.all('content-length')).toEqual(['10']);
  });

  test('trailers follow a chunked body, and no other', async () => {
    const trailers = ['X-Sum', 'abc', 'Trailer', 'no', 'Content-Length', '4'];
    const handler: Handler = (exchange) => {
      exchange.sendHead(200, exchange.target === '/length' ? ['Content-Length', '4'] : []);
      exchange.end('four', trailers);
    };
    const chunked = await answerOf(handler);
    expect([chunked.text, chunked.trailers]).toEqual(['four', ['X-Sum', 'abc']]);
    const counted = await answerOf(handler, get('/length'));
    expect([counted.text, counted.framing, counted.trailers]).toEqual(['four', 'length', []]);
    const old = await answerOf(handler, 'GET / HTTP/1.0\r\n\r\n');
    expect([old.text, old.framing]).toEqual(['four', 'close']);
  });

  test('a trailer that would break the message is refused, and the answer can still be ended', async () => {
    const errors: unknown[] = [];
    const answer = await answerOf((exchange) => {
      exchange.sendHead(200, []);
      errors.push(caught(() => exchange.end('', ['X', 'a\r\nb'])));
      exchange.end('fine');
    });
    expect(errors[0]).toBeInstanceOf(InvalidHeaderError);
    expect(answer.text).toBe('fine');
  });
});

describe('more or fewer bytes than promised', () => {
  test('too many are refused, and none of them is sent', async () => {
    const errors: unknown[] = [];
    const answer = await answerOf((exchange) => {
      exchange.sendHead(200, ['Content-Length', '4']);
      exchange.write('012');
      errors.push(caught(() => exchange.write('34')));
      errors.push(caught(() => exchange.end('34')));
      exchange.end('3');
    });
    expect(answer.text).toBe('0123');
    expect(errors.map(String)).toEqual([
      'BodyLengthError: Expected a body of 4 bytes as its head says, got 5 or more.',
      'BodyLengthError: Expected a body of 4 bytes as its head says, got 5 or more.',
    ]);
  });

  test.each([
    ['too many', (exchange: Exchange) => void exchange.write('01234')],
    ['too few', (exchange: Exchange) => exchange.end('012')],
  ])('%s that a handler lets out of its hands break the connection', async (_, write) => {
    const errors: unknown[] = [];
    const { connect, server } = await startServer(
      (exchange) => {
        exchange.sendHead(200, ['Content-Length', '4']);
        write(exchange);
      },
      { onError: (error) => void errors.push(error) },
    );
    const client = (await connect()).send(get() + get());
    const text = await client.closed();
    expect(text.split('\r\n\r\n')[1] ?? '').not.toHaveLength(4);
    expect(text.split('HTTP/1.1')).not.toHaveLength(3);
    expect(errors[0]).toBeInstanceOf(BodyLengthError);
    expect(server.stats()).toMatchObject({ requests: 1, inFlight: 0 });
  });

  test('a break in a body of unknown length to HTTP/1.0 is a reset, as an end would be the end of the body', async () => {
    const may = gate();
    const { connect } = await startServer(async (exchange) => {
      exchange.sendHead(200, []);
      exchange.write('half of it');
      await may.opened;
      exchange.destroy();
    });
    const client = (await connect()).send('GET / HTTP/1.0\r\n\r\n');
    await client.has('half of it');
    may.open();
    await client.closed();
    expect(client.hasEnded).toBe(false);
    expect(client.errorCode).toBe('ECONNRESET');
  });

  test('a break in such a body on a Unix socket, which knows no reset', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wire-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const errors: unknown[] = [];
    const settled = gate();
    const server = createServer((exchange) => {
      exchange.onSettled(() => settled.open());
      exchange.sendHead(200, []);
      exchange.write('half of it');
      errors.push(caught(() => exchange.destroy()));
    });
    onTestFinished(async () => void (await server.close({ graceMs: 0 })));
    await server.listen({ path: join(folder, 'x.sock') });
    const client = await connectRaw({ path: join(folder, 'x.sock') });
    client.send('GET / HTTP/1.0\r\n\r\n');
    await client.closed();
    await settled.opened;
    expect(errors).toEqual([undefined]);
    expect(server.stats()).toMatchObject({ inFlight: 0, clientsLeft: 0 });
  });

  test.each([
    ['chunks', []],
    ['a length', ['Content-Length', '100']],
  ])(
    'a break in a body with %s: what was sent arrives, and its end does not',
    async (_, headers) => {
      const { connect } = await startServer((exchange) => {
        exchange.sendHead(200, headers);
        exchange.write('half of it');
        exchange.destroy();
      });
      const client = (await connect()).send(get());
      expect(await client.closed()).toContain('half of it');
      await expect(client.answer()).rejects.toThrow('without a whole answer');
    },
  );

  test('a break before anything was said closes the connection without a word', async () => {
    const { connect } = await startServer((exchange) => exchange.destroy());
    const client = (await connect()).send(get());
    expect(await client.closed()).toBe('');
  });
});

test('an answer has one head and one end', async () => {
  const errors: unknown[] = [];
  const { connect, server } = await startServer((exchange) => {
    errors.push(
      caught(() => exchange.write('x')),
      caught(() => exchange.end()),
    );
    exchange.sendHead(200, []);
    errors.push(
      caught(() => exchange.sendHead(200, [])),
      caught(() => exchange.answer(200, [])),
      caught(() => exchange.sendInformation(103, [])),
    );
    exchange.end('x');
    errors.push(
      caught(() => exchange.write('x')),
      caught(() => exchange.end()),
      caught(() => exchange.answer(200, [])),
      caught(() => exchange.sendHead(200, [])),
    );
  });
  const client = (await connect()).send(get() + get());
  expect((await client.answers(2)).map(({ text }) => text)).toEqual(['x', 'x']);
  expect(errors).toHaveLength(18);
  expect(errors.filter((error) => error instanceof AnswerOrderError)).toHaveLength(18);
  expect(server.stats()).toMatchObject({ requests: 2, inFlight: 0 });
});

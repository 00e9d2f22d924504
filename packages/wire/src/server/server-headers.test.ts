/** Which headers of an answer are sent, and which of them could break it. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { get } from '../../test-kit/raw-client.ts';
import type { RawAnswer } from '../../test-kit/raw-answer.ts';
import { memoryServer, startServer } from '../../test-kit/running-server.ts';
import { InvalidHeaderError } from '../errors.ts';
import type { Handler } from '../exchange/exchange.ts';

/** What a handler gets as an error, which does not leave it. */
function caught(run: () => void): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Names and values in turn, from lines. */
const pairsOf = (lines: string): string[] => lines.split('|').flatMap((line) => line.split(': '));

async function answerOf(handler: Handler): Promise<RawAnswer> {
  const { connect } = await startServer(handler);
  return (await connect()).send(get()).answer();
}

test('those of a single connection are left out, all others kept in order and as they are written', async () => {
  const answer = await answerOf((exchange) => {
    const own = 'X-First: 1|connection: x-first, keep-alive|Keep-Alive: timeout=9|TE: trailers';
    const more = 'Transfer-Encoding: gzip|Trailer: x|Upgrade: h2c|Proxy-Connection: close';
    exchange.answer(200, pairsOf(`${own}|${more}|HTTP2-Settings: x|x-LAST:  padded `));
  });
  const date = answer.header('date') ?? '';
  const ours = 'Connection: keep-alive|Keep-Alive: timeout=65|Content-Length: 0';
  expect(answer.rawHeaders).toEqual(pairsOf(`X-First: 1|x-LAST: padded|Date: ${date}|${ours}`));
});

test('cookies are set apart', async () => {
  const answer = await answerOf((exchange) => {
    exchange.answer(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2, c', 'set-cookie', 'd=3']);
  });
  expect(answer.all('set-cookie')).toEqual(['a=1', 'b=2, c', 'd=3']);
});

test('Latin letters go as single bytes', async () => {
  const answer = await answerOf((exchange) => exchange.answer(200, ['X', 'gr\xfc\xdfe'], 'ü'));
  expect(answer.header('x')).toBe('gr\xfc\xdfe');
  expect(answer.text).toBe('ü');
});

test("the date is the clock's, made once a second, and left alone where there is one", async () => {
  const clock = fakeClock({ wallMs: Date.UTC(2024, 1, 29, 23, 59, 58, 700) });
  const { connect } = memoryServer(
    (exchange) => {
      exchange.answer(200, exchange.target === '/own' ? ['DATE', 'own'] : []);
    },
    { clock },
  );
  const { client } = connect();
  const dates: unknown[] = [];
  for (const ms of [0, 299, 1, 1000]) {
    await clock.advance(ms);
    client.send(get());
    dates.push((await client.answer()).header('date'));
  }
  expect(dates).toEqual([
    'Thu, 29 Feb 2024 23:59:58 GMT',
    'Thu, 29 Feb 2024 23:59:58 GMT',
    'Thu, 29 Feb 2024 23:59:59 GMT',
    'Fri, 01 Mar 2024 00:00:00 GMT',
  ]);
  client.send(get('/own'));
  expect((await client.answer()).all('date')).toEqual(['own']);
});

test.each([
  ['X', 'a\r\nSet-Cookie: evil=1'],
  ['X', 'a\nb'],
  ['X', 'a\0b'],
  ['X', 'a\rb'],
  ['X', '世'],
  ['X\r\nY', 'a'],
  ['X Y', 'a'],
  ['X:', 'a'],
  ['', 'a'],
  ['Content-Length', '-1'],
  ['Content-Length', '1, 1'],
  ['Connection', 'close\r\nX: y'],
])('%j: %j is refused wherever it is given, and nothing is sent', async (name, value) => {
  const errors: unknown[] = [];
  const { clock, connect } = memoryServer((exchange) => {
    errors.push(caught(() => exchange.sendInformation(103, [name, value])));
    errors.push(caught(() => exchange.sendHead(200, [name, value])));
    errors.push(caught(() => exchange.answer(200, ['A', 'b', name, value], 'x')));
    expect(exchange.headSent).toBe(false);
  });
  const { client, wire } = connect();
  client.send(get());
  await clock.advance(0);
  expect(errors.map((error) => error instanceof InvalidHeaderError)).toEqual([true, true, true]);
  expect(wire.written).toBe('');
});

test.each([0, 99, 100, 101, 199, 1000, 200.5, '200'])('%j is no status', async (status) => {
  const errors: unknown[] = [];
  const answer = await answerOf((exchange) => {
    errors.push(caught(() => exchange.answer(status as number, [])));
    errors.push(caught(() => exchange.sendHead(status as number, [])));
    exchange.answer(299, []);
  });
  expect(errors.map((error) => error instanceof RangeError)).toEqual([true, true]);
  expect(answer.head).toMatch(/^HTTP\/1\.1 299 \w+\r\n/);
});

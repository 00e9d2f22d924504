/** What an exchange owes to an answer that is given bit by bit, and to one without a body. */
import { expect, test } from 'vitest';
import { AnswerOrderError, BodyLengthError } from '../../src/errors.ts';
import { gate } from '../running-server.ts';
import { type Start, MEGABYTE, PLAIN, stillness } from './subject.ts';

/** Answers that are given bit by bit. */
export function streamedAnswers(start: Start): void {
  test('an answer is sent bit by bit', async () => {
    const ready = gate();
    const { client } = await start(async (exchange) => {
      exchange.sendHead(200, PLAIN);
      exchange.write('one ');
      exchange.write(Buffer.from('two '));
      await ready.opened;
      exchange.write('');
      exchange.end('three');
    });
    const asked = client.ask();
    expect(await asked.status).toBe(200);
    ready.open();
    const { text, headers, isWhole } = await asked.reply;
    expect({ text, isWhole }).toEqual({ text: 'one two three', isWhole: true });
    expect(headers).not.toHaveProperty('content-length');
  });

  test('a head alone leaves at the end of the turn', async () => {
    const ready = gate();
    const { client } = await start(async (exchange) => {
      exchange.sendHead(200, []);
      await ready.opened;
      exchange.end();
    });
    const asked = client.ask();
    expect(await asked.status).toBe(200);
    ready.open();
    expect(await asked.reply).toMatchObject({ text: '', isWhole: true });
  });

  test.each([[], ['Content-Length', '3']])(
    'a whole stream in one turn, headers %j %j',
    async (...headers) => {
      const { client } = await start((exchange) => {
        exchange.sendHead(200, headers);
        exchange.end('abc');
      });
      const reply = await client.ask().reply;
      expect(reply).toMatchObject({ text: 'abc', isWhole: true });
      expect(reply.headers['content-length']).toBe(headers[1]);
    },
  );

  test('no more and no fewer bytes leave than the head has promised', async () => {
    const errors: unknown[] = [];
    const { client } = await start((exchange) => {
      exchange.sendHead(200, ['Content-Length', '4']);
      exchange.write('ab');
      for (const wrong of [
        () => exchange.write('cde'),
        () => exchange.end('cde'),
        () => exchange.end('c'),
        () => exchange.end(),
      ]) {
        try {
          wrong();
        } catch (error) {
          errors.push(error);
        }
      }
      exchange.end('cd');
    });
    expect(await client.ask().reply).toMatchObject({ text: 'abcd', isWhole: true });
    expect(errors).toHaveLength(4);
    for (const error of errors) expect(error).toBeInstanceOf(BodyLengthError);
  });

  test('trailers follow a body whose length was not known', async () => {
    const { client } = await start((exchange) => {
      const length = exchange.target === '/counted' ? ['Content-Length', '5'] : [];
      exchange.sendHead(200, length);
      exchange.write('bo');
      exchange.end('dy!', ['X-Sum', '42']);
    });
    const reply = await client.ask().reply;
    expect(reply).toMatchObject({ text: 'body!', isWhole: true, trailers: { 'x-sum': '42' } });
    const counted = await client.ask({ target: '/counted' }).reply;
    expect(counted).toMatchObject({ text: 'body!', isWhole: true, trailers: {} });
  });

  test('interim answers come before the final one', async () => {
    const { client } = await start((exchange) => {
      exchange.sendInformation(103, ['Link', '</a.css>; rel=preload']);
      exchange.sendInformation(102, []);
      exchange.answer(200, [], 'done');
      expect(() => exchange.sendInformation(103, [])).toThrow(AnswerOrderError);
    });
    const asked = client.ask();
    expect(await asked.reply).toMatchObject({ status: 200, text: 'done' });
    expect(asked.informed).toEqual([103, 102]);
  });

  test('a slow client makes the handler wait, and gets everything', async () => {
    const stuck = gate();
    let written = 0;
    const { client } = await start((exchange) => {
      exchange.sendHead(200, []);
      const more = (): void => {
        while (written < 24) {
          written++;
          if (!exchange.write(MEGABYTE)) {
            stuck.open();
            return exchange.onDrain(more);
          }
        }
        exchange.end();
      };
      more();
    });
    const asked = client.ask();
    asked.pause();
    await stuck.opened;
    await stillness(() => written);
    // Whatever the system takes, it does not take all of it.
    expect(written).toBeLessThan(24);
    asked.resume();
    const { body, isWhole } = await asked.reply;
    expect({ length: body.length, isWhole }).toEqual({
      length: 24 * MEGABYTE.length,
      isWhole: true,
    });
  });
}

/** Answers that have no body. */
export function bodilessAnswers(start: Start): void {
  test.each([
    ['HEAD', 200, '7'],
    ['GET', 204, undefined],
    ['GET', 304, '7'],
  ])('%s with %i has no body, whatever is given', async (method, status, length) => {
    const { client } = await start((exchange) => {
      const streams = exchange.target === '/stream';
      if (!streams) return exchange.answer(status, PLAIN, 'sevenby');
      exchange.sendHead(status, [...PLAIN, 'Content-Length', '7']);
      exchange.write('seven');
      exchange.end('by');
    });
    for (const target of ['/', '/stream', '/']) {
      const reply = await client.ask({ method, target }).reply;
      expect(reply).toMatchObject({ status, text: '', isWhole: true });
      expect(reply.headers['content-length']).toBe(length);
    }
  });

  test('a head that waits for its end leaves, and the exchange goes on', async () => {
    const ready = gate();
    const settled = gate();
    const { client, server } = await start(async (exchange) => {
      exchange.onSettled(() => settled.open());
      exchange.sendHead(200, []);
      await ready.opened;
      exchange.end('x');
    });
    const asked = client.ask({ method: 'HEAD' });
    expect(await asked.status).toBe(200);
    expect(server.stats().inFlight).toBe(1);
    ready.open();
    await settled.opened;
    expect(await asked.reply).toMatchObject({ text: '', isWhole: true });
    expect(server.stats()).toMatchObject({ inFlight: 0, clientsLeft: 0 });
  });

  test('HEAD keeps the length that the headers give', async () => {
    const { client } = await start((exchange) => exchange.answer(200, ['Content-Length', '123']));
    const { headers } = await client.ask({ method: 'HEAD' }).reply;
    expect(headers['content-length']).toBe('123');
  });
}

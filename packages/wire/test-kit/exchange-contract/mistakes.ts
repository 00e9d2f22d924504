/** What an exchange owes to a handler that fails, or does what makes no sense. */
import { expect, test } from 'vitest';
import { AnswerOrderError, InvalidHeaderError, RefusedMessageError } from '../../src/errors.ts';
import type { Handler } from '../../src/exchange/exchange.ts';
import { gate } from '../running-server.ts';
import type { Start } from './subject.ts';

/** Handlers that fail. */
export function failingHandlers(start: Start): void {
  const told: unknown[] = [];
  const onError = (error: unknown): void => void told.push(error);

  test.each([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])('a handler that %s is a 500 that tells nothing', async (_, handler: Handler) => {
    told.length = 0;
    const { client, server } = await start(handler, { onError });
    const reply = await client.ask().reply;
    expect(reply).toMatchObject({ status: 500, isWhole: true });
    expect(reply.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(reply.text)).toMatchObject({ status: 500, code: 'INTERNAL_ERROR' });
    expect(reply.text).not.toContain('secret');
    expect(told).toEqual([new Error('secret')]);
    expect(server.stats()).toMatchObject({ inFlight: 0, requests: 1 });
  });

  test('what a refusal says stands', async () => {
    const { client } = await start(() => {
      throw new RefusedMessageError('BODY_TOO_LARGE');
    });
    const reply = await client.ask().reply;
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.text)).toMatchObject({ code: 'BODY_TOO_LARGE' });
  });

  test('a handler that fails in the middle of its answer breaks it', async () => {
    const { client } = await start(
      (exchange) => {
        exchange.sendHead(200, []);
        exchange.write('some');
        throw new Error('late');
      },
      { onError },
    );
    expect((await client.ask().reply).isWhole).toBe(false);
  });

  test('a handler that fails behind its answer changes nothing', async () => {
    const { client } = await start(
      (exchange) => {
        exchange.answer(200, [], 'fine');
        throw new Error('late');
      },
      { onError },
    );
    expect(await client.ask().reply).toMatchObject({ status: 200, text: 'fine', isWhole: true });
  });
}

/** Handlers that do what makes no sense. */
export function misuse(start: Start): void {
  test('an answer has one head, and nothing behind its end', async () => {
    const settled = gate();
    const { client } = await start((exchange) => {
      exchange.onSettled(() => settled.open());
      expect(() => exchange.write('x')).toThrow(AnswerOrderError);
      expect(() => exchange.end()).toThrow(AnswerOrderError);
      expect(() => exchange.takeOver()).toThrow(AnswerOrderError);
      exchange.sendHead(200, []);
      expect(() => exchange.sendHead(200, [])).toThrow(AnswerOrderError);
      expect(() => exchange.answer(200, [])).toThrow(AnswerOrderError);
      expect(() => exchange.sendInformation(103, [])).toThrow(AnswerOrderError);
      exchange.end('once');
      for (const late of [
        () => exchange.answer(200, []),
        () => exchange.sendHead(200, []),
        () => exchange.write('x'),
        () => exchange.end(),
      ]) {
        expect(late).toThrow(AnswerOrderError);
      }
    });
    expect(await client.ask().reply).toMatchObject({ status: 200, text: 'once', isWhole: true });
    await settled.opened;
  });

  test('headers that could not be sent are refused, and nothing is', async () => {
    const { client } = await start((exchange) => {
      for (const wrong of [
        ['a b', 'c'],
        ['', 'c'],
        [':status', '200'],
        ['x', 'a\r\nb: c'],
        ['x', 'a\nb'],
        ['x', '\0'],
        ['x', '€'],
        ['content-length', '1x'],
        ['content-length', '9007199254740992'],
        ['content-length', '1', 'Content-Length', '2'],
        ['x', undefined as unknown as string],
        [undefined as unknown as string, 'x'],
      ]) {
        expect(() => exchange.answer(200, wrong)).toThrow(InvalidHeaderError);
        expect(() => exchange.sendHead(200, wrong)).toThrow(InvalidHeaderError);
        expect(() => exchange.sendInformation(103, wrong)).toThrow(InvalidHeaderError);
      }
      for (const status of [101, 199, 600, 1000, 200.5, Number.NaN]) {
        expect(() => exchange.answer(status, [])).toThrow(RangeError);
        expect(() => exchange.sendHead(status, [])).toThrow(RangeError);
      }
      for (const status of [101, 200, 99]) {
        expect(() => exchange.sendInformation(status, [])).toThrow(RangeError);
      }
      expect(exchange.headSent).toBe(false);
      exchange.answer(200, ['X', '\xe9 \t~'], 'right');
    });
    const asked = client.ask();
    const reply = await asked.reply;
    expect(reply).toMatchObject({ status: 200, text: 'right' });
    expect(reply.headers['x']).toBe('\xe9 \t~');
    expect(asked.informed).toEqual([]);
  });

  test('trailers that could not be sent are refused', async () => {
    const { client } = await start((exchange) => {
      exchange.sendHead(200, []);
      expect(() => exchange.end('', ['x', 'a\r\nb'])).toThrow(InvalidHeaderError);
      exchange.end('fine', ['x', 'y']);
    });
    expect(await client.ask().reply).toMatchObject({ text: 'fine', trailers: { x: 'y' } });
  });
}

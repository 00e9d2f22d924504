/** What an exchange owes to the body of a request, and to whoever reads it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { BodyUsedError, RefusedMessageError } from '../../src/errors.ts';
import { gate } from '../running-server.ts';
import { type Start, MEGABYTE, patterned, stillness } from './subject.ts';

/** Bodies of requests, and those who read them. */
export function bodies(start: Start): void {
  test('a body is read as bytes, as text, piece by piece, or pushed', async () => {
    const { client } = await start(async (exchange) => {
      const { body } = exchange;
      if (!body) return exchange.answer(400, [], 'no body');
      const pieces: Buffer[] = [];
      if (exchange.target === '/bytes') pieces.push(await body.bytes());
      else if (exchange.target === '/text') pieces.push(Buffer.from(await body.text()));
      else if (exchange.target === '/iterate') {
        for await (const piece of body) pieces.push(Buffer.from(piece));
      } else {
        await new Promise<void>((resolve, reject) => {
          body.readInto({
            chunk: (bytes) => {
              pieces.push(Buffer.from(bytes));
              setImmediate(() => body.resume());
              return false;
            },
            end: () => resolve(),
            fail: reject,
          });
        });
      }
      const whole = Buffer.concat(pieces);
      exchange.answer(200, ['X-Length', String(body.length)], whole);
    });
    const sent = Buffer.alloc(270_000, 'grüße, ');
    for (const target of ['/bytes', '/text', '/iterate', '/push']) {
      const reply = await client.ask({ method: 'POST', target, body: sent }).reply;
      expect(reply).toMatchObject({ status: 200, isWhole: true });
      expect(reply.headers['x-length']).toBe('270000');
      expect(reply.body.equals(sent)).toBe(true);
    }
  });

  test('a body of unknown length has its trailers behind it', async () => {
    const { client } = await start(async (exchange) => {
      const text = await exchange.body?.text();
      const { length, trailers } = exchange.body ?? {};
      exchange.answer(200, [], JSON.stringify({ text, length: length ?? null, trailers }));
    });
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('one ');
    asked.write('two');
    asked.end({ 'x-sum': '7' });
    const { text } = await asked.reply;
    const { trailers, ...rest } = JSON.parse(text) as { trailers: string[] };
    expect(rest).toEqual({ text: 'one two', length: null });
    expect(trailers.map((part) => part.toLowerCase())).toEqual(['x-sum', '7']);
  });

  test('an open body that stays empty is one, and a request without any has none', async () => {
    const { client } = await start(async (exchange) => {
      exchange.answer(200, [], exchange.body ? `[${await exchange.body.text()}]` : 'none');
    });
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.end();
    expect((await asked.reply).text).toBe('[]');
    expect((await client.ask().reply).text).toBe('none');
  });

  test('a body that nobody reads is not taken, and does not end the connection of others', async () => {
    const { client, server } = await start((exchange) => exchange.answer(200, [], 'no thanks'));
    for (const body of ['small', Buffer.alloc(40_000)]) {
      expect((await client.ask({ method: 'POST', body }).reply).text).toBe('no thanks');
    }
    expect((await client.ask().reply).text).toBe('no thanks');
    expect(server.stats()).toMatchObject({ requests: 3, inFlight: 0 });
  });

  test('who still reads a body when the answer has ended is told so', async () => {
    const told: unknown[] = [];
    const { client, server } = await start(async (exchange) => {
      const reading = exchange.body?.text();
      exchange.answer(200, [], 'enough');
      await reading?.catch((error: unknown) => told.push(error));
    });
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('one');
    expect((await asked.reply).text).toBe('enough');
    asked.end();
    expect((await client.ask().reply).text).toBe('enough');
    expect(told).toMatchObject([{ code: 'ANSWER_ORDER' }]);
    expect(server.stats()).toMatchObject({ inFlight: 0 });
  });

  test.each([false, true])('a client is held up, its body begun: %s', async (isBegun) => {
    const asks = gate();
    let size = 0;
    let most = 0;
    const { client } = await start(
      async (exchange) => {
        const { body } = exchange;
        if (!body) return;
        const read = new Promise<void>((resolve, reject) => {
          const sink = {
            chunk: (bytes: Uint8Array) => {
              size += bytes.length;
              return most > 0;
            },
            end: () => resolve(),
            fail: reject,
          };
          if (isBegun) body.readInto(sink);
          else void asks.opened.then(() => body.readInto(sink));
        });
        await asks.opened;
        body.resume();
        await read;
        exchange.answer(200, [], String(size));
      },
      { maxBodyBytes: Infinity },
    );
    const asked = client.ask({ method: 'POST', isOpen: true });
    let sent = 0;
    const more = (): void => {
      while (sent < 24) {
        sent++;
        if (!asked.write(MEGABYTE)) return asked.onDrain(more);
      }
      asked.end();
    };
    more();
    await stillness(() => sent);
    // Whatever the system takes, it does not take all of it.
    most = sent;
    expect(most).toBeLessThan(24);
    asks.open();
    expect((await asked.reply).text).toBe(String(24 * MEGABYTE.length));
  });

  test('the client is told to go on only when someone wants the body', async () => {
    const asks = gate();
    const { client } = await start(async (exchange) => {
      await asks.opened;
      exchange.answer(200, [], await exchange.body?.text());
    });
    const headers = { expect: '100-continue', 'content-length': '5' };
    const asked = client.ask({ method: 'POST', headers, isOpen: true });
    let isContinued = false;
    void asked.continued.then(() => (isContinued = true));
    for (let turns = 0; turns < 20; turns++) await nextTurn();
    expect(isContinued).toBe(false);
    asks.open();
    await asked.continued;
    asked.write('hello');
    asked.end();
    expect(await asked.reply).toMatchObject({ status: 200, text: 'hello' });
  });

  test('a body comes only once', async () => {
    const { client } = await start(async (exchange) => {
      await exchange.body?.bytes();
      await expect(exchange.body?.text()).rejects.toBeInstanceOf(BodyUsedError);
      exchange.answer(200, [], 'once');
    });
    expect((await client.ask({ method: 'POST', body: 'x' }).reply).text).toBe('once');
  });

  test('a body is sent back as it comes', async () => {
    const { client } = await start((exchange) => {
      exchange.sendHead(200, []);
      if (exchange.body) exchange.splice(exchange.body);
    });
    const sent = Buffer.from(patterned(1_500_000));
    const { body, isWhole } = await client.ask({ method: 'POST', body: sent }).reply;
    expect(isWhole).toBe(true);
    expect(body.equals(sent)).toBe(true);
  });
}

/** Bodies that are too large. */
export function bodyLimits(start: Start): void {
  test('a body that says it is too large is refused before anyone is asked', async () => {
    const { client, server } = await start(() => expect.unreachable(), { maxBodyBytes: 10 });
    const reply = await client.ask({ method: 'POST', body: 'eleven byte' }).reply;
    expect(reply).toMatchObject({ status: 413, isWhole: true });
    expect(JSON.parse(reply.text)).toMatchObject({ status: 413, code: 'BODY_TOO_LARGE' });
    expect(server.stats()).toMatchObject({ requests: 0, refused: { BODY_TOO_LARGE: 1 } });
  });

  test('a body that turns out to be too large fails whoever reads it', async () => {
    const failed: unknown[] = [];
    const asks = gate();
    const { client, server } = await start(
      async (exchange) => {
        asks.open();
        await exchange.body?.bytes().catch((error: unknown) => {
          failed.push(error);
          throw error;
        });
        exchange.answer(200, []);
      },
      { maxBodyBytes: 10 },
    );
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('five+');
    await asks.opened;
    asked.write('eleven');
    const reply = await asked.reply;
    expect(reply.status).toBe(413);
    expect(JSON.parse(reply.text)).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(failed).toEqual([expect.any(RefusedMessageError)]);
    expect(server.stats().refused).toEqual({ BODY_TOO_LARGE: 1 });
  });

  test('who reads may take less than is let through', async () => {
    const { client } = await start(async (exchange) => {
      exchange.answer(200, [], await exchange.body?.text({ maxBytes: 4 }));
    });
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('12345');
    expect((await asked.reply).status).toBe(413);
  });
}

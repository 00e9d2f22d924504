/** What an exchange owes its handler and its client, whatever HTTP it speaks: one suite for all. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  AnswerOrderError,
  BodyLengthError,
  BodyUsedError,
  ClientLeftError,
  InvalidHeaderError,
  RefusedMessageError,
} from '../src/errors.ts';
import type { Exchange, Handler } from '../src/exchange.ts';
import type { ServerOptions } from '../src/server.ts';
import type { ContractClient } from './contract-client.ts';
import { gate, type RunningServer } from './running-server.ts';

/** A server with a client at it. */
export interface Contracted extends RunningServer {
  readonly client: ContractClient;
}

/** What is examined. */
export interface ContractSubject {
  readonly name: string;
  readonly version: '1.1' | '2.0';
  readonly isSecure: boolean;
  start(handler: Handler, options?: ServerOptions): Promise<Contracted>;
}

const PLAIN = ['Content-Type', 'text/plain'];
const MEGABYTE = Buffer.alloc(1024 * 1024, 'x');

const patterned = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => at % 251);

/** Examines one kind of exchange. */
export function exchangeContract(subject: ContractSubject): void {
  const { start } = subject;
  describe(subject.name, () => {
    wholeAnswers(subject);
    streamedAnswers(start);
    bodilessAnswers(start);
    bodies(start);
    bodyLimits(start);
    clientsThatLeave(start);
    brokenAnswers(start);
    failingHandlers(start);
    misuse(start);
    closing(start);
  });
}

type Start = ContractSubject['start'];

function wholeAnswers({ start, version, isSecure }: ContractSubject): void {
  test('an answer arrives with its status, its headers and its body', async () => {
    const { client, server } = await start((exchange) => {
      exchange.answer(201, [...PLAIN, 'X-Twice', 'a', 'X-Twice', 'b'], 'grüße');
    });
    const reply = await client.ask({ target: '/a?b=c' }).reply;
    expect(reply).toMatchObject({ status: 201, text: 'grüße', isWhole: true });
    expect(reply.headers).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '7',
      'x-twice': 'a, b',
    });
    expect(Date.parse(String(reply.headers['date']))).toBeGreaterThan(0);
    expect(server.stats()).toMatchObject({ requests: 1, inFlight: 0, clientsLeft: 0 });
  });

  test('the handler sees the request as it came', async () => {
    const seen: Exchange[] = [];
    const { client, port } = await start((exchange) => {
      seen.push(exchange);
      exchange.answer(200, []);
    });
    const headers = { 'x-one': '1', 'x-empty': '', cookie: 'a=b' };
    await client.ask({ target: '/path?q=%20', headers }).reply;
    const [exchange] = seen as [Exchange];
    expect(exchange).toMatchObject({
      method: 'GET',
      target: '/path?q=%20',
      version,
      secure: isSecure,
      body: null,
      upgrade: undefined,
    });
    expect(exchange.header('x-one')).toBe('1');
    expect(exchange.header('x-empty')).toBe('');
    expect(exchange.header('cookie')).toBe('a=b');
    expect(exchange.header('x-none')).toBeUndefined();
    expect(exchange.header('host')).toBe(`127.0.0.1:${port}`);
    expect(exchange.rawHeaders.filter((name) => name.startsWith(':'))).toEqual([]);
    expect(exchange.peer.address).toBe('127.0.0.1');
    expect(exchange.peer.port).toBeGreaterThan(0);
    expect(exchange.local).toEqual({ address: '127.0.0.1', port });
  });

  test('cookies that are set are kept apart', async () => {
    const { client } = await start((exchange) => {
      exchange.answer(200, ['Set-Cookie', 'a=1, b', 'set-cookie', 'c=2']);
    });
    const { headers } = await client.ask().reply;
    expect(headers['set-cookie']).toEqual(['a=1, b', 'c=2']);
  });

  test('headers of a single connection are left out, and a date that is given is kept', async () => {
    const { client } = await start((exchange) => {
      const hop = ['Keep-Alive', 'timeout=1', 'TE', 'x', 'Upgrade', 'y', 'Transfer-Encoding', 'z'];
      const more = ['Proxy-Connection', 'w', 'Date', 'Thu, 01 Jan 1970 00:00:00 GMT'];
      exchange.answer(200, [...hop, ...more], 'ok');
    });
    const { headers, text } = await client.ask().reply;
    expect(text).toBe('ok');
    expect(headers['date']).toBe('Thu, 01 Jan 1970 00:00:00 GMT');
    for (const name of ['te', 'upgrade', 'transfer-encoding', 'proxy-connection']) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(headers['keep-alive']).not.toBe('timeout=1');
  });

  test('bytes of any size and kind arrive as they are', async () => {
    const { client } = await start((exchange) => {
      const size = Number(exchange.target.slice(1));
      exchange.answer(200, [], patterned(size));
    });
    for (const size of [0, 1, 16_383, 16_384, 65_535, 65_536, 65_537, 1_000_000]) {
      const { body, headers, isWhole } = await client.ask({ target: `/${size}` }).reply;
      expect(isWhole).toBe(true);
      expect(headers['content-length']).toBe(String(size));
      expect(body.equals(Buffer.from(patterned(size)))).toBe(true);
    }
  });

  test('what is settled is told when the answer is out', async () => {
    const settled = gate<readonly unknown[]>();
    const { client } = await start((exchange) => {
      exchange.onSettled(() => {
        settled.open([exchange.clientLeft, exchange.signal.aborted, exchange.sentBytes]);
      });
      exchange.answer(200, [], 'abc');
      expect(exchange.headSent).toBe(true);
    });
    await client.ask().reply;
    expect(await settled.opened).toEqual([false, false, 3]);
  });
}

function streamedAnswers(start: Start): void {
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
    for (let turns = 0; turns < 200; turns++) await nextTurn();
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

function bodilessAnswers(start: Start): void {
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

function bodies(start: Start): void {
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

  test('a client is held up while its body is not wanted', async () => {
    const asks = gate();
    const { client } = await start(
      async (exchange) => {
        await asks.opened;
        let size = 0;
        for await (const piece of exchange.body ?? []) size += piece.length;
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
    for (let turns = 0; turns < 200; turns++) await nextTurn();
    expect(sent).toBeLessThan(24);
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

function bodyLimits(start: Start): void {
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

function clientsThatLeave(start: Start): void {
  test('a client that leaves before the answer is noticed at once', async () => {
    const arrived = gate<Exchange>();
    const left = gate<number>();
    const { client, server } = await start((exchange) => {
      exchange.onClientLeft(() => left.open(performance.now()));
      arrived.open(exchange);
    });
    const asked = client.ask();
    const exchange = await arrived.opened;
    const { signal } = exchange;
    const sinceMs = performance.now();
    asked.leave();
    // Bounded by far more than it takes, as the machine may be busy.
    expect((await left.opened) - sinceMs).toBeLessThan(500);
    expect(exchange.clientLeft).toBe(true);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toBeInstanceOf(ClientLeftError);
    expect(exchange.signal).toBe(signal);
    expect(exchange.headSent).toBe(false);
    let isTold = false;
    exchange.onClientLeft(() => (isTold = true));
    expect(isTold).toBe(true);
    // Nobody is there to hear it, and nobody has done wrong.
    exchange.answer(200, [], 'late');
    exchange.sendInformation(103, []);
    exchange.end();
    expect(exchange.write('x')).toBe(true);
    exchange.destroy();
    expect(server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
  });

  test('a client that leaves in the middle of an answer is noticed', async () => {
    const left = gate();
    const settled = gate();
    const { client, server } = await start((exchange) => {
      exchange.onClientLeft(() => left.open());
      exchange.onSettled(() => settled.open());
      exchange.sendHead(200, []);
      const more = (): void => {
        while (!exchange.clientLeft && exchange.write(MEGABYTE));
        if (!exchange.clientLeft) exchange.onDrain(more);
      };
      more();
    });
    const asked = client.ask();
    await asked.status;
    asked.leave();
    await left.opened;
    await settled.opened;
    expect(server.stats()).toMatchObject({ clientsLeft: 1, inFlight: 0 });
  });

  test('a client that leaves in the middle of its body fails whoever reads it', async () => {
    const failed = gate<unknown>();
    const begun = gate();
    const settled = gate();
    const { client, server } = await start(async (exchange) => {
      exchange.onSettled(() => settled.open());
      try {
        for await (const piece of exchange.body ?? []) if (piece.length) begun.open();
      } catch (error) {
        failed.open(error);
      }
    });
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('some');
    await begun.opened;
    asked.leave();
    expect(await failed.opened).toBeInstanceOf(ClientLeftError);
    await settled.opened;
    expect(server.stats()).toMatchObject({ inFlight: 0 });
  });
}

function brokenAnswers(start: Start): void {
  test.each([
    ['before the head', () => {}],
    ['behind the head', (exchange: Exchange) => exchange.sendHead(200, [])],
    [
      'in the middle of a body of unknown length',
      (exchange: Exchange) => {
        exchange.sendHead(200, []);
        exchange.write('some of');
      },
    ],
    [
      'in the middle of a body of known length',
      (exchange: Exchange) => {
        exchange.sendHead(200, ['Content-Length', '100']);
        exchange.write('some of');
      },
    ],
    [
      'in the middle of much',
      (exchange: Exchange) => {
        exchange.sendHead(200, []);
        exchange.write(MEGABYTE);
      },
    ],
  ])('what is broken off %s never looks whole', async (_, begin) => {
    for (const wait of [() => {}, () => Promise.resolve(), nextTurn]) {
      const settled = gate();
      const { client, server } = await start(async (exchange) => {
        exchange.onSettled(() => settled.open());
        begin(exchange);
        await wait();
        exchange.destroy();
        exchange.destroy();
        exchange.write('ignored');
        exchange.end();
      });
      const asked = client.ask();
      expect(await asked.reply).toMatchObject({ isWhole: false });
      await settled.opened;
      expect(server.stats()).toMatchObject({ inFlight: 0, clientsLeft: 0 });
    }
  });

  test('a body that breaks while it is sent on breaks the answer', async () => {
    const broken = gate<unknown>();
    const { client } = await start(
      (exchange) => {
        exchange.sendHead(200, []);
        if (exchange.body) exchange.splice(exchange.body, (error) => broken.open(error));
      },
      { maxBodyBytes: 10 },
    );
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('first');
    await asked.status;
    asked.write('too much');
    expect(await broken.opened).toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect((await asked.reply).isWhole).toBe(false);
  });
}

function failingHandlers(start: Start): void {
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

function misuse(start: Start): void {
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
        ['x', undefined as unknown as string],
        [undefined as unknown as string, 'x'],
      ]) {
        expect(() => exchange.answer(200, wrong)).toThrow(InvalidHeaderError);
        expect(() => exchange.sendHead(200, wrong)).toThrow(InvalidHeaderError);
        expect(() => exchange.sendInformation(103, wrong)).toThrow(InvalidHeaderError);
      }
      for (const status of [101, 199, 1000, 200.5, Number.NaN]) {
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

function closing(start: Start): void {
  test('a server that closes lets the request under way end', async () => {
    const arrived = gate();
    const ready = gate();
    const { client, server } = await start(async (exchange) => {
      arrived.open();
      await ready.opened;
      exchange.answer(200, [], 'still here');
    });
    const asked = client.ask();
    await arrived.opened;
    const closed = server.close({ graceMs: 5000 });
    ready.open();
    expect(await asked.reply).toMatchObject({ status: 200, text: 'still here', isWhole: true });
    expect(await closed).toBe(0);
    expect((await client.ask().reply).status).toBe(0);
    expect(server.stats()).toMatchObject({ connections: 0, inFlight: 0 });
  });

  test('a server that closes lets a stream and a body under way end', async () => {
    const arrived = gate();
    const { client, server } = await start(async (exchange) => {
      exchange.sendHead(200, []);
      arrived.open();
      if (exchange.body) exchange.splice(exchange.body);
    });
    const asked = client.ask({ method: 'POST', isOpen: true });
    asked.write('before ');
    await asked.status;
    const closed = server.close({ graceMs: 5000 });
    asked.write('after');
    asked.end();
    expect(await asked.reply).toMatchObject({ text: 'before after', isWhole: true });
    expect(await closed).toBe(0);
  });

  test('what has no end is cut, and its handler told', async () => {
    const arrived = gate();
    const left = gate();
    const { client, server } = await start((exchange) => {
      exchange.onClientLeft(() => left.open());
      arrived.open();
    });
    const asked = client.ask();
    await arrived.opened;
    expect(await server.close({ graceMs: 0 })).toBe(1);
    await left.opened;
    expect(await asked.reply).toMatchObject({ isWhole: false });
  });

  test('an idle connection ends at once', async () => {
    const { client, server } = await start((exchange) => exchange.answer(200, []));
    await client.ask().reply;
    expect(await server.close({ graceMs: 5000 })).toBe(0);
  });
}

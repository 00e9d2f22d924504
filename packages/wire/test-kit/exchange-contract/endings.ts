/** What an exchange owes when something ends too early: the client, the answer, the server. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ClientLeftError } from '../../src/errors.ts';
import type { Exchange } from '../../src/exchange/exchange.ts';
import { gate } from '../running-server.ts';
import { type Start, MEGABYTE } from './subject.ts';

/** Clients that do not wait for the end. */
export function clientsThatLeave(start: Start): void {
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

/** Listeners that are mistaken. */
export function listenersThatThrow(start: Start): void {
  test.each(['onSettled', 'onDrain', 'onClientLeft'] as const)(
    'a listener of %s that throws is told as an error, and neither others nor the server come to harm',
    async (name) => {
      const told = gate<unknown>();
      const second = gate();
      const arrived = gate<Exchange>();
      const { client, server } = await start(
        (exchange) => {
          if (exchange.target === '/other') return exchange.answer(200, [], 'fine');
          exchange.sendHead(200, []);
          if (name === 'onDrain') while (exchange.write(MEGABYTE));
          exchange[name](() => {
            throw new Error('boom');
          });
          exchange[name](second.open);
          if (name === 'onSettled') exchange.end();
          arrived.open(exchange);
        },
        { onError: told.open },
      );
      const asked = client.ask();
      const exchange = await arrived.opened;
      if (name === 'onClientLeft') asked.leave();
      expect(await told.opened).toMatchObject({ message: 'boom' });
      await second.opened;
      if (!exchange.clientLeft) exchange.destroy();
      expect((await client.ask({ target: '/other' }).reply).text).toBe('fine');
      while (server.stats().inFlight > 0) await nextTurn();
    },
  );
}

/** Answers that do not become whole. */
export function brokenAnswers(start: Start): void {
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

/** Servers that close. */
export function closing(start: Start): void {
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

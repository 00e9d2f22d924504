/** That whoever writes on and on leaves others, and the news that his client has left, their turn. */
import { expect, test } from 'vitest';
import { get } from '../../test-kit/raw-client.ts';
import { gate, startServer } from '../../test-kit/running-server.ts';
import type { Exchange } from '../exchange/exchange.ts';

/** Has its bytes at hand, and waits for nothing but to be allowed to write. */
async function writeOn(exchange: Exchange): Promise<void> {
  exchange.sendHead(200, []);
  while (!exchange.clientLeft) {
    await null;
    if (!exchange.write('x')) await new Promise<void>((resolve) => exchange.onDrain(resolve));
  }
}

test.each(['with a reset', 'in order'])('a client that leaves %s is noticed', async (how) => {
  const ended = gate();
  const { connect } = await startServer(async (exchange) => {
    await writeOn(exchange);
    ended.open();
  });
  const client = await connect();
  client.send(get());
  await client.until(() => (client.reads > 1 ? true : undefined));
  if (how === 'in order') client.socket.destroy();
  else client.reset();
  await ended.opened;
});

test('others are answered, although a client takes all that is written', async () => {
  const { connect } = await startServer((exchange) =>
    exchange.target === '/on' ? writeOn(exchange) : exchange.answer(200, [], 'here'),
  );
  const greedy = await connect();
  greedy.send(get('/on'));
  await greedy.until(() => (greedy.reads > 1 ? true : undefined));
  const other = await connect();
  for (let time = 0; time < 5; time++) {
    const before = greedy.received.length;
    expect((await other.send(get('/')).answer()).text).toBe('here');
    // Some turns of writes, and not all that fits between the two.
    expect(greedy.received.length - before).toBeLessThan(100_000);
  }
  greedy.socket.destroy();
});

/** What an exchange owes to an answer that is given at once. */
import { expect, test } from 'vitest';
import type { Exchange } from '../../src/exchange/exchange.ts';
import { gate } from '../running-server.ts';
import { type ContractSubject, patterned, PLAIN } from './subject.ts';

/** Answers that are given at once. */
export function wholeAnswers({ start, version, isSecure }: ContractSubject): void {
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

/** Tests of requestId. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { requestId, type RequestIdOptions } from './request-id.ts';

async function idsOf(
  options: RequestIdOptions,
  headers: Record<string, string> = {},
): Promise<{ readonly told: string | null; readonly seen: string }> {
  const app = createApp()
    .use(requestId(options))
    .get('/', (ctx) => ctx.requestId);
  const answer = await app.fetch(new Request('http://host/', { headers }));
  return { told: answer.headers.get(options.header ?? 'x-request-id'), seen: await answer.text() };
}

describe('requestId', () => {
  test('makes an id of its own for each request, and tells it in the answer', async () => {
    const [one, other] = [await idsOf({}), await idsOf({})];
    expect(one.seen).toMatch(/^[\da-f-]{36}$/);
    expect(one.told).toBe(one.seen);
    expect(other.seen).not.toBe(one.seen);
  });

  test('takes no id from the client unless it is told to', async () => {
    const sent = { 'X-Request-ID': 'client-made-1' };
    expect((await idsOf({}, sent)).seen).not.toBe('client-made-1');
    expect(await idsOf({ acceptInbound: true }, sent)).toEqual({
      told: 'client-made-1',
      seen: 'client-made-1',
    });
  });

  test.each(['short', 'x'.repeat(129), 'with space', 'semi;colon', '<script>'])(
    'never takes over %j',
    async (id) => {
      const { seen } = await idsOf({ acceptInbound: true }, { 'X-Request-ID': id });
      expect(seen).not.toBe(id);
    },
  );

  test('uses the header and the maker of ids that it is given, also on answers that are errors', async () => {
    const app = createApp().use(requestId({ header: 'X-Id', newId: () => 'made' }));
    const answer = await app.fetch(new Request('http://host/nowhere'));
    expect([answer.status, answer.headers.get('x-id')]).toEqual([404, 'made']);
    expect(await answer.json()).toMatchObject({ requestId: 'made' });
  });

  test.each([
    [{ header: 'not a name' }, '`header`'],
    [{ acceptInbound: 'yes' }, '`acceptInbound`'],
    [{ newId: 'made' }, '`newId`'],
    [{ accept: true }, 'accept'],
  ])('refuses %j', (options, message) => {
    expect(() => requestId(options as never)).toThrow(message);
  });
});

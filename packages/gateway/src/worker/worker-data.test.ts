/** Tests of data of the worker, and of what tells it from data of the request. */
import { fakeClock } from '@interpose/testing';
import { expectTypeOf } from 'expect-type';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { memoryDictionaries } from '../dictionaries/dictionaries.ts';
import { definePlugin, type PluginParts } from '../definition/plugin.ts';
import { workerData } from './worker-data.ts';

interface Request {
  user?: string;
}

describe('data of the worker', () => {
  test('G-191 has names and types of its own, apart from those of others', async () => {
    const clock = fakeClock();
    const { stats } = memoryDictionaries(clock);
    const data = workerData<{ seen: number; last: string }>(stats, 'mine');
    const others = workerData<{ seen: number }>(stats, 'theirs');
    expect(data.incr('seen', 2, { init: 1 })).toBe(3);
    await data.set('last', '/a', 100);
    expect([data.get('seen'), data.get('last'), others.get('seen')]).toEqual([3, '/a', undefined]);
    expectTypeOf(data.get('last')).extract<string>().toBeString();
    await clock.advance(100);
    expect(data.get('last')).toBe(undefined);
    expect([data.delete('seen'), data.delete('seen')]).toEqual([true, false]);
    // @ts-expect-error -- there is no such name
    expect(data.get('sene')).toBe(undefined);
    // @ts-expect-error -- it is a text
    expect(() => data.incr('last', 1, { init: 0 })).not.toThrow();
    // @ts-expect-error -- it is a number
    await data.set('seen', 'many');
    expect(() => workerData(stats, '')).toThrow('owner');
  });

  test('G-191 outlives the request, whose own data does not and is typed in all its phases', async () => {
    const counting = definePlugin({
      name: 'counting',
      description: 'Counts users.',
      options: {},
      create(_options, { dictionaries }): PluginParts<Request> {
        const data = workerData<{ users: number }>(dictionaries.stats, 'counting');
        return {
          access: {
            handle(ctx) {
              expectTypeOf(ctx.state).toEqualTypeOf<Request>();
              expect(ctx.state.user).toBe(undefined);
              ctx.state.user = ctx.query.get('user') ?? '';
              data.incr('users', 1, { init: 0 });
            },
          },
          headerFilter: {
            async handle(ctx) {
              expectTypeOf(ctx.state.user).toEqualTypeOf<string | undefined>();
              // @ts-expect-error -- nobody keeps this
              expect(ctx.state.password).toBe(undefined);
              ctx.response.headers.set('X-Seen', `${ctx.state.user} ${await data.get('users')}`);
            },
          },
        };
      },
    });
    const { url } = await startGateway(
      {
        plugins: [{ name: 'counting', options: {} }],
        routes: [routeOf({ respond: { status: 204 } })],
      },
      { definitions: [counting] },
    );
    expect((await send(`${url}/?user=ann`)).headers['x-seen']).toBe('ann 1');
    expect((await send(`${url}/?user=ben`)).headers['x-seen']).toBe('ben 2');
  });
});

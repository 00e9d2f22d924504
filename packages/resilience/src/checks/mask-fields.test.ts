/** maskFields: who may not see a field does not see it, in whatever form the result comes; in doubt nobody sees it. */
import { Readable } from 'node:stream';
import { type Awaitable, isThenable, pipeline } from '@interpose/kernel';
import { middlewareContract, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authenticate } from './authenticate.ts';
import { maskFields, type MaskFieldsOptions } from './mask-fields.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

interface Call {
  readonly user?: unknown;
  readonly token?: string;
}
const HIDDEN = '[redacted]';
const secret = (): unknown => ({ name: 'Ada', pay: [{ salary: 100 }] });
const masked = { name: 'Ada', pay: [{ salary: HIDDEN }] };

const serving = (
  answer: () => unknown,
  more: Partial<MaskFieldsOptions<Call>> = {},
): ((ctx: Call) => Awaitable<unknown>) =>
  pipeline<Call, unknown>()
    .use(maskFields<Call>({ fields: ['salary'], unless: ['payroll', 'boss'], ...more }))
    .handle(answer);

describe('by role', () => {
  test.each([
    ['a list', { roles: ['payroll'] }],
    ['a set', { roles: new Set(['x', 'boss']) }],
    ['one text', { role: 'boss' }],
  ])('M-148 who has the role, in %s, sees the very result', async (_, user) => {
    const result = secret();
    expect(await serving(() => result)({ user })).toBe(result);
  });

  test.each([
    ['nobody', undefined],
    ['somebody without roles', { id: 1 }],
    ['another role', { roles: ['payrolls'] }],
    ['no roles', { roles: [] }],
    ['roles that are one text', { roles: 'payroll' }],
    ['roles that hold more than texts', { roles: ['payroll', 5] }],
    ['roles as the keys of an object', { roles: { payroll: true } }],
    ['roles that are empty, and a role', { roles: null, role: 'boss' }],
    ['a role that is a list', { role: ['boss'] }],
  ])('M-148 in doubt the fields are masked: %s', async (_, user) => {
    const result = secret();
    expect(await serving(() => result)({ user })).toEqual(masked);
    expect(result).toEqual(secret());
  });

  test('M-148 property: only a list or set of texts with one of the roles unmasks', () => {
    const serve = serving(secret);
    const role = fc.constantFrom<unknown>('payroll', 'boss', 'x', '', 1, null);
    const roles = fc.oneof(
      fc.anything(),
      fc.array(role),
      fc.array(role).map((all) => new Set(all)),
    );
    fc.assert(
      fc.property(roles, (given) => {
        const list =
          Array.isArray(given) || given instanceof Set ? [...(given as Set<unknown>)] : [];
        const may =
          list.every((one) => typeof one === 'string') &&
          (list.includes('payroll') || list.includes('boss'));
        expect(serve({ user: { roles: given } })).toEqual(may ? secret() : masked);
      }),
      { numRuns: 500 },
    );
  });

  test('M-148 without `unless` nobody sees them, and nobody is asked for roles', async () => {
    const serve = pipeline<Call, unknown>()
      .use(
        maskFields<Call>({
          fields: ['salary'],
          rolesOf() {
            throw new Error('asked');
          },
        }),
      )
      .handle(secret);
    expect(await serve({ user: { roles: ['boss'] } })).toEqual(masked);
  });

  test('M-148 roles of your own, at once and later', async () => {
    const of = (ctx: Call): string[] => [ctx.token ?? ''];
    for (const rolesOf of [of, async (ctx: Call) => of(ctx)]) {
      const serve = serving(secret, { rolesOf });
      expect(await serve({ token: 'boss' })).toEqual(secret());
      expect(await serve({ token: 'guest', user: { roles: ['boss'] } })).toEqual(masked);
    }
  });

  test('M-148 where roles cannot be found out, nothing has happened and nothing is seen', async () => {
    const fault = new Error('directory is down');
    const throws = (): never => {
      throw fault;
    };
    for (const rolesOf of [throws, () => Promise.reject(fault)]) {
      let reached = 0;
      const serve = serving(() => ++reached, { rolesOf });
      expect(await outcomeOf(() => serve({}))).toBe(fault);
      expect(reached).toBe(0);
    }
  });

  test('M-148 several of them, each with other fields for other roles', () => {
    const serve = pipeline<Call, unknown>()
      .use(maskFields({ fields: ['salary'], unless: ['payroll'] }))
      .use(maskFields({ fields: ['name'], unless: ['hr'], mask: (name) => String(name)[0] }))
      .handle(secret);
    expect(serve({ user: { roles: ['payroll'] } })).toEqual({ name: 'A', pay: [{ salary: 100 }] });
    expect(serve({ user: { roles: ['hr'] } })).toEqual(masked);
    expect(serve({})).toEqual({ name: 'A', pay: [{ salary: HIDDEN }] });
  });

  test('M-148 with who calls from further out', async () => {
    const serve = pipeline<Call, unknown>()
      .use(authenticate({ verify: ({ token }: Call) => ({ roles: [token ?? ''] }) }))
      .use(maskFields({ fields: ['salary'], unless: ['boss'] }))
      .handle(secret);
    expect(await serve({ token: 'boss' })).toEqual(secret());
    expect(await serve({ token: 'guest' })).toEqual(masked);
  });
});

describe('the result', () => {
  test('M-148 is masked at once and later; what is kept further in stays as it was', async () => {
    const kept = secret();
    expect(serving(() => kept)({})).toEqual(masked);
    const later = serving(async () => kept)({});
    expect(isThenable(later)).toBe(true);
    expect(await later).toEqual(masked);
    expect(serving(() => kept)({ user: { role: 'boss' } })).toEqual(secret());
  });

  test('M-148 a mask that fails leaves no answer', async () => {
    const fault = new Error('mask');
    const mask = (): never => {
      throw fault;
    };
    expect(await outcomeOf(() => serving(secret, { mask })({}))).toBe(fault);
    expect(await outcomeOf(() => serving(async () => secret(), { mask })({}))).toBe(fault);
  });

  async function* rows(log: unknown[] = []): AsyncGenerator<unknown, unknown> {
    try {
      yield { salary: 1 };
      yield { salary: 2 };
      return { salary: 3 };
    } finally {
      log.push('closed');
    }
  }

  test('M-148 of a generator each item is masked, and what it returns', async () => {
    const stream = (await serving(() => rows())({})) as AsyncGenerator<unknown, unknown>;
    expect(await stream.next()).toEqual({ done: false, value: { salary: HIDDEN } });
    expect(await stream.next()).toEqual({ done: false, value: { salary: HIDDEN } });
    expect(await stream.next()).toEqual({ done: true, value: { salary: HIDDEN } });
    const fault = new Error('torn');
    const torn = (await serving(() => rows())({})) as AsyncGenerator<unknown, unknown>;
    expect(await outcomeOf(() => torn.throw(fault))).toBe(fault);
  });

  test('M-148 who gives up the masked stream gives up the one behind it', async () => {
    const log: unknown[] = [];
    const stream = (await serving(() => rows(log))({})) as AsyncIterable<unknown>;
    for await (const row of stream) {
      expect(row).toEqual({ salary: HIDDEN });
      break;
    }
    expect(log).toEqual(['closed']);
    let left = 0;
    const source = { next: async () => ({}), return: async () => ({ done: !!++left }) };
    const steps = Object.assign(source, { [Symbol.asyncIterator]: () => source });
    const early = (await serving(() => steps)({})) as AsyncIterator<unknown>;
    await early.return?.();
    expect(left).toBe(1);
  });

  test('M-148 of an iterable that can be opened again each opening is masked', async () => {
    const list = { [Symbol.asyncIterator]: () => rows() };
    const stream = (await serving(() => list)({})) as AsyncIterable<unknown>;
    for (let time = 0; time < 2; time++) {
      const all: unknown[] = [];
      for await (const row of stream) all.push(row);
      expect(all).toEqual([{ salary: HIDDEN }, { salary: HIDDEN }]);
    }
  });

  test('M-148 of a ReadableStream each item is masked, when somebody asks for it', async () => {
    let pulls = 0;
    const cancelled: unknown[] = [];
    const source = new ReadableStream<unknown>(
      {
        pull(controller) {
          if (++pulls > 1) controller.close();
          else controller.enqueue({ salary: 1 });
        },
        cancel: (reason) => void cancelled.push(reason),
      },
      { highWaterMark: 0 },
    );
    const stream = (await serving(() => source)({})) as ReadableStream<unknown>;
    await settle();
    expect(pulls).toBe(0);
    const reader = stream.getReader();
    expect(await reader.read()).toEqual({ done: false, value: { salary: HIDDEN } });
    expect(await reader.read()).toEqual({ done: true, value: undefined });
    const other = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) });
    await ((await serving(() => other)({})) as ReadableStream).cancel('enough');
    expect(cancelled).toEqual(['enough']);
    const read = new ReadableStream();
    read.getReader();
    expect(await serving(() => read)({})).toBe(read);
  });

  test('M-148 a stream with an item that cannot be masked fails, and its source is closed', async () => {
    class Row {
      readonly salary = 1;
    }
    const log: unknown[] = [];
    const bad = async function* (): AsyncGenerator<unknown> {
      try {
        yield new Row();
      } finally {
        log.push('closed');
      }
    };
    const stream = (await serving(bad)({})) as AsyncGenerator<unknown>;
    expect(await outcomeOf(() => stream.next())).toMatchObject({ code: 'CONFIGURATION' });
    const source = new ReadableStream({
      start: (controller) => controller.enqueue(new Row()),
      cancel: () => void log.push('cancelled'),
    });
    const readable = (await serving(() => source)({})) as ReadableStream<unknown>;
    expect(await outcomeOf(() => readable.getReader().read())).toMatchObject({
      code: 'CONFIGURATION',
    });
    await settle();
    expect(log).toEqual(['closed', 'cancelled']);
  });

  test('M-148 bytes in a stream of Node stay what they are; objects in one are refused', async () => {
    const bytes = Readable.from([Buffer.from('x')], { objectMode: false });
    expect(await serving(() => bytes)({})).toBe(bytes);
    const objects = Readable.from([{ salary: 1 }]);
    expect(await outcomeOf(() => serving(() => objects)({}))).toMatchObject({
      code: 'CONFIGURATION',
    });
  });
});

test('says what it does', () => {
  const said = (options: MaskFieldsOptions<object>): string | undefined =>
    pipeline<object, unknown>().use(maskFields(options)).describe()[0]?.description;
  expect(said({ fields: ['a', 'b'] })).toBe('Masks a, b.');
  expect(said({ fields: ['a'], unless: ['x', 'y'] })).toBe('Masks a unless for: x, y.');
});

test('options that are wrong are refused in a sentence', () => {
  expect(() => maskFields({ fields: 'salary' } as never)).toThrow('Expected `fields`');
  expect(() => maskFields({ fields: ['a'], unless: [] })).toThrow('Expected `unless`');
  expect(() => maskFields({ fields: ['a'], unless: 'boss' } as never)).toThrow('Expected `unless`');
  expect(() => maskFields({ fields: ['a'], rolesOf: 5 } as never)).toThrow('Expected `rolesOf`');
  expect(() => maskFields({ field: ['a'] } as never)).toThrow('Did you mean "fields"?');
});

describe('the laws of middleware', () => {
  const laws = middlewareContract(() => maskFields({ fields: ['salary'], unless: ['boss'] }), {
    sync: true,
  });
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});

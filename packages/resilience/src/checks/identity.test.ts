/** authenticate, requireUser, requireRole, requirePermission: the unknown get a 401, those who may not a 403, and in doubt nobody passes. */
import { type Awaitable, createContext, isThenable, pipeline, wrap } from '@interpose/kernel';
import { middlewareContract, TestContext } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { authenticate, requireUser } from './authenticate.ts';
import { ForbiddenError, UnauthenticatedError } from './errors.ts';
import { requirePermission, requireRole } from './require.ts';
import { outcomeOf } from '../../test-kit/outcome-of.ts';

const answering = (middleware: unknown): ((ctx: object) => Awaitable<string>) =>
  pipeline<object, string>()
    .use(middleware as ReturnType<typeof requireUser>)
    .handle(() => 'secret');

/** What is nobody, whoever says so. */
const NOBODY: readonly unknown[] = [undefined, null, false, true, '', NaN, Symbol('user'), () => 1];

describe('authenticate', () => {
  interface Http {
    readonly token?: string;
  }
  const users = new Map([['t-ada', { id: 1, name: 'Ada' }]]);
  const auth = authenticate({ verify: ({ token }: Http) => users.get(token ?? '') });
  const authLater = authenticate({ verify: async ({ token }: Http) => users.get(token ?? '') });

  test.each([
    ['at once', auth],
    ['later', authLater],
  ])('M-127 who is known, %s, is on the context with its type', async (_, middleware) => {
    const serve = pipeline<Http, string>()
      .use(middleware)
      .handle((ctx) => ctx.user.name.toUpperCase());
    const ctx: Http = { token: 't-ada' };
    expect(await serve(ctx)).toBe('ADA');
    expect(ctx).toEqual({ token: 't-ada' });
  });

  test.each([
    ['at once', auth],
    ['later', authLater],
  ])('M-127 who is unknown, %s, gets a 401 and does not reach the rest', async (_, middleware) => {
    let reached = 0;
    const serve = pipeline<Http, number>()
      .use(middleware)
      .handle(() => ++reached);
    const error = await outcomeOf(() => serve({ token: 'wrong' }));
    expect(error).toBeInstanceOf(UnauthenticatedError);
    expect(error).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'Authentication is required.',
    });
    expect(reached).toBe(0);
  });

  test('M-127 a user that somebody has left on the context counts for nothing', async () => {
    const serve = answering(authenticate({ verify: () => undefined }));
    expect(await outcomeOf(() => serve({ user: { id: 1 }, userId: 1 }))).toBeInstanceOf(
      UnauthenticatedError,
    );
  });

  test.each(NOBODY.map((user) => [user]))('X-R7 verify gives %s: that is nobody', async (user) => {
    expect(
      await outcomeOf(() => answering(authenticate({ verify: () => user as never }))({})),
    ).toBeInstanceOf(UnauthenticatedError);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('directory down');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('directory down');
      },
    ],
  ])('X-R7 verify %s: nobody passes, and the error is its own', async (_, verify) => {
    expect(
      await outcomeOf(() => answering(authenticate({ verify: verify as () => never }))({})),
    ).toMatchObject({
      message: 'directory down',
    });
  });

  test('stays synchronous, under the name it is told', () => {
    const serve = pipeline<Http, number>()
      .use(authenticate({ verify: () => 7, key: 'accountId' }))
      .handle((ctx) => ctx.accountId);
    expect(serve({})).toBe(7);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => authenticate({} as never)).toThrow('Expected `verify` to be a function');
    expect(() => authenticate({ verify: () => 1, key: '' })).toThrow('the name of a property');
    expect(() => authenticate({ verify: () => 1, verity: 1 } as never)).toThrow(
      'Did you mean "verify"?',
    );
  });
});

describe('requireUser', () => {
  test('M-127 000-13 with a user id the call goes on, without one it does not', async () => {
    const protectedFunction = wrap(async function protectedFunction() {
      return 'success';
    }, requireUser());
    expect(
      await protectedFunction.withContext(new TestContext({ userId: 123, role: 'admin' })),
    ).toBe('success');
    await expect(protectedFunction.withContext(new TestContext())).rejects.toBeInstanceOf(
      UnauthenticatedError,
    );
  });

  test.each([
    [{ user: { id: 1 } }],
    [{ user: 'ada' }],
    [{ userId: 0 }],
    [{ userId: 5n }],
    [{ user: 1, userId: null }],
  ])('M-127 passes %o', async (ctx) => {
    expect(await answering(requireUser())(ctx)).toBe('secret');
  });

  test.each([...NOBODY.map((user) => ({ user })), ...NOBODY.map((userId) => ({ userId })), {}])(
    'M-127 X-R7 refuses %o',
    async (ctx) => {
      expect(await outcomeOf(() => answering(requireUser())(ctx))).toBeInstanceOf(
        UnauthenticatedError,
      );
    },
  );

  test('X-R7 a user that was looked for and not found is not made up for by a number', async () => {
    expect(
      await outcomeOf(() => answering(requireUser())({ user: undefined, userId: 1 })),
    ).toBeInstanceOf(UnauthenticatedError);
  });

  test('asks elsewhere if it is told to', async () => {
    const serve = pipeline<{ readonly session?: { readonly who: string } }, string>()
      .use(
        requireUser({
          userOf: (ctx: { readonly session?: { readonly who: string } }) => ctx.session?.who,
        }),
      )
      .handle(() => 'secret');
    expect(serve({ session: { who: 'ada' } })).toBe('secret');
    expect(await outcomeOf(() => serve({}))).toBeInstanceOf(UnauthenticatedError);
    expect(() => requireUser({ userOf: 1 } as never)).toThrow('Expected `userOf` to be a function');
  });
});

describe('requireRole', () => {
  test.each([
    [{ user: { roles: ['editor'] } }],
    [{ user: { roles: new Set(['x', 'admin']) } }],
    [{ user: { role: 'admin' } }],
  ])('M-128 passes %o', (ctx) => {
    expect(answering(requireRole('admin', 'editor'))(ctx)).toBe('secret');
  });

  test('M-128 to be forbidden is another thing than to be unknown', async () => {
    const serve = answering(requireRole('admin'));
    const forbidden = await outcomeOf(() => serve({ user: { roles: ['editor'] } }));
    expect(forbidden).toBeInstanceOf(ForbiddenError);
    expect(forbidden).toMatchObject({ code: 'FORBIDDEN', needed: ['admin'] });
    const unknown = await outcomeOf(() => serve({}));
    expect(unknown).toBeInstanceOf(UnauthenticatedError);
    expect(unknown).not.toBeInstanceOf(ForbiddenError);
  });

  test.each([
    [{}],
    [{ roles: undefined }],
    [{ roles: null }],
    [{ roles: 'admin' }],
    [{ roles: 'not-admin,admin' }],
    [{ roles: { admin: true } }],
    [{ roles: ['admin', 5] }],
    [{ roles: [['admin']] }],
    [{ roles: new Map([['admin', true]]) }],
    [{ roles: 'x', role: 'admin' }],
    [{ roles: [], role: 'admin' }],
    [{ role: ['admin'] }],
    [{ role: 'administrator' }],
    [{ roles: ['ADMIN'] }],
    [{ roles: [' admin'] }],
  ])('M-128 X-R7 fails closed for the user %o', async (user) => {
    expect(await outcomeOf(() => answering(requireRole('admin'))({ user }))).toBeInstanceOf(
      ForbiddenError,
    );
  });

  test('a user that is only an id has no roles', async () => {
    expect(await outcomeOf(() => answering(requireRole('admin'))({ userId: 1 }))).toBeInstanceOf(
      ForbiddenError,
    );
  });

  test('property: passes exactly who has one of them', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
    fc.assert(
      fc.property(
        names.filter((list) => list.length > 0),
        names,
        (needed, roles) => {
          const [first, ...more] = needed as [string, ...string[]];
          const serve = answering(requireRole(first, ...more));
          const allowed = needed.some((name) => roles.includes(name));
          if (allowed) expect(serve({ user: { roles } })).toBe('secret');
          else expect(() => serve({ user: { roles } })).toThrow(ForbiddenError);
        },
      ),
    );
  });

  test('roles can come from elsewhere, also later; a source that fails lets nobody pass', async () => {
    const anyOf = ['admin'];
    const later = answering(requireRole({ anyOf, rolesOf: async () => ['admin'] }));
    expect(isThenable(later({}))).toBe(true);
    expect(await later({})).toBe('secret');
    const fault = new Error('directory down');
    const broken = answering(requireRole({ anyOf, rolesOf: () => Promise.reject(fault) }));
    expect(await outcomeOf(() => broken({ user: { roles: ['admin'] } }))).toBe(fault);
    const none = answering(requireRole({ anyOf, rolesOf: () => undefined, userOf: () => 'ada' }));
    expect(await outcomeOf(() => none({}))).toBeInstanceOf(ForbiddenError);
  });
});

describe('requirePermission', () => {
  test('M-128 passes who has all of them, and nobody else', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'));
    fc.assert(
      fc.property(
        names.filter((list) => list.length > 0),
        names,
        (needed, permissions) => {
          const [first, ...more] = needed as [string, ...string[]];
          const serve = answering(requirePermission(first, ...more));
          const allowed = needed.every((name) => permissions.includes(name));
          if (allowed) expect(serve({ user: { permissions } })).toBe('secret');
          else expect(() => serve({ user: { permissions } })).toThrow(ForbiddenError);
        },
      ),
    );
  });

  test.each([[undefined], ['read'], [{ read: true }], [['read', null]]])(
    'M-128 X-R7 fails closed for the permissions %o',
    async (permissions) => {
      const serve = answering(requirePermission('read'));
      expect(await outcomeOf(() => serve({ user: { permissions } }))).toBeInstanceOf(
        ForbiddenError,
      );
    },
  );

  test('M-128 whoever is unknown gets a 401', async () => {
    expect(
      await outcomeOf(() => answering(requirePermission('read'))({ permissions: ['read'] })),
    ).toBeInstanceOf(UnauthenticatedError);
  });

  test('permissions can come from elsewhere', () => {
    const serve = answering(
      requirePermission({ allOf: ['read'], permissionsOf: () => new Set(['read']) }),
    );
    expect(serve({})).toBe('secret');
  });

  test('to need nothing is refused: it would let everybody pass', () => {
    const wanted = 'to be a list of one name or more';
    expect(() => requireRole({ anyOf: [] })).toThrow(`Expected \`anyOf\` ${wanted}`);
    expect(() => requirePermission({ allOf: [] })).toThrow(`Expected \`allOf\` ${wanted}`);
    expect(() => requireRole('')).toThrow(wanted);
    expect(() => requireRole(undefined as never)).toThrow(wanted);
    expect(() => requirePermission('a', 5 as never)).toThrow(wanted);
    expect(() => requireRole({ anyOf: ['a'], roleOf: 1 } as never)).toThrow(
      'Did you mean "rolesOf"?',
    );
    expect(() => requirePermission({ allOf: ['a'], permissionsOf: 1 } as never)).toThrow(TypeError);
  });
});

describe('the laws of middleware', () => {
  const context = (signal: AbortSignal): object =>
    createContext({ signal, user: { roles: ['a'], permissions: ['a'] } });
  const options = { sync: true, context } as const;
  const laws = [
    ...middlewareContract(() => requireUser(), options),
    ...middlewareContract(() => requireRole('a'), options),
    ...middlewareContract(() => requirePermission('a'), options),
    ...middlewareContract(() => authenticate({ verify: () => 1 }), {
      ...options,
      changesContext: true,
    }),
  ];
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});

/** Tests of middleware in the form of the seed: made once, told apart by their requests, and found out when they forget `next`. */
import { describe, expect, test } from 'vitest';
import {
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  OrganizationResponse,
  type OrganizationServiceAsync,
  type XrmFakedContext,
} from '../index.ts';

const build = (...middleware: DelegateMiddleware[]): XrmFakedContext => {
  const builder = MiddlewareBuilder.new().addCrud();
  for (const one of middleware) builder.use(one);
  return builder.useCrud().build();
};

const names = (context: XrmFakedContext): readonly string[] =>
  Array.from(context.store.table('account').rows(), ({ cells }) =>
    String(cells['name']),
  ).toSorted();

const creating = (service: OrganizationServiceAsync, name: string): Promise<unknown> =>
  service.create(new Entity('account', { name }));

describe('a middleware of the form of the seed', () => {
  test('D-01 is made once for an organization, so that it can keep something from request to request', () => {
    const counts: number[] = [];
    const counting: DelegateMiddleware = (next) => {
      let count = 0;
      return (context, request) => {
        counts.push(++count);
        return next(context, request);
      };
    };
    const builder = MiddlewareBuilder.new().addCrud().use(counting).useCrud();
    const [one, other] = [builder.build(), builder.build()];
    for (const context of [one, one, other]) {
      context.getOrganizationService().create(new Entity('account'));
    }
    expect(counts).toEqual([1, 2, 1]);
  });

  test('D-02 may hand on another request, also when it has waited', async () => {
    const renaming =
      (waits: boolean): DelegateMiddleware =>
      (next) =>
      async (context, request) => {
        if (waits) await Promise.resolve();
        const { target } = request as CreateRequest;
        const changed = new Entity('account', { name: `${String(target.get('name'))}!` });
        return next(context, new CreateRequest({ target: changed }));
      };
    for (const waits of [false, true]) {
      const context = build(renaming(waits));
      await creating(context.getOrganizationServiceAsync(), 'a');
      expect(names(context)).toEqual(['a!']);
    }
  });

  test('D-32 D-38 tells requests apart that are under way at the same time', async () => {
    const callers: unknown[] = [];
    const waiting: DelegateMiddleware = (next) => async (context, request) => {
      await Promise.resolve();
      const response = await next(context, request);
      await Promise.resolve();
      return response;
    };
    const context = MiddlewareBuilder.new()
      .addCrud()
      .use(waiting)
      .use((ctx, next) => {
        callers.push([ctx.caller.callerId.id, (ctx.request as CreateRequest).target.get('name')]);
        return next();
      })
      .useCrud()
      .build();
    const [anna, ben] = [
      'aaaaaaaa-0000-0000-0000-000000000000',
      'bbbbbbbb-0000-0000-0000-000000000000',
    ];
    await Promise.all([
      creating(context.getOrganizationServiceAsync(anna), 'of anna'),
      creating(context.getOrganizationServiceAsync(ben), 'of ben'),
    ]);
    expect(callers).toEqual([
      [anna, 'of anna'],
      [ben, 'of ben'],
    ]);
  });

  test('may be given the same request twice at once', async () => {
    const waiting: DelegateMiddleware = (next) => async (context, request) => {
      await Promise.resolve();
      return next(context, request);
    };
    const context = build(waiting);
    const request = new CreateRequest({ target: new Entity('account', { name: 'a' }) });
    const service = context.getOrganizationServiceAsync();
    await Promise.all([service.execute(request), service.execute(request)]);
    expect(names(context)).toEqual(['a', 'a']);
  });

  test('says so when nobody can tell to whom a new request belongs', async () => {
    const replacing: DelegateMiddleware = (next) => async (context) => {
      await Promise.resolve();
      return next(context, new CreateRequest({ target: new Entity('account') }));
    };
    const context = build(replacing);
    const service = context.getOrganizationServiceAsync();
    const all = await Promise.allSettled([creating(service, 'a'), creating(service, 'b')]);
    expect(all[0]).toMatchObject({
      reason: { message: expect.stringContaining('to be the one that the middleware was given') },
    });
  });
});

describe('a middleware that forgets', () => {
  const forgetting = ((_next: unknown) => () => {}) as unknown as DelegateMiddleware;

  test('D-20 to call next and does not answer is named', () => {
    const service = build(forgetting).getOrganizationService();
    expect(() => service.create(new Entity('account'))).toThrow(
      'Middleware "forgetting" neither answered nor called next(); return either',
    );
    const inline = build((next) => next, ((_next: unknown) => () => {}) as never);
    expect(() => inline.getOrganizationService().create(new Entity('account'))).toThrow(
      'Middleware "middleware-2" neither answered nor called next()',
    );
  });

  test('D-20 to return what next gave is named, and so is one that does it later', async () => {
    const losing = ((next: (context: unknown, request: unknown) => unknown) =>
      (context: unknown, request: unknown) =>
        void next(context, request)) as never;
    const service = build(losing).getOrganizationService();
    expect(() => service.create(new Entity('account'))).toThrow('lost the result of its next()');
    const later = ((_next: unknown) => () => Promise.resolve()) as never;
    await expect(
      build(later).getOrganizationServiceAsync().create(new Entity('account')),
    ).rejects.toThrow('neither answered nor called next()');
  });
});

test('D-22 a middleware is tested alone, with a next of its own', () => {
  const loud: DelegateMiddleware = (next) => (context, request) => {
    const response = next(context, request);
    const { responseName } = response as OrganizationResponse;
    return new OrganizationResponse(`${responseName}!`);
  };
  const request = new CreateRequest({ target: new Entity('account') });
  const delegate = loud((_, { requestName }) => new OrganizationResponse(requestName));
  expect(delegate(undefined as never, request)).toMatchObject({ responseName: 'Create!' });
});

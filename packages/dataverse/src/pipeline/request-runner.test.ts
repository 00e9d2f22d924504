/** Tests of requests in each other, and of transactions: what is undone, who waits, and for how long. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  ExecuteTransactionFault,
  ExecuteTransactionRequest,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  OrganizationBusyError,
  OrganizationRequest,
  OrganizationResponse,
  type RequestContext,
  UpdateRequest,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '../index.ts';

const create = (name: string | null): CreateRequest =>
  new CreateRequest({ target: new Entity('account', { name }) });

const transaction = (...names: (string | null)[]): ExecuteTransactionRequest =>
  new ExecuteTransactionRequest({ requests: names.map(create), returnResponses: true });

const names = (context: XrmFakedContext): readonly string[] =>
  Array.from(context.store.table('account').rows(), ({ cells }) =>
    String(cells['name']),
  ).toSorted();

/** Records without a name are refused; every request waits for others to have their turn. */
const asynchronous = (): XrmFakedContext =>
  MiddlewareBuilder.new()
    .addCrud()
    .addFakeMessageExecutors()
    .use(async (ctx, next) => {
      await Promise.resolve();
      const { request } = ctx;
      if (request instanceof CreateRequest && request.target.get('name') === undefined) {
        throw new InvalidPluginExecutionException('no name');
      }
      const response = await next();
      await Promise.resolve();
      return response;
    })
    .useCrud()
    .useMessages()
    .build();

describe('a transaction', () => {
  test('D-105 DV-134 leaves nothing of itself when a request of it fails, and says which', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const id = service.create(new Entity('account', { name: 'before' }));
    const requests = [
      create('new'),
      new UpdateRequest({ target: new Entity('account', id, { name: 'after' }) }),
      new UpdateRequest({ target: new Entity('account', crypto.randomUUID()) }),
      create('never'),
    ];
    const versions = (): unknown => service.retrieve('account', id, new ColumnSet(true)).rowVersion;
    const version = versions();
    let fault: unknown;
    try {
      service.execute(new ExecuteTransactionRequest({ requests }));
    } catch (error) {
      fault = error;
    }
    expect(fault).toBeInstanceOf(ExecuteTransactionFault);
    expect(fault).toMatchObject({ faultedRequestIndex: 2, faultName: 'ObjectDoesNotExist' });
    expect(names(context)).toEqual(['before']);
    expect(versions()).toBe(version);
    const done = service.execute(transaction('one', 'two'));
    expect(done.responses).toHaveLength(2);
    expect(names(context)).toEqual(['before', 'one', 'two']);
  });

  test('gives responses only to whoever asks, and keeps an error that is no fault as it is', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const requests = [create('a')];
    expect(service.execute(new ExecuteTransactionRequest({ requests })).responses).toEqual([]);
    const error = new RangeError('own');
    context.addExecutionMock('new_Fails', () => {
      throw error;
    });
    const failing = [create('b'), new OrganizationRequest('new_Fails')];
    expect(() => service.execute(new ExecuteTransactionRequest({ requests: failing }))).toThrow(
      error,
    );
    expect(names(context)).toEqual(['a']);
  });

  test('within another is a part of it: it may fail alone, and goes with it', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    context.addFakeMessageExecutor({
      requestName: 'new_TryBoth',
      execute: (_, ctx) => {
        const missing = new UpdateRequest({ target: new Entity('account', crypto.randomUUID()) });
        const requests = [create('inner'), missing];
        expect(() => ctx.service.execute(new ExecuteTransactionRequest({ requests }))).toThrow(
          'Does Not Exist',
        );
        return new OrganizationResponse('new_TryBoth');
      },
    });
    const tries = new OrganizationRequest('new_TryBoth');
    service.execute(new ExecuteTransactionRequest({ requests: [create('a'), tries] }));
    expect(names(context)).toEqual(['a']);
    const failing = new UpdateRequest({ target: new Entity('account', crypto.randomUUID()) });
    const requests = [transaction('b', 'c'), tries, failing];
    expect(() => service.execute(new ExecuteTransactionRequest({ requests }))).toThrow(
      ExecuteTransactionFault,
    );
    expect(names(context)).toEqual(['a']);
  });

  test('D-38 DV-134 of asynchronous requests lets nobody in between, whatever becomes of it', async () => {
    const context = asynchronous();
    const service = context.getOrganizationServiceAsync();
    const failing = service.execute(transaction('a1', 'a2', null));
    const single = service.execute(create('b'));
    const going = service.execute(transaction('c1', 'c2'));
    const last = service.execute(create('d'));
    const all = await Promise.allSettled([failing, single, going, last]);
    expect(all.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(names(context)).toEqual(['b', 'c1', 'c2', 'd']);
  });

  test('D-38 many at once, some of which fail, are as if one had come after the other', async () => {
    const context = asynchronous();
    const service = context.getOrganizationServiceAsync();
    const work = Array.from({ length: 40 }, (_, index) =>
      service.execute<OrganizationResponse>(
        index % 3 === 0
          ? transaction(`t${index}`, `u${index}`)
          : index % 3 === 1
            ? transaction(`v${index}`, null)
            : create(`w${index}`),
      ),
    );
    const settled = await Promise.allSettled(work);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(13);
    const kept = names(context);
    expect(kept.filter((name) => name.startsWith('t'))).toHaveLength(14);
    expect(kept.filter((name) => name.startsWith('u'))).toHaveLength(14);
    expect(kept.filter((name) => name.startsWith('v'))).toHaveLength(0);
    expect(kept.filter((name) => name.startsWith('w'))).toHaveLength(13);
    expect(() => context.restore(context.snapshot())).not.toThrow();
  });

  test('D-38 that is open refuses the service that does not wait, and does nothing for it later', async () => {
    const context = asynchronous();
    let meanwhile: unknown;
    const synchronous = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .addFakeMessageExecutor({
        requestName: 'new_Waits',
        execute: async () => {
          await Promise.resolve();
          try {
            synchronous.getOrganizationService().create(new Entity('account', { name: 'x' }));
          } catch (error) {
            meanwhile = error;
          }
          return new OrganizationResponse('new_Waits');
        },
      })
      .useCrud()
      .useMessages()
      .build();
    const requests = [create('a'), new OrganizationRequest('new_Waits')];
    await synchronous
      .getOrganizationServiceAsync()
      .execute(new ExecuteTransactionRequest({ requests }));
    expect(meanwhile).toBeInstanceOf(OrganizationBusyError);
    expect(names(synchronous)).toEqual(['a']);
    expect(names(context)).toEqual([]);
  });

  test('may be opened by an executor, and then takes in what it asks for', async () => {
    const executor = {
      requestName: 'new_Both',
      execute: (request: OrganizationRequest, ctx: RequestContext) =>
        ctx.transact(async (inside) => {
          await inside.execute(create('one'));
          await inside.execute(create(request.parameters['Second'] as string | null));
          return new OrganizationResponse('new_Both');
        }),
    };
    const context = asynchronous();
    context.addFakeMessageExecutor(executor);
    const service = context.getOrganizationServiceAsync();
    await expect(
      service.execute(new OrganizationRequest('new_Both', { Second: null })),
    ).rejects.toThrow('no name');
    expect(names(context)).toEqual([]);
    await service.execute(new OrganizationRequest('new_Both', { Second: 'two' }));
    expect(names(context)).toEqual(['one', 'two']);
  });
});

describe('requests in requests', () => {
  test('D-14 are deeper also by the service of the organization, so that circles end', () => {
    const depths: number[] = [];
    const again: DelegateMiddleware = (next) => (context, request) => {
      context.getOrganizationService().execute(request);
      return next(context, request);
    };
    const context = MiddlewareBuilder.new({ maxDepth: 4 })
      .addCrud()
      .use((ctx, next) => {
        depths.push(ctx.depth);
        return next();
      })
      .use(again)
      .useCrud()
      .build();
    expect(() => context.getOrganizationService().create(new Entity('account'))).toThrow(
      '"Create" stands in 4 other requests, which looks like a circle.',
    );
    expect(depths).toEqual([1, 2, 3, 4]);
    depths.length = 0;
    expect(() => context.getOrganizationService().create(new Entity('account'))).toThrow();
    expect(depths[0]).toBe(1);
  });

  test('by the service of the organization are a part of the transaction around them', () => {
    const copying: DelegateMiddleware = (next) => (context, request) => {
      const { target } = request as CreateRequest;
      if (request instanceof CreateRequest && target.logicalName === 'account') {
        context.getOrganizationService().create(new Entity('new_log', { of: target.get('name') }));
      }
      return next(context, request);
    };
    const context = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .use(copying)
      .useCrud()
      .useMessages()
      .build();
    const service = context.getOrganizationService();
    service.execute(transaction('a'));
    expect(context.count('new_log')).toBe(1);
    const failing = new UpdateRequest({ target: new Entity('account', crypto.randomUUID()) });
    expect(() =>
      service.execute(new ExecuteTransactionRequest({ requests: [create('b'), failing] })),
    ).toThrow(ExecuteTransactionFault);
    expect(context.count('new_log')).toBe(1);
  });
});

test.each([
  [undefined, 'The requests of ExecuteTransaction are no list.'],
  [null, 'The requests of ExecuteTransaction are no list.'],
  [[create('a'), 'no request'], 'Request 1 of ExecuteTransaction is no OrganizationRequest.'],
  [[undefined], 'Request 0 of ExecuteTransaction is no OrganizationRequest.'],
])('a transaction of %j is refused, and nothing is done', (requests, text) => {
  const context = XrmFakedContextFactory.new();
  const request = new ExecuteTransactionRequest({ requests: requests as never });
  expect(() => context.getOrganizationService().execute(request)).toThrow(text);
  expect(context.count('account')).toBe(0);
});

/** Tests of the pipeline: what stands in it, in which order, and what it says when something is missing. */
import { describe, expect, test } from 'vitest';
import {
  AsynchronousPipelineError,
  ColumnSet,
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  MissingPartError,
  OrganizationRequest,
  OrganizationResponse,
  PropertyToken,
  PullRequestException,
  WhoAmIRequest,
  WhoAmIResponse,
  XrmFakedContextFactory,
} from './index.ts';

/** A middleware of the seed's form that notes what passes. */
const logging =
  (lines: string[], name = ''): DelegateMiddleware =>
  (next) =>
  (context, request) => {
    lines.push(`[BEFORE] ${name}${request.requestName}`);
    const response = next(context, request);
    lines.push(`[AFTER] ${name}${request.requestName}`);
    return response;
  };

const account = (name = 'Test'): Entity => new Entity('account', { name });

describe('a pipeline', () => {
  test('D-01 D-02 D-03 D-11 D-170 a middleware of the seed stands round each request, also those of methods', () => {
    const lines: string[] = [];
    const context = MiddlewareBuilder.new().addCrud().use(logging(lines)).useCrud().build();
    const service = context.getOrganizationService();
    const id = service.create(account());
    expect(lines).toEqual(['[BEFORE] Create', '[AFTER] Create']);
    service.update(new Entity('account', id, { name: 'Other' }));
    expect(service.retrieve('account', id, new ColumnSet(true)).get('name')).toBe('Other');
    service.delete('account', id);
    expect(lines.filter((line) => line.startsWith('[BEFORE]'))).toEqual([
      '[BEFORE] Create',
      '[BEFORE] Update',
      '[BEFORE] Retrieve',
      '[BEFORE] Delete',
    ]);
  });

  test('D-04 D-13 D-20 stands in the order in which it was told, in either form', () => {
    const lines: string[] = [];
    const context = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .use(logging(lines, 'one '))
      .use((ctx, next) => {
        lines.push(`two ${ctx.request.requestName} ${ctx.depth}`);
        return next();
      })
      .use(logging(lines, 'three '))
      .useCrud()
      .useMessages()
      .build();
    context.getOrganizationService().execute(new WhoAmIRequest());
    expect(lines).toEqual([
      '[BEFORE] one WhoAmI',
      'two WhoAmI 1',
      '[BEFORE] three WhoAmI',
      '[AFTER] three WhoAmI',
      '[AFTER] one WhoAmI',
    ]);
  });

  test('D-12 behind CRUD sees only what CRUD does not handle', () => {
    const lines: string[] = [];
    const context = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .useCrud()
      .use(logging(lines))
      .useMessages()
      .build();
    const service = context.getOrganizationService();
    service.create(account());
    expect(lines).toEqual([]);
    service.execute(new WhoAmIRequest());
    expect(lines).toHaveLength(2);
  });

  test('D-171 a middleware that throws refuses the request, and nothing is stored', () => {
    const validation: DelegateMiddleware = (next) => (context, request) => {
      if (request instanceof CreateRequest && !request.target.contains('name')) {
        throw new InvalidPluginExecutionException('Account must have a name');
      }
      return next(context, request);
    };
    const context = MiddlewareBuilder.new().addCrud().use(validation).useCrud().build();
    const service = context.getOrganizationService();
    const refused = (): unknown => service.create(new Entity('account', { revenue: 1000 }));
    expect(refused).toThrow(InvalidPluginExecutionException);
    expect(refused).toThrow('Account must have a name');
    expect(context.count('account')).toBe(0);
    service.create(new Entity('account', { name: null }));
    expect(context.count('account')).toBe(1);
  });

  test('D-172 a middleware that answers stops the request there', () => {
    const ids = {
      userId: crypto.randomUUID(),
      businessUnitId: crypto.randomUUID(),
      organizationId: crypto.randomUUID(),
    };
    const cache: DelegateMiddleware = (next) => (context, request) =>
      request instanceof WhoAmIRequest ? new WhoAmIResponse(ids) : next(context, request);
    const context = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .use(cache)
      .useCrud()
      .useMessages()
      .build();
    const service = context.getOrganizationService();
    expect(service.execute(new WhoAmIRequest()).userId).toBe(ids.userId);
    expect(service.execute(new WhoAmIRequest()).userId).toBe(ids.userId);
  });

  test('is synchronous while everything in it is, and says so where it is not', async () => {
    const context = MiddlewareBuilder.new()
      .addCrud()
      .use((_, next) => Promise.resolve().then(() => next()))
      .useCrud()
      .build();
    expect(() => context.getOrganizationService().create(account())).toThrow(
      AsynchronousPipelineError,
    );
    const service = context.getOrganizationServiceAsync();
    const id = await service.create(account());
    expect((await service.retrieve('account', id, new ColumnSet(['name']))).get('name')).toBe(
      'Test',
    );
  });
});

describe('a builder', () => {
  test('D-09 D-10 D-100 of the factory has CRUD and messages, and refuses by name what nobody handles', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const me = service.execute(new WhoAmIRequest());
    expect(service.execute(new WhoAmIRequest()).results).toEqual(me.results);
    expect(service.create(account())).toMatch(/^[\da-f-]{36}$/);
    const unknown = (): unknown => service.execute(new OrganizationRequest('new_Unheard'));
    expect(unknown).toThrow(PullRequestException);
    expect(unknown).toThrow(
      /"new_Unheard" is not supported.*Create, CreateMultiple, Delete, .*WhoAmI\. The coverage\.json of/,
    );
  });

  test('D-05 D-06 D-22 finds what is used and was not added, and tells what was added and is not used', () => {
    expect(() => MiddlewareBuilder.new().useCrud().build()).toThrow(MissingPartError);
    expect(() => MiddlewareBuilder.new().useMessages().build()).toThrow(
      'useMessages() needs addFakeMessageExecutors()',
    );
    const late = MiddlewareBuilder.new().useCrud().addCrud().build();
    expect(late.warnings).toEqual([]);
    const unused = MiddlewareBuilder.new().addCrud().build();
    expect(unused.warnings).toEqual([
      'addCrud() was called and useCrud() was not, so nothing of it is in the pipeline.',
    ]);
    expect(() => unused.getOrganizationService().create(account())).toThrow(
      /"Create" is not supported. addCrud\(\) was called and useCrud\(\) was not/,
    );
  });

  test('D-15 that builds twice makes two that share nothing', () => {
    const builder = MiddlewareBuilder.new().addCrud().useCrud();
    const [one, other] = [builder.build(), builder.build()];
    one.getOrganizationService().create(account());
    one.setProperty('a', 1);
    expect([one.count('account'), other.count('account')]).toEqual([1, 0]);
    expect(other.hasProperty('a')).toBe(false);
  });

  test('D-14 D-16 D-19 takes executors of your own, which may call the service, but not in a circle', () => {
    const lines: string[] = [];
    const context = MiddlewareBuilder.new({ maxDepth: 5 })
      .addCrud()
      .addFakeMessageExecutor({
        requestName: 'new_CreateTwo',
        execute: (_, ctx) => {
          ctx.service.create(account('one'));
          ctx.service.create(account('two'));
          return new OrganizationResponse('new_CreateTwo', { Count: 2 });
        },
      })
      .addFakeMessageExecutor({
        requestName: 'new_Again',
        execute: (request, ctx) => ctx.service.execute(request),
      })
      .use(logging(lines))
      .useCrud()
      .useMessages()
      .build();
    const service = context.getOrganizationService();
    const { results } = service.execute(new OrganizationRequest('new_CreateTwo'));
    expect(results['Count']).toBe(2);
    expect(lines.filter((line) => line === '[BEFORE] Create')).toHaveLength(2);
    expect(() => service.execute(new OrganizationRequest('new_Again'))).toThrow(
      '"new_Again" stands in 5 other requests',
    );
  });

  test('refuses what is no middleware, at once where it can', () => {
    const builder = MiddlewareBuilder.new();
    expect(() => builder.use('x' as never)).toThrow('Expected `middleware` to be a function');
    const odd = ((next: unknown) => (next ? 5 : 6)) as never;
    expect(() => MiddlewareBuilder.new().use(odd).build()).toThrow(
      'Expected `middleware` to be `next => (context, request) => response`',
    );
  });
});

describe('properties', () => {
  test('D-31 are kept by name and by token, and missing ones are named', () => {
    const context = XrmFakedContextFactory.new();
    const token = new PropertyToken<number>('count');
    context.setProperty('name', 'x');
    context.setProperty(token, 3);
    expect(context.getProperty<string>('name')).toBe('x');
    expect(context.getProperty(token) + 1).toBe(4);
    expect(() => context.getProperty('count')).toThrow('Property "count" is not there');
    expect(context.removeProperty('name')).toBe(true);
    expect(context.hasProperty('name')).toBe(false);
  });

  test('D-32 of a request are not those of another that runs at the same time', async () => {
    const kept: [unknown, unknown][] = [];
    const context = MiddlewareBuilder.new()
      .addCrud()
      .use(async (ctx, next) => {
        const { target } = ctx.request as CreateRequest;
        ctx.items.setProperty('name', target.get('name'));
        const response = await next();
        kept.push([ctx.items.getProperty('name'), target.get('name')]);
        return response;
      })
      .use(async (_, next) => {
        await Promise.resolve();
        return next();
      })
      .useCrud()
      .build();
    const service = context.getOrganizationServiceAsync();
    await Promise.all([service.create(account('one')), service.create(account('two'))]);
    expect(kept).toEqual([
      ['one', 'one'],
      ['two', 'two'],
    ]);
  });
});

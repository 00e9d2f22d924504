/** Tests of what answers requests: mocks, executors of every kind, and which of them comes first. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  CreateRequest,
  CreateResponse,
  Entity,
  MiddlewareBuilder,
  OrganizationRequest,
  OrganizationResponse,
  RetrieveVersionRequest,
  RetrieveVersionResponse,
  WhoAmIRequest,
  type WhoAmIResponse,
  XrmFakedContextFactory,
} from '../index.ts';

class PriceRequest extends OrganizationRequest {
  constructor(quantity: number) {
    super('new_Price', { Quantity: quantity });
  }
}

class DiscountedPriceRequest extends PriceRequest {}

const answer = (by: string): OrganizationResponse => new OrganizationResponse('answer', { by });

describe('a mock', () => {
  test('D-17 wins over CRUD and over executors, until it is taken away', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const id = '11111111-1111-1111-1111-111111111111';
    context.addExecutionMock(CreateRequest, () => new CreateResponse(id));
    context.addExecutionMock('RetrieveVersion', () => new RetrieveVersionResponse('1.2.3.4'));
    expect(service.create(new Entity('account'))).toBe(id);
    expect(context.count('account')).toBe(0);
    expect(service.execute(new RetrieveVersionRequest()).version).toBe('1.2.3.4');
    expect(context.removeExecutionMock(CreateRequest)).toBe(true);
    expect(context.removeExecutionMock('RetrieveVersion')).toBe(true);
    expect(context.removeExecutionMock('RetrieveVersion')).toBe(false);
    expect(service.execute(new RetrieveVersionRequest()).version).toBe('9.0.0.0');
    service.create(new Entity('account'));
    expect(context.count('account')).toBe(1);
  });

  test('D-17 is seen by the middleware that sees the request it answers, and answers what nobody else does', () => {
    const seen: string[] = [];
    const context = MiddlewareBuilder.new()
      .addCrud()
      .useCrud()
      .use((ctx, next) => {
        seen.push(ctx.request.requestName);
        return next();
      })
      .build();
    context.addExecutionMock('WhoAmI', () => answer('mock'));
    context.addExecutionMock('Create', () => answer('mock'));
    const service = context.getOrganizationService();
    expect(service.execute<OrganizationResponse>(new WhoAmIRequest()).results['by']).toBe('mock');
    service.execute(new CreateRequest({ target: new Entity('account') }));
    expect(seen).toEqual(['WhoAmI']);
  });

  test.each([
    [undefined, () => answer('x'), 'Expected `request` to be the name of a message, or a class'],
    ['', () => answer('x'), 'Expected `request` to be the name of a message, or a class'],
    ['WhoAmI', undefined, 'Expected `execute` to be a function'],
  ])('of %j is refused where it is none', (which, execute, text) => {
    const context = XrmFakedContextFactory.new();
    expect(() => context.addExecutionMock(which as never, execute as never)).toThrow(text);
  });
});

describe('an executor', () => {
  test('D-18 is found by the class of a request, also by one that it extends, then by name, then by what it says itself', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const by = (request: OrganizationRequest): unknown => service.execute(request).results['by'];
    context.addFakeMessageExecutor({
      canExecute: ({ requestName }) => requestName.startsWith('new_'),
      execute: () => answer('asked'),
    });
    expect(by(new PriceRequest(1))).toBe('asked');
    context.addFakeMessageExecutor({ requestName: 'new_Price', execute: () => answer('name') });
    expect(by(new PriceRequest(1))).toBe('name');
    context.addFakeMessageExecutor({ requestType: PriceRequest, execute: () => answer('class') });
    expect(by(new PriceRequest(1))).toBe('class');
    expect(by(new DiscountedPriceRequest(1))).toBe('class');
    expect(by(new OrganizationRequest('new_Price'))).toBe('name');
    context.addFakeMessageExecutor({
      requestType: DiscountedPriceRequest,
      execute: () => answer('own class'),
    });
    expect(by(new DiscountedPriceRequest(1))).toBe('own class');
    expect(by(new OrganizationRequest('new_Other'))).toBe('asked');
    context.addExecutionMock('new_Other', () => answer('mock'));
    expect(by(new OrganizationRequest('new_Other'))).toBe('mock');
    expect(context.supportedRequests).toContain('DiscountedPriceRequest');
  });

  test('D-16 D-19 of your own comes before the one that comes along, and that is back when it is gone', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    context.addFakeMessageExecutor({
      requestType: CreateRequest,
      execute: ({ target }: CreateRequest) => {
        expect(target.logicalName).toBe('account');
        return new CreateResponse('22222222-2222-2222-2222-222222222222');
      },
    });
    expect(service.create(new Entity('account'))).toBe('22222222-2222-2222-2222-222222222222');
    expect(context.removeFakeMessageExecutor(CreateRequest)).toBe(true);
    const id = service.create(new Entity('account'));
    expect(service.retrieve('account', id, new ColumnSet()).id).toBe(id);
    expect(context.removeFakeMessageExecutor('Create')).toBe(false);
  });

  test('D-16 needs nothing else that is added, and no place in the pipeline', () => {
    const context = MiddlewareBuilder.new()
      .addFakeMessageExecutor({ requestName: 'new_A', execute: () => answer('a') })
      .build();
    context.addFakeMessageExecutor({ requestName: 'new_B', execute: () => answer('b') });
    const service = context.getOrganizationService();
    expect(service.execute(new OrganizationRequest('new_A')).results['by']).toBe('a');
    expect(service.execute(new OrganizationRequest('new_B')).results['by']).toBe('b');
    expect(() => service.execute(new WhoAmIRequest())).toThrow(
      '"WhoAmI" is not supported. Supported here: new_A, new_B.',
    );
  });

  test('D-44 for untyped requests is put in and taken out by name', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const executor = { by: 'generic', execute: (): OrganizationResponse => answer(executor.by) };
    context.addGenericFakeMessageExecutor('new_Any', executor);
    const request = new OrganizationRequest('new_Any', { Quantity: 3 });
    expect(service.execute(request).results['by']).toBe('generic');
    expect(context.removeGenericFakeMessageExecutor('new_Any')).toBe(true);
    expect(() => service.execute(request)).toThrow('"new_Any" is not supported');
  });

  test('D-21 D-18 of a standard message takes requests that have its name alone', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const target = new Entity('account', { name: 'Contoso' });
    const created = service.execute(new OrganizationRequest('Create', { Target: target }));
    const id = created.results['id'] as string;
    expect(service.retrieve('account', id, new ColumnSet(true)).get('name')).toBe('Contoso');
    const me = service.execute(new OrganizationRequest('WhoAmI')) as WhoAmIResponse;
    expect(me.userId).toBe(service.execute(new WhoAmIRequest()).userId);
    expect(new WhoAmIRequest().requestName).toBe('WhoAmI');
  });

  test.each([
    [undefined, 'Expected `executor` to be an object with execute()'],
    [{ requestName: 'x' }, 'Expected `executor` to be an object with execute()'],
    [{ execute: () => answer('x') }, 'Expected `executor` to be an object with requestName'],
    [
      { requestName: 3, execute: () => answer('x') },
      'Expected `executor` to be an object with requestName',
    ],
  ])('%j is none', (executor, text) => {
    const context = XrmFakedContextFactory.new();
    expect(() => context.addFakeMessageExecutor(executor as never)).toThrow(text);
  });
});

test.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
  'a request called %s is one that nobody handles',
  (name) => {
    const service = XrmFakedContextFactory.new().getOrganizationService();
    expect(() => service.execute(new OrganizationRequest(name))).toThrow(
      `"${name}" is not supported`,
    );
  },
);

test.each([undefined, null, 'Create', { requestName: 'Create', parameters: {} }])(
  '%j is refused as a request, by either service',
  async (request) => {
    const context = XrmFakedContextFactory.new();
    const text = 'Expected `request` to be an OrganizationRequest';
    expect(() => context.getOrganizationService().execute(request as never)).toThrow(text);
    await expect(context.getOrganizationServiceAsync().execute(request as never)).rejects.toThrow(
      text,
    );
  },
);

/** Tests of the messages that do many things at once: each by itself, or all of them or none. */
import { describe, expect, test } from 'vitest';
import {
  CreateMultipleRequest,
  CreateRequest,
  DataverseFault,
  Entity,
  EntityCollection,
  ExecuteMultipleRequest,
  type ExecuteMultipleSettings,
  ExecuteTransactionRequest,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  OrganizationRequest,
  UpdateMultipleRequest,
  UpdateRequest,
  UpsertMultipleRequest,
  WhoAmIRequest,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '../index.ts';

const account = (name: string, id?: string): Entity =>
  id === undefined ? new Entity('account', { name }) : new Entity('account', id, { name });

const names = (context: XrmFakedContext): readonly string[] =>
  Array.from(context.store.table('account').rows(), ({ cells }) =>
    String(cells['name']),
  ).toSorted();

const requests = (): OrganizationRequest[] => [
  new CreateRequest({ target: account('one') }),
  new UpdateRequest({ target: account('nobody', crypto.randomUUID()) }),
  new CreateRequest({ target: account('two') }),
];

function multiple(settings: ExecuteMultipleSettings, given = requests()) {
  const context = XrmFakedContextFactory.new();
  const service = context.getOrganizationService();
  const response = service.execute(new ExecuteMultipleRequest({ requests: given, settings }));
  return { context, response };
}

describe('ExecuteMultiple', () => {
  test('D-104 DV-133 stops at the first fault, and what was done before stays', () => {
    const { context, response } = multiple({ returnResponses: true });
    expect(response.isFaulted).toBe(true);
    expect(response.responses.map(({ requestIndex }) => requestIndex)).toEqual([0, 1]);
    expect(response.responses[0]?.response?.results['id']).toMatch(/^[\da-f-]{36}$/);
    expect(response.responses[1]).toEqual({ requestIndex: 1, fault: expect.any(DataverseFault) });
    expect(response.responses[1]?.fault?.hexCode).toBe('0x80040217');
    expect(names(context)).toEqual(['one']);
    expect(Object.keys(response.results)).toEqual(['Responses', 'IsFaulted']);
  });

  test('D-104 DV-133 goes on if it is told to, and tells of faults though nobody asked for responses', () => {
    const { context, response } = multiple({ continueOnError: true });
    expect(response.responses.map(({ requestIndex }) => requestIndex)).toEqual([1]);
    expect(response.isFaulted).toBe(true);
    expect(names(context)).toEqual(['one', 'two']);
  });

  test('DV-133 without faults and without responses has nothing to tell', () => {
    const { response } = multiple({}, [new WhoAmIRequest(), new WhoAmIRequest()]);
    expect(response.responses).toEqual([]);
    expect(response.isFaulted).toBe(false);
  });

  test('tells what is no fault as one that has it as its cause', () => {
    const { response } = multiple({}, [new OrganizationRequest('new_Unheard')]);
    const fault = response.responses[0]?.fault;
    expect(fault?.message).toContain('"new_Unheard" is not supported');
    expect(fault).toMatchObject({ faultName: 'IsvUnExpected', cause: { code: 'PULL_REQUEST' } });
  });

  test('D-104 waits for each where the pipeline is asynchronous', async () => {
    const context = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .use((_, next) => Promise.resolve().then(() => next()))
      .useCrud()
      .useMessages()
      .build();
    const settings = { continueOnError: true, returnResponses: true };
    const request = new ExecuteMultipleRequest({ requests: requests(), settings });
    const { responses } = await context.getOrganizationServiceAsync().execute(request);
    expect(responses.map(({ requestIndex, fault }) => [requestIndex, Boolean(fault)])).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
    const stopping = new ExecuteMultipleRequest({ requests: requests(), settings: {} });
    const stopped = await context.getOrganizationServiceAsync().execute(stopping);
    expect(stopped.responses.map(({ requestIndex }) => requestIndex)).toEqual([1]);
    expect(names(context)).toEqual(['one', 'one', 'two']);
  });

  test('takes none of its kind in it', () => {
    const inner = new ExecuteMultipleRequest({ requests: requests(), settings: {} });
    const { context, response } = multiple({ continueOnError: true }, [
      inner,
      requests()[0] as never,
    ]);
    expect(response.responses).toMatchObject([
      { requestIndex: 0, fault: { message: 'ExecuteMultiple takes no ExecuteMultiple in it.' } },
    ]);
    expect(names(context)).toEqual(['one']);
  });

  test('may have a transaction in it, which fails alone', () => {
    const transaction = new ExecuteTransactionRequest({ requests: requests() });
    const { context, response } = multiple({ continueOnError: true }, [transaction, ...requests()]);
    expect(response.responses.map(({ requestIndex }) => requestIndex)).toEqual([0, 2]);
    expect(response.responses[0]?.fault).toMatchObject({ faultedRequestIndex: 1 });
    expect(names(context)).toEqual(['one', 'two']);
  });

  test.each([
    ['ExecuteMultiple', ExecuteMultipleRequest],
    ['ExecuteTransaction', ExecuteTransactionRequest],
  ])('%s takes a thousand requests, and no more', (_, Request) => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const send = (count: number): unknown => {
      const target = new Entity('account');
      const requests = Array.from({ length: count }, () => new CreateRequest({ target }));
      const request: OrganizationRequest = new Request({ requests, settings: {} });
      return service.execute(request);
    };
    expect(() => send(1001)).toThrow('takes at most 1000 requests, and was given 1001.');
    expect(context.count('account')).toBe(0);
    send(1000);
    expect(context.count('account')).toBe(1000);
  });

  test.each([
    [{ requests: [] }, "You need to pass a value for 'Settings' in execute multiple request"],
    [{ settings: {} }, "You need to pass a value for 'Requests' in execute multiple request"],
    [{ settings: {}, requests: 5 }, 'The requests of ExecuteMultiple are no list.'],
    [{ settings: {}, requests: [{}] }, 'Request 0 of ExecuteMultiple is no OrganizationRequest.'],
  ])('D-104 of %j is refused', (parts, text) => {
    const service = XrmFakedContextFactory.new().getOrganizationService();
    expect(() => service.execute(new ExecuteMultipleRequest(parts as never))).toThrow(text);
  });
});

describe('many records', () => {
  test('DV-95 are created all or none, in their order', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const targets = new EntityCollection([account('one'), account('two')]);
    const { ids } = service.execute(new CreateMultipleRequest({ targets }));
    expect(ids).toHaveLength(2);
    expect(context.store.table('account').get(ids[1] as string)?.cells['name']).toBe('two');
    const again = new EntityCollection([account('three'), account('four', ids[0])]);
    expect(() => service.execute(new CreateMultipleRequest({ targets: again }))).toThrow(
      expect.objectContaining({ faultName: 'DuplicateRecord' }),
    );
    expect(names(context)).toEqual(['one', 'two']);
  });

  test('DV-95 are changed all or none', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const [one, two] = [service.create(account('one')), service.create(account('two'))];
    const wrong = new EntityCollection([account('1', one), account('x', crypto.randomUUID())]);
    expect(() => service.execute(new UpdateMultipleRequest({ targets: wrong }))).toThrow(
      'Does Not Exist',
    );
    expect(names(context)).toEqual(['one', 'two']);
    const right = new EntityCollection([account('1', one), account('2', two)]);
    service.execute(new UpdateMultipleRequest({ targets: right }));
    expect(names(context)).toEqual(['1', '2']);
  });

  test('DV-94 DV-95 are changed or created, none twice', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const id = service.create(account('one'));
    const targets = new EntityCollection([account('1', id), account('new')]);
    const { upsertResults } = service.execute(new UpsertMultipleRequest({ targets }));
    expect(upsertResults.map(({ recordCreated }) => recordCreated)).toEqual([false, true]);
    expect(names(context)).toEqual(['1', 'new']);
    const twins = new EntityCollection([account('a', id), account('b', id)]);
    expect(() => service.execute(new UpsertMultipleRequest({ targets: twins }))).toThrow(
      'Duplicate Ids are not allowed in the Target list of an UpsertMultipleRequest',
    );
    expect(names(context)).toEqual(['1', 'new']);
  });

  test('cannot evade a rule for one', () => {
    const context = MiddlewareBuilder.new()
      .addCrud()
      .addFakeMessageExecutors()
      .use((ctx, next) => {
        const { request } = ctx;
        if (request instanceof CreateRequest && !request.target.contains('name')) {
          throw new InvalidPluginExecutionException('Account must have a name');
        }
        return next();
      })
      .useCrud()
      .useMessages()
      .build();
    const targets = new EntityCollection([account('a'), new Entity('account')]);
    const service = context.getOrganizationService();
    expect(() => service.execute(new CreateMultipleRequest({ targets }))).toThrow(
      'Account must have a name',
    );
    expect(context.count('account')).toBe(0);
  });

  test.each([CreateMultipleRequest, UpdateMultipleRequest, UpsertMultipleRequest])(
    'DV-94 of no table or of several are refused by %o',
    (Request) => {
      const context = XrmFakedContextFactory.new();
      const service = context.getOrganizationService();
      const execute = (targets: unknown): unknown =>
        service.execute(new Request({ targets: targets as EntityCollection }));
      expect(() => execute(undefined)).toThrow("Required field 'Targets' is missing");
      expect(() => execute([account('a')])).toThrow("Required field 'Targets' is missing");
      expect(() => execute(new EntityCollection([]))).toThrow("Required field 'EntityName'");
      const mixed = new EntityCollection([account('a'), new Entity('contact')]);
      expect(() => execute(mixed)).toThrow('are of entity account, and one is of contact');
      expect(() => execute(new EntityCollection([account('a')], 'contact'))).toThrow(
        'are of entity contact, and one is of account',
      );
      expect(context.count('account')).toBe(0);
    },
  );
});

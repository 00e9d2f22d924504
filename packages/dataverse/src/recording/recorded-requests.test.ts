/** Tests of what people test with: recorded requests, faults on purpose, time, callers, traces, and a look at what is stored. */
import { seededRandom } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  countedIds,
  CreateRequest,
  DataverseFault,
  DeleteRequest,
  Entity,
  EntityReference,
  FetchExpression,
  injectFaults,
  type InjectedFaults,
  MiddlewareBuilder,
  Money,
  type OrganizationMiddleware,
  QueryExpression,
  type RecordedRequests,
  recordRequests,
  travelClock,
  UnexpectedRequestsError,
  UpdateRequest,
  WhoAmIRequest,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '../index.ts';

function organization(...middleware: readonly OrganizationMiddleware[]): XrmFakedContext {
  const builder = MiddlewareBuilder.new({ newId: countedIds() })
    .addCrud()
    .addFakeMessageExecutors();
  for (const one of middleware) builder.use(one);
  return builder.useCrud().useMessages().build();
}

const recorded = (): { requests: RecordedRequests; context: XrmFakedContext } => {
  const requests = recordRequests();
  return { requests, context: organization(requests.middleware) };
};

const withFaults = (faults: InjectedFaults): XrmFakedContext => organization(faults.middleware);

const account = (name: string): Entity => new Entity('account', { name, revenue: new Money(1) });

/** Which of so many creates fail. */
function failing(context: XrmFakedContext, count: number): readonly number[] {
  const service = context.getOrganizationService();
  return Array.from({ length: count }, (_, at) => at + 1).filter((at) => {
    try {
      service.create(account(`A${at}`));
      return false;
    } catch (error) {
      if (error instanceof DataverseFault) return true;
      throw error;
    }
  });
}

describe('recorded requests', () => {
  test('say what came, in which order, from whom, and what came of it', () => {
    const { requests, context } = recorded();
    const service = context.getOrganizationService();
    const id = service.create(account('A'));
    service.execute(new WhoAmIRequest());
    service.retrieveMultiple(new QueryExpression('contact'));
    expect(() => service.delete('account', crypto.randomUUID())).toThrow(DataverseFault);
    expect(requests.names).toEqual(['Create', 'WhoAmI', 'RetrieveMultiple', 'Delete']);
    expect(requests.all.map(({ logicalName }) => logicalName)).toEqual([
      'account',
      undefined,
      'contact',
      'account',
    ]);
    const created = requests.expect('Create');
    expect(created.request).toBeInstanceOf(CreateRequest);
    expect(created.response?.results['id']).toBe(id);
    expect(created.callerId).toBe(context.callerProperties.callerId.id);
    expect(requests.expect('Delete').error).toBeInstanceOf(DataverseFault);
    expect(requests.expect('Delete').response).toBeUndefined();
    requests.expectOrder('Create', 'WhoAmI', 'RetrieveMultiple', 'Delete');
    requests.clear();
    requests.expectNone();
  });

  test('keep the request as it was when it came', () => {
    const { requests, context } = recorded();
    const given = account('Before');
    const date = new Date(0);
    given.set('date', date).set('bytes', new Uint8Array([1]));
    context.getOrganizationService().create(given);
    given.set('name', 'After');
    date.setTime(5);
    const { target } = requests.expect('Create').request as CreateRequest;
    expect(target.get('name')).toBe('Before');
    expect(target.get('date')).toEqual(new Date(0));
    expect(target.get('bytes')).toEqual(new Uint8Array([1]));
  });

  test('are found by name, table, depth, attributes and anything else', () => {
    const { requests, context } = recorded();
    const service = context.getOrganizationService();
    service.create(account('A'));
    service.create(
      new Entity('contact', { parent: new EntityReference('account', countedIds(5)()) }),
    );
    const found = (pattern: Parameters<RecordedRequests['find']>[0]): number =>
      requests.find(pattern).length;
    expect(found('Create')).toBe(2);
    expect(found({ requestName: 'Create', logicalName: 'contact' })).toBe(1);
    expect(found({ depth: 2 })).toBe(0);
    expect(found({ attributes: { name: 'A', revenue: new Money(1) } })).toBe(1);
    expect(found({ attributes: { revenue: new Money(2) } })).toBe(0);
    expect(found({ attributes: { revenue: 1 } })).toBe(0);
    expect(found({ attributes: { parent: new EntityReference('account', countedIds(5)()) } })).toBe(
      1,
    );
    expect(found({ attributes: { toString: 1 } })).toBe(0);
    expect(found({ where: ({ response }) => response?.results['id'] === countedIds(99)() })).toBe(
      0,
    );
  });

  test('an expectation that is not met tells what came, and no values', () => {
    const { requests, context } = recorded();
    const service = context.getOrganizationService();
    expect(() => requests.expect('Create')).toThrow(
      'Expected Create at least once, and it came never. Nothing came.',
    );
    service.create(new Entity('account', countedIds(7)(), { name: 'secret' }));
    const complaints = [
      () => requests.expect('Update'),
      () => requests.expect('Create', 2),
      () =>
        requests.expect({ requestName: 'Create', logicalName: 'contact', attributes: { x: 1 } }),
      () => requests.expectNone('Create'),
      () => requests.expectNone(),
      () => requests.expectOrder('Create', 'Update'),
      () => requests.expectOrder(),
    ].map((act) => {
      try {
        act();
        return 'nothing';
      } catch (error) {
        return UnexpectedRequestsError.is(error) ? error.message : error;
      }
    });
    const came = `What came:\n  1. Create account ${countedIds(7)()} (name)`;
    expect(complaints).toEqual([
      `Expected Update at least once, and it came never. ${came}`,
      `Expected Create 2 times, and it came once. ${came}`,
      `Expected Create of contact with x at least once, and it came never. ${came}`,
      `Expected Create not to come, and it came once. ${came}`,
      `Expected a request not to come, and it came once. ${came}`,
      `Expected Create, Update, in this order. ${came}`,
      `Expected no requests, in this order. ${came}`,
    ]);
    expect(requests.expect('Create', 1).logicalName).toBe('account');
  });

  test('expect of nothing at all can say so', () => {
    const { requests } = recorded();
    expect(() => requests.expect('Create', 0)).toThrow('`times`');
    requests.expectNone('Create');
  });

  test('hold what failed later, and what took time', async () => {
    const requests = recordRequests();
    const slow: OrganizationMiddleware = async (ctx, next) => {
      await Promise.resolve();
      if (ctx.request.requestName === 'WhoAmI') throw new DataverseFault('PrivilegeDenied');
      return next();
    };
    const service = organization(requests.middleware, slow).getOrganizationServiceAsync();
    const id = await service.create(account('A'));
    expect(requests.expect('Create').response?.results['id']).toBe(id);
    await expect(service.execute(new WhoAmIRequest())).rejects.toThrow(DataverseFault);
    expect(requests.expect('WhoAmI').error).toBeInstanceOf(DataverseFault);
  });

  test('know the table of a query in FetchXML', () => {
    const { requests, context } = recorded();
    const query = new FetchExpression('<fetch top="1"><entity name="lead" /></fetch>');
    context.getOrganizationService().retrieveMultiple(query);
    expect(requests.expect('RetrieveMultiple').logicalName).toBe('lead');
  });
});

describe('faults on purpose', () => {
  test('the third Create fails with the code that is named, and stores nothing', () => {
    const faults = injectFaults().add({ requestName: 'Create', from: 3, fault: 'DuplicateRecord' });
    const context = withFaults(faults);
    expect(failing(context, 5)).toEqual([3]);
    expect(context.count('account')).toBe(4);
    expect(faults.count).toBe(1);
  });

  test('by table, by count, by what the request says', () => {
    const faults = injectFaults()
      .add({
        logicalName: 'account',
        from: 2,
        times: 2,
        fault: 'PrivilegeDenied',
        message: 'Not you',
      })
      .add({
        when: (request) => request instanceof DeleteRequest,
        fault: new TypeError('The line is dead.'),
      });
    const context = withFaults(faults);
    expect(failing(context, 5)).toEqual([2, 3]);
    const service = context.getOrganizationService();
    const id = service.create(new Entity('contact'));
    expect(() => service.delete('contact', id)).toThrow('The line is dead.');
    expect(() => service.delete('contact', id)).not.toThrow();
    faults.add({ requestName: 'WhoAmI', fault: 'PrivilegeDenied', message: 'Not you' });
    let fault: unknown;
    try {
      service.execute(new WhoAmIRequest());
    } catch (error) {
      fault = error;
    }
    expect(fault).toMatchObject({
      faultName: 'PrivilegeDenied',
      message: 'Not you',
      hexCode: '0x80040220',
    });
  });

  test('by chance that comes from outside', () => {
    const rule = { requestName: 'Create', probability: 0.3, fault: 'IsvUnExpected' } as const;
    const first = failing(withFaults(injectFaults({ random: seededRandom(7) }).add(rule)), 100);
    const second = failing(withFaults(injectFaults({ random: seededRandom(7) }).add(rule)), 100);
    expect(first).toEqual(second);
    expect(first.length).toBeGreaterThan(15);
    expect(first.length).toBeLessThan(45);
    const never = injectFaults().add({ probability: 0, fault: 'IsvUnExpected' });
    expect(failing(withFaults(never), 20)).toEqual([]);
  });

  test('afterwards: it has its effect, and the caller does not hear of it', async () => {
    const faults = injectFaults().add({ fault: 'IsvUnExpected', times: 2, afterwards: true });
    const context = withFaults(faults);
    expect(failing(context, 1)).toEqual([1]);
    expect(context.count('account')).toBe(1);
    const slow: OrganizationMiddleware = async (_, next) => await next();
    const later = organization(faults.middleware, slow);
    await expect(later.getOrganizationServiceAsync().create(account('A'))).rejects.toThrow(
      DataverseFault,
    );
    expect(later.count('account')).toBe(1);
  });

  test('end when they are cleared', () => {
    const faults = injectFaults().add({ fault: 'IsvUnExpected', times: 9 });
    const context = withFaults(faults);
    expect(failing(context, 2)).toEqual([1, 2]);
    faults.clear();
    expect(failing(context, 2)).toEqual([]);
  });

  test.each<[string, object]>([
    [
      'Expected `fault` to be the name of a code or an error, got `Nothing` (string).',
      { fault: 'Nothing' },
    ],
    ['`fault`', { fault: 'toString' }],
    ['`times`', { fault: 'IsvAborted', times: 0 }],
    ['`from`', { fault: 'IsvAborted', from: 0.5 }],
    ['`probability`', { fault: 'IsvAborted', probability: 2 }],
    ['requestname', { fault: 'IsvAborted', requestname: 'Create' }],
  ])('complain: %s', (text, rule) => {
    expect(() => injectFaults().add(rule as never)).toThrow(text);
  });
});

describe('time', () => {
  test('D-39 stands still, goes on and goes back; ids count', () => {
    const clock = travelClock('2024-02-29T12:00:00Z');
    const context = XrmFakedContextFactory.new({ clock, newId: countedIds(100) });
    const service = context.getOrganizationService();
    const id = service.create(account('A'));
    expect(id).toBe('00000000-0000-4000-8000-000000000067');
    const again = XrmFakedContextFactory.new({ clock, newId: countedIds(100) });
    expect(again.getOrganizationService().create(account('A'))).toBe(id);
    expect(context.getEntityById('account', id).get('createdon')).toEqual(
      new Date('2024-02-29T12:00:00Z'),
    );
    clock.advance(60_000);
    service.execute(new UpdateRequest({ target: new Entity('account', id, { name: 'B' }) }));
    expect(context.getEntityById('account', id).get('modifiedon')).toEqual(
      new Date('2024-02-29T12:01:00Z'),
    );
    clock.travelTo('2020-01-01T00:00:00Z');
    expect(clock.date).toEqual(new Date('2020-01-01T00:00:00Z'));
  });

  test('relative dates follow', () => {
    const clock = travelClock('2024-05-01T10:00:00Z');
    const context = XrmFakedContextFactory.new({ clock });
    const service = context.getOrganizationService();
    service.create(account('A'));
    const today = new QueryExpression('account', new ColumnSet(['name']));
    today.criteria.addCondition('createdon', 'Today');
    expect(service.retrieveMultiple(today).entities).toHaveLength(1);
    clock.advance(24 * 60 * 60 * 1000);
    expect(service.retrieveMultiple(today).entities).toHaveLength(0);
  });

  test('timers fire in their order, on the way', () => {
    const clock = travelClock(new Date(0));
    const fired: string[] = [];
    const note = (name: string) => () => void fired.push(`${name} ${clock.now()} ${clock.wall()}`);
    clock.setTimer(note('b'), 20);
    clock.setTimer(note('a'), 10);
    clock.setTimer(note('c'), 20);
    clock.setTimer(note('never'), Infinity);
    const cancel = clock.setTimer(note('gone'), 5);
    cancel();
    cancel();
    clock.travelTo(new Date(-5));
    expect(fired).toEqual([]);
    clock.advance(20);
    expect(fired).toEqual(['a 10 5', 'b 20 15', 'c 20 15']);
    expect(() => clock.advance(-1)).toThrow('`ms`');
    expect(() => clock.travelTo('soon')).toThrow('Expected `moment` to be a date');
    expect(() => clock.setTimer(() => {}, NaN)).toThrow('`afterMs`');
    expect(() => countedIds(-1)).toThrow('`first`');
    expect(countedIds(0xffff_ffff_ffff)()).toBe('00000000-0000-4000-8000-ffffffffffff');
  });
});

describe('callers', () => {
  const user = (at: number): EntityReference => new EntityReference('systemuser', countedIds(at)());

  test('D-36 who calls can be changed, and whom he impersonates', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const { callerProperties } = context;
    callerProperties.callerId = user(1);
    callerProperties.businessUnitId = new EntityReference('businessunit', countedIds(5)());
    const whoAmI = (): unknown => {
      const { userId, businessUnitId } = service.execute(new WhoAmIRequest());
      return { userId, businessUnitId };
    };
    expect(whoAmI()).toEqual({ userId: user(1).id, businessUnitId: countedIds(5)() });
    expect(callerProperties.getEffectiveUser().id).toBe(user(1).id);
    callerProperties.impersonatedUserId = user(2);
    expect(callerProperties.getEffectiveUser().id).toBe(user(2).id);
    const id = service.create(account('A'));
    expect(context.getEntityById('account', id).get('createdby')).toMatchObject({ id: user(2).id });
    callerProperties.impersonatedUserId = undefined;
    expect(callerProperties.getEffectiveUser().id).toBe(user(1).id);
    expect(() => {
      callerProperties.callerId = 'me' as never;
    }).toThrow('Expected `callerId` to be a reference to a record');
  });

  test('D-36 a test does something as another user', async () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    const { callerProperties } = context;
    const before = callerProperties.callerId.id;
    const me = (): string => service.execute(new WhoAmIRequest()).userId;
    expect(callerProperties.as(user(3), me)).toBe(user(3).id);
    expect(me()).toBe(before);
    const later = callerProperties.as(user(4).id, async () => {
      await Promise.resolve();
      return me();
    });
    expect(await later).toBe(user(4).id);
    expect(me()).toBe(before);
    expect(() =>
      callerProperties.as(user(5), () => {
        throw new TypeError('no');
      }),
    ).toThrow('no');
    expect(me()).toBe(before);
  });

  test('D-30 D-36 a service that is bound to a user stays so', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService(user(6).id);
    context.callerProperties.callerId = user(1);
    expect(service.execute(new WhoAmIRequest()).userId).toBe(user(6).id);
  });
});

describe('what is stored', () => {
  test('D-34 is shown as records that belong to whoever asks', () => {
    const context = XrmFakedContextFactory.new();
    const id = countedIds()();
    context.initialize(new Entity('account', id, { name: 'A', date: new Date(0) }));
    const shown = context.getEntityById('account', `{${id}}`);
    expect(shown.get('name')).toBe('A');
    shown.set('name', 'B');
    (shown.get('date') as Date).setTime(9);
    context.createQuery('account')[0]?.set('name', 'C');
    context.data.get('account')?.get(id)?.set('name', 'D');
    expect(context.getEntityById('account', id).get('name')).toBe('A');
    expect(context.getEntityById('account', id).get('date')).toEqual(new Date(0));
    expect(context.containsEntity('account', id)).toBe(true);
    expect(context.containsEntity('account', countedIds(9)())).toBe(false);
    expect(context.containsEntity('__proto__', id)).toBe(false);
    expect(context.createQuery('account').filter((one) => one.get('name') === 'A')).toHaveLength(1);
    expect(context.createQuery('nothing')).toEqual([]);
    expect([...context.data].map(([name, records]) => [name, records.size])).toEqual([
      ['account', 1],
    ]);
    expect(context.data.get('nothing')).toBeUndefined();
    expect(context.data.tableNames).toEqual(['account']);
  });

  test('D-35 what is not there has a text', () => {
    const context = XrmFakedContextFactory.new();
    expect(() => context.getEntityById('nothing', 'x')).toThrow(
      "The entity logical name 'nothing' is not valid.",
    );
    context.initialize(new Entity('account', { name: 'A' }));
    expect(() => context.getEntityById('account', 'x')).toThrow(
      "The id parameter 'x' for entity logical name 'account' is not valid.",
    );
    expect(context.store.tableNames).not.toContain('nothing');
  });

  test('D-39 comes back by a snapshot, and goes by reset', () => {
    const context = XrmFakedContextFactory.new();
    context.initialize([account('A'), new Entity('contact')]);
    const service = context.getOrganizationService();
    const snapshot = context.snapshot();
    service.create(account('B'));
    expect(context.count('account')).toBe(2);
    context.restore(snapshot);
    expect(context.createQuery('account').map((one) => one.get('name'))).toEqual(['A']);
    context.reset();
    expect(context.data.tableNames).toEqual([]);
    context.initialize(account('C'));
    expect(context.count('account')).toBe(1);
    context.restore(snapshot);
    expect(context.createQuery('account').map((one) => one.get('name'))).toEqual(['A']);
    expect(context.count('contact')).toBe(1);
  });

  test('D-40 traces are collected', () => {
    const trace: OrganizationMiddleware = (ctx, next) => {
      ctx.context.tracing.trace('{0} came, {1} {2}', ctx.request.requestName, 1);
      return next();
    };
    const context = organization(trace);
    context.getOrganizationService().create(account('A'));
    context.getTracingService().trace('done');
    expect(context.getTracingService().lines).toEqual(['Create came, 1 {2}', 'done']);
    expect(context.getTracingService().dumpTrace()).toBe('Create came, 1 {2}\ndone\n');
    context.reset();
    expect(context.getTracingService().dumpTrace()).toBe('');
  });
});

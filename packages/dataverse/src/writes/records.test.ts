/** Tests of what the system adds to records: who made them and when, whose they are, their state, names and numbers. */
import { fakeClock } from '@interpose/testing';
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  DataverseFault,
  Entity,
  EntityReference,
  MiddlewareBuilder,
  OptionSetValue,
  OrganizationRequest,
  type RequestContext,
  XrmFakedContextFactory,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { seedAutoNumber } from './auto-number.ts';

const START = Date.UTC(2024, 0, 15, 12, 30);
const USER = '22222222-2222-4222-8222-222222222222';
const ALL = new ColumnSet(true);

function organization(entities: readonly EntityMetadata[] = []) {
  const clock = fakeClock({ wallMs: START });
  const context = XrmFakedContextFactory.new({ clock, metadata: { entities }, random: () => 0 });
  return { clock, context, service: context.getOrganizationService(USER) };
}

function faultOf(act: () => unknown): DataverseFault {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(DataverseFault);
    return error as DataverseFault;
  }
  throw new Error('It was allowed.');
}

describe('a new record', () => {
  test('D-52 says when, by whom, whose and in which state', () => {
    const { service, context } = organization();
    const id = service.create(new Entity('account', { name: 'A' }));
    const found = service.retrieve('account', id, ALL);
    const user = { logicalName: 'systemuser', id: USER };
    expect(found.attributes).toMatchObject({
      accountid: id,
      createdon: new Date(START),
      modifiedon: new Date(START),
      createdby: user,
      modifiedby: user,
      ownerid: user,
      owninguser: user,
      statecode: new OptionSetValue(0),
      versionnumber: Number(found.rowVersion),
    });
    expect(found.contains('createdonbehalfby')).toBe(false);
    expect(found.contains('owningteam')).toBe(false);
    expect(context.count('account')).toBe(1);
  });

  test('D-52 D-177 keeps what it is given', () => {
    const { service } = organization();
    const createdon = new Date('2020-01-01T00:00:00Z');
    const id = service.create(new Entity('account', { createdon }));
    expect(service.retrieve('account', id, ALL).get('createdon')).toEqual(createdon);
  });

  test('D-52 of a table of pairs has nothing of it', () => {
    const { service } = organization([
      {
        logicalName: 'new_a_b',
        isIntersect: true,
        attributes: {
          new_aid: { logicalName: 'new_aid', type: 'Uniqueidentifier' },
          new_a_bid: { logicalName: 'new_a_bid', type: 'Uniqueidentifier' },
        },
      },
    ]);
    const id = service.create(new Entity('new_a_b', { new_aid: USER }));
    expect(Object.keys(service.retrieve('new_a_b', id, ALL).attributes).toSorted()).toEqual([
      'new_a_bid',
      'new_aid',
    ]);
  });

  test('D-52 D-57 made for somebody else says who really did it', () => {
    const real = new EntityReference('systemuser', '33333333-3333-4333-8333-333333333333');
    const asOther = (ctx: RequestContext) => ({
      ...ctx,
      caller: {
        ...ctx.caller,
        callerId: real,
        impersonatedUserId: new EntityReference('systemuser', USER),
      },
    });
    const context = MiddlewareBuilder.new()
      .addCrud()
      .use((ctx, next) => next(asOther(ctx)))
      .useCrud()
      .build();
    const service = context.getOrganizationService();
    const id = service.create(new Entity('account'));
    service.update(new Entity('account', id, { name: 'B' }));
    expect(service.retrieve('account', id, ALL).attributes).toMatchObject({
      createdby: { id: USER },
      createdonbehalfby: { id: real.id },
      modifiedby: { id: USER },
      modifiedonbehalfby: { id: real.id },
      ownerid: { id: USER },
    });
  });

  test('DV-91 may be made in the past, not in the future', () => {
    const { service, context } = organization();
    const past = new Date('2001-02-03T04:05:06Z');
    const id = service.create(new Entity('account', { overriddencreatedon: past }));
    expect(service.retrieve('account', id, ALL).get('createdon')).toEqual(past);
    const future = new Entity('account', { overriddencreatedon: new Date(START + 1) });
    expect(faultOf(() => service.create(future)).message).toContain('is in the future');
    expect(context.count('account')).toBe(1);
  });

  test('D-50 D-51 has the id that it is given, as an id or as a value, but no other record has', () => {
    const { service, context } = organization();
    const id = '44444444-4444-4444-8444-444444444444';
    expect(service.create(new Entity('account', id))).toBe(id);
    expect(service.create(new Entity('contact', { contactid: `{${id.toUpperCase()}}` }))).toBe(id);
    const fault = faultOf(() => service.create(new Entity('account', id)));
    expect(fault.hexCode).toBe('0x80040237');
    expect(fault.message).toBe(
      `There is already a record of entity account with id ${id}, can't create with this Id.`,
    );
    expect(
      faultOf(() => service.create(new Entity('account', { accountid: 5 }))).message,
    ).toContain("'accountid' of entity 'account' has an invalid type");
    expect(context.count('account')).toBe(1);
  });

  test('D-51 is a record', () => {
    const { service } = organization();
    for (const target of [null, undefined, {}, 'account']) {
      const request = new OrganizationRequest('Create', { Target: target });
      expect(faultOf(() => service.execute(request)).message).toBe('The entity must not be null');
    }
  });

  test('by a plain request of the name is the same', () => {
    const { service, context } = organization();
    const target = new Entity('account', { name: 'A' });
    const { results } = service.execute(new OrganizationRequest('Create', { Target: target }));
    expect(context.count('account')).toBe(1);
    const change = new Entity('account', results['id'] as string, { name: 'B' });
    service.execute(new OrganizationRequest('Update', { Target: change }));
    expect(service.retrieve('account', change.id, ALL).get('name')).toBe('B');
  });

  test('DV-104 belongs to the business unit of its owner, be it a user or a team', () => {
    const { service } = organization();
    const unit = new EntityReference('businessunit', '55555555-5555-4555-8555-555555555555');
    const team = service.create(new Entity('team', { businessunitid: unit }));
    const owner = new EntityReference('team', team);
    const id = service.create(new Entity('account', { ownerid: owner }));
    const owned = service.retrieve('account', id, ALL);
    expect(owned.attributes).toMatchObject({ owningteam: { id: team }, owningbusinessunit: unit });
    expect(owned.contains('owninguser')).toBe(false);
    service.update(new Entity('account', id, { ownerid: new EntityReference('systemuser', USER) }));
    const again = service.retrieve('account', id, ALL);
    expect(again.attributes).toMatchObject({ owninguser: { id: USER } });
    expect(again.contains('owningteam')).toBe(false);
    expect(again.get('owningbusinessunit')).not.toMatchObject({ id: unit.id });
  });

  test('DV-112 of a person has a full name, also after a part of it has changed', () => {
    const { service } = organization();
    const id = service.create(new Entity('contact', { firstname: 'Ada', lastname: 'Byron' }));
    const name = (): unknown => service.retrieve('contact', id, ALL).get('fullname');
    expect(name()).toBe('Ada Byron');
    service.update(new Entity('contact', id, { lastname: 'Lovelace' }));
    expect(name()).toBe('Ada Lovelace');
    service.update(new Entity('contact', id, { firstname: null }));
    expect(name()).toBe('Lovelace');
    service.update(new Entity('contact', id, { lastname: '' }));
    expect(name()).toBeUndefined();
  });
});

describe('a changed record', () => {
  test('D-57 DV-92 keeps what is not given, loses what is empty, and says when and by whom', () => {
    const { service, clock, context } = organization();
    const id = service.create(new Entity('account', { name: 'A', city: 'B', phone: 'C' }));
    const before = service.retrieve('account', id, ALL);
    clock.advanceSync(1000);
    const other = '66666666-6666-4666-8666-666666666666';
    context
      .getOrganizationService(other)
      .update(new Entity('account', id, { name: 'D', city: null }));
    const found = service.retrieve('account', id, ALL);
    expect(found.attributes).toMatchObject({ name: 'D', phone: 'C', modifiedby: { id: other } });
    expect(found.contains('city')).toBe(false);
    expect(found.get('createdon')).toEqual(before.get('createdon'));
    expect(found.get('modifiedon')).toEqual(new Date(START + 1000));
    clock.advanceSync(1000);
    service.retrieve('account', id, ALL);
    expect(service.retrieve('account', id, ALL).get('modifiedon')).toEqual(new Date(START + 1000));
  });

  test('D-56 D-57 D-58 DV-102 has to be there', () => {
    const { service } = organization();
    const fault = `account With Id = ${USER} Does Not Exist`;
    for (const act of [
      () => service.update(new Entity('account', USER, { name: 'A' })),
      () => service.delete('account', USER),
      () => service.retrieve('account', USER, ALL),
    ]) {
      expect(faultOf(act)).toMatchObject({ message: fault, faultName: 'ObjectDoesNotExist' });
    }
  });

  test('D-65 DV-99 has a version that no other record has, and that only grows', () => {
    const { service } = organization();
    const versions: number[] = [];
    const note = (id: string): void => {
      const found = service.retrieve('account', id, ALL);
      expect(found.get('versionnumber')).toBe(Number(found.rowVersion));
      versions.push(Number(found.rowVersion));
    };
    const one = service.create(new Entity('account'));
    note(one);
    const other = service.create(new Entity('account'));
    note(other);
    service.update(new Entity('account', one, { name: 'A' }));
    note(one);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
    expect(new Set(versions).size).toBe(3);
  });
});

const ticket: EntityMetadata = {
  logicalName: 'new_ticket',
  enforceStateTransitions: true,
  attributes: {
    statecode: {
      logicalName: 'statecode',
      type: 'State',
      options: [
        { value: 0, label: 'Open', defaultStatus: 1 },
        { value: 1, label: 'Closed', defaultStatus: 10 },
      ],
    },
    statuscode: {
      logicalName: 'statuscode',
      type: 'Status',
      options: [
        { value: 1, label: 'New', state: 0, transitions: [2, 10] },
        { value: 2, label: 'Working', state: 0 },
        { value: 10, label: 'Done', state: 1, transitions: [2] },
        { value: 11, label: 'Dropped', state: 1, transitions: [] },
      ],
    },
  },
};

describe('state and status', () => {
  const state = (value: number): OptionSetValue => new OptionSetValue(value);
  const states = (found: Entity): unknown => [
    (found.get('statecode') as OptionSetValue | undefined)?.value,
    (found.get('statuscode') as OptionSetValue | undefined)?.value,
  ];

  test('DV-114 begin as the table says, and nowhere else', () => {
    const { service, context } = organization([ticket]);
    const id = service.create(new Entity('new_ticket'));
    expect(states(service.retrieve('new_ticket', id, ALL))).toEqual([0, 1]);
    const working = service.create(new Entity('new_ticket', { statuscode: state(2) }));
    expect(states(service.retrieve('new_ticket', working, ALL))).toEqual([0, 2]);
    const closed = faultOf(() => service.create(new Entity('new_ticket', { statecode: state(1) })));
    expect(closed.hexCode).toBe('0x80048408');
    const mixed = faultOf(() =>
      service.create(new Entity('new_ticket', { statuscode: state(10) })),
    );
    expect(mixed.message).toMatch(
      /^10 is not a valid status code for state code 0State on new_ticket with Id /,
    );
    expect(context.count('new_ticket')).toBe(2);
  });

  test('DV-115 bring each other along', () => {
    const { service } = organization([{ ...ticket, enforceStateTransitions: false }]);
    const id = service.create(new Entity('new_ticket'));
    const set = (attributes: Record<string, OptionSetValue>): unknown => {
      service.update(new Entity('new_ticket', id, attributes));
      return states(service.retrieve('new_ticket', id, ALL));
    };
    expect(set({ statuscode: state(11) })).toEqual([1, 11]);
    expect(set({ statecode: state(0) })).toEqual([0, 1]);
    expect(set({ statecode: state(1) })).toEqual([1, 10]);
    expect(set({ statecode: state(0), statuscode: state(2) })).toEqual([0, 2]);
    const fault = faultOf(() => set({ statecode: state(1), statuscode: state(1) }));
    expect(fault.faultName).toBe('InvalidStateCodeStatusCode');
    expect(states(service.retrieve('new_ticket', id, ALL))).toEqual([0, 2]);
    // The status that it has already belongs to no other state either.
    const kept = faultOf(() => set({ statecode: state(1), statuscode: state(2) }));
    expect(kept.faultName).toBe('InvalidStateCodeStatusCode');
    expect(set({ statecode: state(0), statuscode: state(2) })).toEqual([0, 2]);
  });

  test('DV-116 follow each other as the table allows, where it enforces that', () => {
    const { service } = organization([ticket]);
    const id = service.create(new Entity('new_ticket'));
    const set = (value: number): void =>
      service.update(new Entity('new_ticket', id, { statuscode: state(value) }));
    expect(faultOf(() => set(11)).message).toMatch(
      /^Status code 11 may not follow 1 on new_ticket/,
    );
    set(10);
    expect(faultOf(() => set(1)).faultName).toBe('InvalidStateCodeStatusCode');
    set(2);
    set(11);
    expect(states(service.retrieve('new_ticket', id, ALL))).toEqual([1, 11]);
  });
});

describe('a column that numbers its records', () => {
  const numbered = (autoNumberFormat: string): EntityMetadata => ({
    logicalName: 'new_order',
    attributes: { new_no: { logicalName: 'new_no', type: 'String', autoNumberFormat } },
  });

  test('D-64 DV-111 counts, draws letters and tells the time', () => {
    const { service } = organization([
      numbered('A-{SEQNUM:6}-{RANDSTRING:4}-{DATETIMEUTC:yyyyMMdd HH:mm}-{DATETIMELOCAL:d.M.yy}'),
    ]);
    const create = (attributes = {}): unknown =>
      service
        .retrieve('new_order', service.create(new Entity('new_order', attributes)), ALL)
        .get('new_no');
    expect(create()).toBe('A-001000-AAAA-20240115 12:30-15.1.24');
    expect(create({ new_no: 'mine' })).toBe('mine');
    expect(create({ new_no: '' })).toBe('A-001001-AAAA-20240115 12:30-15.1.24');
  });

  test('D-64 counts for each organization by itself', () => {
    const create = (): unknown => {
      const { service } = organization([numbered('{SEQNUM:1}')]);
      return service
        .retrieve('new_order', service.create(new Entity('new_order')), ALL)
        .get('new_no');
    };
    expect([create(), create()]).toEqual(['1000', '1000']);
  });

  test('may be told where to go on', () => {
    const { service, context } = organization([numbered('{SEQNUM:3}')]);
    seedAutoNumber(context, { logicalName: 'new_order', column: 'new_no', next: 7 });
    const id = service.create(new Entity('new_order'));
    expect(service.retrieve('new_order', id, ALL).get('new_no')).toBe('007');
  });
});

test('D-33 records that are put in place get the same additions', () => {
  const { context, service } = organization();
  const modifiedon = new Date('2020-01-01T00:00:00Z');
  context.initialize([new Entity('account', USER, { name: 'A', modifiedon })]);
  expect(service.retrieve('account', USER, ALL).attributes).toMatchObject({
    accountid: USER,
    createdon: new Date(START),
    modifiedon,
    statecode: new OptionSetValue(0),
  });
});

test('D-33 records are put in place all or none, and then once more', () => {
  const { context } = organization();
  const odd = new Entity('account', { odd: Symbol('odd') as never });
  expect(() => context.initialize([new Entity('account', USER), odd])).toThrow(DataverseFault);
  expect(context.count('account')).toBe(0);
  expect(() => context.initialize([new Entity('account', USER), {} as never])).toThrow(
    'Expected `entities` to be records',
  );
  expect(context.count('account')).toBe(0);
  context.initialize(new Entity('account', USER));
  expect(context.count('account')).toBe(1);
  expect(() => context.initialize([])).toThrow('Initialize should be called only once');
});

test('an owner, a state and a status are changed, not taken away', () => {
  const { service } = organization([ticket]);
  const id = service.create(new Entity('new_ticket'));
  for (const name of ['ownerid', 'statecode', 'statuscode']) {
    const before = service.retrieve('new_ticket', id, ALL);
    const fault = faultOf(() => service.update(new Entity('new_ticket', id, { [name]: null })));
    expect(fault.errorCode).not.toBe(0);
    expect(service.retrieve('new_ticket', id, ALL).attributes).toEqual(before.attributes);
  }
});

test('an activity says of which kind it is', () => {
  const call: EntityMetadata = {
    logicalName: 'new_call',
    isActivity: true,
    isComplete: true,
    attributes: {
      activityid: { logicalName: 'activityid', type: 'Uniqueidentifier' },
      activitytypecode: {
        logicalName: 'activitytypecode',
        type: 'EntityName',
        requiredLevel: 'SystemRequired',
      },
    },
  };
  const { service } = organization([call]);
  const id = service.create(new Entity('new_call'));
  expect(service.retrieve('new_call', id, ALL).attributes).toEqual({
    activityid: id,
    activitytypecode: 'new_call',
  });
});

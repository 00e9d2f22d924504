/** Tests of the messages that change whose a record is and in which state it is. */
import { describe, expect, test } from 'vitest';
import {
  AssignRequest,
  ColumnSet,
  Entity,
  EntityReference,
  OptionSetValue,
  SetStateRequest,
  XrmFakedContextFactory,
} from '../index.ts';
import type { CascadeType } from '../metadata/relationship-metadata.ts';

const USER = new EntityReference('systemuser', 'aaaaaaaa-0000-0000-0000-000000000000');
const TEAM = new EntityReference('team', 'bbbbbbbb-0000-0000-0000-000000000000');

function organization(cascades: Readonly<Record<string, CascadeType>> = {}) {
  const context = XrmFakedContextFactory.new();
  for (const [table, assign] of Object.entries(cascades)) {
    context.addRelationship({
      kind: 'OneToMany',
      schemaName: table,
      referencedEntity: 'account',
      referencingEntity: table,
      referencingAttribute: 'regardingid',
      cascade: { assign },
    });
  }
  const service = context.getOrganizationService();
  const read = ({ logicalName, id }: EntityReference): Entity =>
    service.retrieve(logicalName, id, new ColumnSet(true));
  const make = (table: string, attributes = {}): EntityReference =>
    new EntityReference(table, service.create(new Entity(table, attributes)));
  return { context, service, read, make };
}

describe('Assign', () => {
  test('D-101 DV-104 changes the owner in all its columns, from user to team and back', () => {
    const { context, service, read, make } = organization();
    const unit = new EntityReference('businessunit', 'cccccccc-0000-0000-0000-000000000000');
    service.create(new Entity('team', TEAM.id, { businessunitid: unit }));
    const target = make('account');
    service.execute(new AssignRequest({ target, assignee: TEAM }));
    expect(read(target).get('ownerid')).toEqual(TEAM);
    expect(read(target).get('owningteam')).toEqual(TEAM);
    expect(read(target).get('owninguser')).toBeUndefined();
    expect(read(target).get('owningbusinessunit')).toEqual(unit);
    service.execute(new AssignRequest({ target, assignee: USER }));
    expect(read(target).get('ownerid')).toEqual(USER);
    expect(read(target).get('owninguser')).toEqual(USER);
    expect(read(target).get('owningteam')).toBeUndefined();
    expect(read(target).get('owningbusinessunit')).not.toEqual(unit);
    expect(context.count('account')).toBe(1);
  });

  test('DV-122 takes with it what the relationships say', () => {
    const { service, read, make } = organization({
      all: 'Cascade',
      active: 'Active',
      owned: 'UserOwned',
      none: 'NoCascade',
    });
    const target = make('account');
    const with_ = (table: string, attributes = {}): EntityReference =>
      make(table, { regardingid: target, ...attributes });
    const closed = with_('active');
    service.update(new Entity('active', closed.id, { statecode: new OptionSetValue(1) }));
    const taken = [with_('all', { ownerid: TEAM }), with_('active'), with_('owned')];
    const left = [closed, with_('owned', { ownerid: TEAM }), with_('none'), make('all')];
    service.execute(new AssignRequest({ target, assignee: USER }));
    for (const one of [target, ...taken]) expect(read(one).get('ownerid')).toEqual(USER);
    for (const one of left) expect(read(one).get('ownerid')).not.toEqual(USER);
  });

  test('DV-122 ends in circles', () => {
    const { service, read, make } = organization({ account: 'Cascade' });
    const first = make('account');
    const second = make('account', { regardingid: first });
    service.update(new Entity('account', first.id, { regardingid: second }));
    service.execute(new AssignRequest({ target: second, assignee: USER }));
    expect([first, second].map((one) => read(one).get('ownerid'))).toEqual([USER, USER]);
  });

  test.each<[CascadeType, taken: boolean]>([
    ['Cascade', true],
    ['Active', true],
    ['UserOwned', true],
    ['NoCascade', false],
  ])('DV-122 an Update of the owner takes with it what an Assign would: %s', (cascade, isTaken) => {
    const { service, read, make } = organization({ new_note: cascade });
    const target = make('account');
    const note = make('new_note', { regardingid: target });
    service.update(new Entity('account', target.id, { ownerid: USER, name: 'A' }));
    expect(read(target).get('ownerid')).toEqual(USER);
    expect(read(target).get('name')).toBe('A');
    expect((read(note).get('ownerid') as EntityReference).id === USER.id).toBe(isTaken);
    service.update(new Entity('new_note', note.id, { ownerid: TEAM }));
    service.update(new Entity('account', target.id, { ownerid: USER }));
    expect(read(note).get('ownerid')).toEqual(TEAM);
  });

  test('D-101 needs a target that is there, and an assignee', () => {
    const { service, make } = organization();
    const target = make('account');
    const assign = (parts: object): unknown => service.execute(new AssignRequest(parts as never));
    expect(() => assign({ assignee: USER })).toThrow('Can not assign without target');
    expect(() => assign({ target })).toThrow('Can not assign without assignee');
    expect(() => assign({ target: USER, assignee: TEAM })).toThrow('Does Not Exist');
  });
});

describe('SetState', () => {
  const state = new OptionSetValue(1);

  test('D-103 changes state and status, or the state with the status that is usual', () => {
    const { context, service, read, make } = organization();
    context.initializeMetadata([
      {
        logicalName: 'new_case',
        attributes: {
          new_caseid: { logicalName: 'new_caseid', type: 'Uniqueidentifier' },
          statecode: {
            logicalName: 'statecode',
            type: 'State',
            options: [
              { value: 0, label: 'Active', defaultStatus: 1 },
              { value: 1, label: 'Resolved', defaultStatus: 5 },
            ],
          },
          statuscode: {
            logicalName: 'statuscode',
            type: 'Status',
            options: [
              { value: 1, label: 'In Progress', state: 0 },
              { value: 5, label: 'Problem Solved', state: 1 },
              { value: 1000, label: 'Information Provided', state: 1 },
            ],
          },
        },
      },
    ]);
    const entityMoniker = make('new_case');
    const set = (status: number): unknown =>
      service.execute(
        new SetStateRequest({ entityMoniker, state, status: new OptionSetValue(status) }),
      );
    set(1000);
    expect(read(entityMoniker).get('statecode')).toEqual(state);
    expect(read(entityMoniker).get('statuscode')).toEqual(new OptionSetValue(1000));
    service.update(new Entity('new_case', entityMoniker.id, { statuscode: new OptionSetValue(1) }));
    set(-1);
    expect(read(entityMoniker).get('statuscode')).toEqual(new OptionSetValue(5));
    service.update(new Entity('new_case', entityMoniker.id, { statuscode: new OptionSetValue(1) }));
    expect(() => set(1)).toThrow('1 is not a valid status code for state code 1State on new_case');
    expect(read(entityMoniker).get('statecode')).toEqual(new OptionSetValue(0));
  });

  test('D-103 needs all that it says', () => {
    const { service, make } = organization();
    const parts = { entityMoniker: make('account'), state, status: state };
    for (const [key, name] of [
      ['entityMoniker', 'EntityMoniker'],
      ['state', 'State'],
      ['status', 'Status'],
    ] as const) {
      const request = new SetStateRequest({ ...parts, [key]: undefined } as never);
      expect(() => service.execute(request)).toThrow(`Required field '${name}' is missing`);
    }
    expect(() => service.execute(new SetStateRequest({ ...parts, entityMoniker: USER }))).toThrow(
      'Does Not Exist',
    );
  });
});

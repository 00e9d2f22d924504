/** Tests of alternate keys, upsert, versions of records, and records that come along with others. */
import { describe, expect, test } from 'vitest';
import {
  AssociateRequest,
  ColumnSet,
  CreateRequest,
  DataverseFault,
  DeleteRequest,
  Entity,
  EntityCollection,
  EntityReference,
  Money,
  OptionSetValue,
  type OrganizationService,
  QueryExpression,
  RetrieveRequest,
  UpdateRequest,
  UpsertRequest,
  MiddlewareBuilder,
  XrmFakedContextFactory,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import type { RelationshipMetadata } from '../metadata/relationship-metadata.ts';

const ALL = new ColumnSet(true);

const product: EntityMetadata = {
  logicalName: 'new_product',
  isOptimisticConcurrencyEnabled: true,
  attributes: {
    new_code: { logicalName: 'new_code', type: 'String' },
    new_size: { logicalName: 'new_size', type: 'Integer' },
    new_kind: { logicalName: 'new_kind', type: 'Picklist', options: [] },
    new_name: { logicalName: 'new_name', type: 'String' },
  },
  keys: [
    { logicalName: 'new_byCodeAndSize', keyAttributes: ['new_code', 'new_size'] },
    { logicalName: 'new_byKind', keyAttributes: ['new_kind'] },
  ],
};

function organization(
  entities: readonly EntityMetadata[] = [product],
  relationships: readonly RelationshipMetadata[] = [],
) {
  const context = XrmFakedContextFactory.new({ metadata: { entities, relationships } });
  return { context, service: context.getOrganizationService() };
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

describe('an alternate key', () => {
  const create = (service: OrganizationService, code: string | null, size: number | null): string =>
    service.create(new Entity('new_product', { new_code: code, new_size: size }));

  test('D-60 DV-96 is unique as a whole, where nothing of it is empty', () => {
    const { service, context } = organization();
    create(service, 'A', 1);
    create(service, 'A', 2);
    create(service, 'A', null);
    create(service, 'A', null);
    create(service, null, 1);
    const fault = faultOf(() => create(service, 'a', 1));
    expect(fault.hexCode).toBe('0x80060892');
    expect(fault.message).toContain(
      'Entity Key new_byCodeAndSize violated. A record with the same value for new_code, new_size already exists.',
    );
    expect(context.count('new_product')).toBe(5);
  });

  test('DV-98 stays so when records change', () => {
    const { service } = organization();
    create(service, 'A', 1);
    const id = create(service, 'A', 2);
    const fault = faultOf(() => service.update(new Entity('new_product', id, { new_size: 1 })));
    expect(fault.faultName).toBe('DuplicateRecordEntityKey');
    expect(service.retrieve('new_product', id, ALL).get('new_size')).toBe(2);
    service.update(new Entity('new_product', id, { new_size: 2, new_name: 'same' }));
    service.update(new Entity('new_product', id, { new_name: 'other' }));
    expect(service.retrieve('new_product', id, ALL).get('new_name')).toBe('other');
  });

  test('D-60 finds a record to be read, changed and deleted', () => {
    const { service, context } = organization();
    const id = create(service, 'A', 1);
    const target = new EntityReference('new_product', { new_code: 'A', new_size: 1 });
    const read = new RetrieveRequest({ target, columnSet: ALL });
    expect(service.execute(read).entity.id).toBe(id);
    const change = new Entity('new_product', { new_name: 'N' });
    change.keyAttributes = { new_size: 1, new_code: 'A' };
    service.update(change);
    expect(service.execute(read).entity.get('new_name')).toBe('N');
    service.execute(new DeleteRequest({ target }));
    expect(context.count('new_product')).toBe(0);
  });

  test('D-60 of a choice may come as a number', () => {
    const { service } = organization();
    const id = service.create(new Entity('new_product', { new_kind: new OptionSetValue(7) }));
    for (const kind of [7, new OptionSetValue(7)]) {
      const target = new EntityReference('new_product', { new_kind: kind });
      expect(service.execute(new RetrieveRequest({ target, columnSet: ALL })).entity.id).toBe(id);
    }
  });

  test('D-60 that finds nothing, or is none, is refused', () => {
    const { service } = organization();
    const read = (key: Record<string, unknown>) => (): unknown => {
      const target = new EntityReference('new_product', key);
      return service.execute(new RetrieveRequest({ target, columnSet: ALL }));
    };
    const missing = faultOf(read({ new_code: 'A', new_size: 1 }));
    expect(missing.hexCode).toBe('0x80060891');
    expect(missing.message).toBe(
      'A record with the specified key values does not exist in new_product entity',
    );
    for (const key of [{ new_name: 'A' }, { new_code: 'A' }, {}, JSON.parse('{"__proto__":1}')]) {
      expect(faultOf(read(key as Record<string, unknown>)).message).toBe(
        'The requested key attributes do not exist for the entity new_product',
      );
    }
    expect(faultOf(read({ new_code: null, new_size: 1 })).message).toContain('has no value');
  });

  test('DV-97 has 16 columns at most, a table 10, and of some types none', () => {
    const names = Array.from({ length: 17 }, (_, at) => `new_c${at}`);
    const attributes = Object.fromEntries(
      names.map((name) => [name, { logicalName: name, type: 'String' as const }]),
    );
    const describe =
      (keys: EntityMetadata['keys'], more = {}) =>
      () =>
        organization([
          { logicalName: 'new_x', attributes: { ...attributes, ...more }, keys: keys ?? [] },
        ]);
    const key = (...keyAttributes: string[]) => ({ logicalName: 'k', keyAttributes });
    expect(describe([key(...names.slice(0, 16))])).not.toThrow();
    expect(describe([key(...names)])).toThrow('a key of 16 columns at most, got `17`');
    expect(describe(names.slice(0, 10).map((name) => key(name)))).not.toThrow();
    expect(describe(names.slice(0, 11).map((name) => key(name)))).toThrow('10 at most, got `11`');
    for (const type of ['Money', 'Boolean', 'Memo'] as const) {
      const more = { new_odd: { logicalName: 'new_odd', type } };
      expect(describe([key('new_odd')], more)).toThrow(`new_odd: ${type}`);
    }
    expect(describe([key('toString')])).toThrow('toString: not there');
  });
});

describe('Upsert', () => {
  test('D-59 DV-93 by an id changes what is there, and creates what is not', () => {
    const { service } = organization();
    const id = '77777777-7777-4777-8777-777777777777';
    const upsert = (name: string) =>
      service.execute(
        new UpsertRequest({ target: new Entity('new_product', id, { new_name: name }) }),
      );
    const first = upsert('A');
    expect([first.recordCreated, first.target.id]).toEqual([true, id]);
    const second = upsert('B');
    expect([second.recordCreated, second.target.id]).toEqual([false, id]);
    expect(service.retrieve('new_product', id, ALL).get('new_name')).toBe('B');
  });

  test('D-59 DV-93 by a key gives a new record the values of the key', () => {
    const { service, context } = organization();
    const upsert = (name: string) => {
      const target = new Entity('new_product', { new_name: name });
      target.keyAttributes = { new_code: 'A', new_size: 1 };
      return service.execute(new UpsertRequest({ target }));
    };
    const { recordCreated, target } = upsert('one');
    expect(recordCreated).toBe(true);
    expect(service.retrieve('new_product', target.id, ALL).attributes).toMatchObject({
      new_code: 'A',
      new_size: 1,
      new_name: 'one',
    });
    const again = upsert('two');
    expect([again.recordCreated, again.target.id]).toEqual([false, target.id]);
    expect(context.count('new_product')).toBe(1);
  });

  test('D-59 is seen as what it does', async () => {
    const names: string[] = [];
    const context = MiddlewareBuilder.new()
      .addCrud()
      .use(async (ctx, next) => {
        names.push(ctx.request.requestName);
        return next();
      })
      .useCrud()
      .build();
    const service = context.getOrganizationServiceAsync();
    const target = new Entity('account', '77777777-7777-4777-8777-777777777777', { name: 'A' });
    const created = await service.execute(new UpsertRequest({ target }));
    const updated = await service.execute(new UpsertRequest({ target }));
    expect([created.recordCreated, updated.recordCreated]).toEqual([true, false]);
    expect(names).toEqual(['Upsert', 'Create', 'Upsert', 'Update']);
  });
});

describe('the version of a record', () => {
  const change = (id: string, rowVersion: string | undefined): Entity => {
    const entity = new Entity('new_product', id, { new_name: 'changed' });
    entity.rowVersion = rowVersion;
    return entity;
  };

  test('D-65 DV-100 has to be the one that was seen, if the caller says so', () => {
    const { service } = organization();
    const id = service.create(new Entity('new_product', { new_name: 'A' }));
    const seen = service.retrieve('new_product', id, ALL).rowVersion;
    service.update(new Entity('new_product', id, { new_name: 'B' }));
    const update =
      (rowVersion: string | undefined, behavior: 'IfRowVersionMatches' | 'AlwaysOverwrite') => () =>
        service.execute(
          new UpdateRequest({ target: change(id, rowVersion), concurrencyBehavior: behavior }),
        );
    expect(faultOf(update(seen, 'IfRowVersionMatches'))).toMatchObject({
      hexCode: '0x80060882',
      message: "The version of the existing record doesn't match the RowVersion property provided.",
    });
    expect(faultOf(update(undefined, 'IfRowVersionMatches')).hexCode).toBe('0x80060883');
    expect(service.retrieve('new_product', id, ALL).get('new_name')).toBe('B');
    update(seen, 'AlwaysOverwrite')();
    const now = service.retrieve('new_product', id, ALL);
    expect(now.get('new_name')).toBe('changed');
    update(now.rowVersion, 'IfRowVersionMatches')();
  });

  test('DV-100 is said in words that there are', () => {
    const { service } = organization();
    const id = service.create(new Entity('new_product'));
    const request = new UpdateRequest({
      target: change(id, '1'),
      concurrencyBehavior: 'IfVersionMatches' as never,
    });
    expect(faultOf(() => service.execute(request))).toMatchObject({
      hexCode: '0x80040203',
      message:
        'A ConcurrencyBehavior is Default, IfRowVersionMatches or AlwaysOverwrite, not IfVersionMatches.',
    });
  });

  test('DV-100 matters for deleting, too', () => {
    const { service, context } = organization();
    const id = service.create(new Entity('new_product'));
    const { rowVersion = '' } = service.retrieve('new_product', id, ALL);
    const remove = (version: string) => () =>
      service.execute(
        new DeleteRequest({
          target: new EntityReference('new_product', id, { rowVersion: version }),
          concurrencyBehavior: 'IfRowVersionMatches',
        }),
      );
    expect(faultOf(remove('0')).hexCode).toBe('0x80060882');
    remove(rowVersion)();
    expect(context.count('new_product')).toBe(0);
  });

  test('DV-100 cannot matter for tables that do not look at it', () => {
    const { service } = organization([{ ...product, isOptimisticConcurrencyEnabled: false }]);
    const id = service.create(new Entity('new_product'));
    const request = new UpdateRequest({
      target: change(id, '1'),
      concurrencyBehavior: 'IfRowVersionMatches',
    });
    expect(faultOf(() => service.execute(request)).hexCode).toBe('0x8006088d');
  });
});

describe('records that come along', () => {
  const contacts: RelationshipMetadata = {
    kind: 'OneToMany',
    schemaName: 'contact_customer_accounts',
    referencingEntity: 'contact',
    referencingAttribute: 'parentcustomerid',
    referencedEntity: 'account',
  };
  const lists: RelationshipMetadata = {
    kind: 'ManyToMany',
    schemaName: 'listaccount_association',
    entity1LogicalName: 'list',
    entity2LogicalName: 'account',
    intersectEntityName: 'listmember',
  };
  const tasks: RelationshipMetadata = {
    kind: 'OneToMany',
    schemaName: 'Contact_Tasks',
    referencingEntity: 'task',
    referencingAttribute: 'regardingobjectid',
    referencedEntity: 'contact',
  };
  const all = [contacts, lists, tasks];
  const one = (...entities: Entity[]): EntityCollection => new EntityCollection(entities);

  test('D-53 DV-105 are created with it and refer to it, however deep', () => {
    const { service, context } = organization([], all);
    const account = new Entity('account', { name: 'A' });
    const contact = new Entity('contact', { lastname: 'B' });
    contact.relatedEntities.set('Contact_Tasks', one(new Entity('task', { subject: 'C' })));
    account.relatedEntities.set('contact_customer_accounts', one(contact, new Entity('contact')));
    account.relatedEntities.set('listaccount_association', one(new Entity('list')));
    const id = service.create(account);
    expect(
      ['account', 'contact', 'task', 'list', 'listmember'].map((name) => context.count(name)),
    ).toEqual([1, 2, 1, 1, 1]);
    const [first] = context.store.table('contact').rows();
    expect(first?.cells['parentcustomerid']).toMatchObject({ logicalName: 'account', id });
    const [task] = context.store.table('task').rows();
    expect(task?.cells['regardingobjectid']).toMatchObject({ id: first?.id });
    expect(contact.contains('parentcustomerid' as never)).toBe(false);
  });

  test('D-53 may be what it refers to', () => {
    const { service } = organization([], all);
    const contact = new Entity('contact', { lastname: 'B' });
    contact.relatedEntities.set(
      'contact_customer_accounts',
      one(new Entity('account', { name: 'A' })),
    );
    const found = service.retrieve('contact', service.create(contact), ALL);
    const parent = found.get('parentcustomerid') as EntityReference;
    expect(service.retrieve('account', parent.id, ALL).get('name')).toBe('A');
  });

  test('D-53 DV-105 are all created, or none is', () => {
    const { service, context } = organization([product], all);
    const account = new Entity('account');
    const id = '88888888-8888-4888-8888-888888888888';
    account.relatedEntities.set(
      'contact_customer_accounts',
      one(new Entity('contact', id), new Entity('contact', id)),
    );
    expect(faultOf(() => service.create(account)).faultName).toBe('DuplicateRecord');
    expect([context.count('account'), context.count('contact')]).toEqual([0, 0]);
  });

  test('D-53 pass through everything that requests pass', async () => {
    const targets: string[] = [];
    const context = MiddlewareBuilder.new({ metadata: { relationships: all } })
      .addCrud()
      .use(async (ctx, next) => {
        if (ctx.request instanceof CreateRequest) targets.push(ctx.request.target.logicalName);
        await Promise.resolve();
        return next();
      })
      .useCrud()
      .build();
    const account = new Entity('account');
    account.relatedEntities.set('contact_customer_accounts', one(new Entity('contact')));
    await context.getOrganizationServiceAsync().create(account);
    expect(targets).toEqual(['account', 'contact']);
  });

  test('D-53 belong to the table of the relationship, which is known', () => {
    const { service, context } = organization([], all);
    const wrong = new Entity('account');
    wrong.relatedEntities.set('contact_customer_accounts', one(new Entity('lead')));
    expect(faultOf(() => service.create(wrong)).message).toBe(
      'Relationship contact_customer_accounts is one of contact, not of lead.',
    );
    const unknown = new Entity('account');
    unknown.relatedEntities.set('constructor', one(new Entity('lead')));
    expect(faultOf(() => service.create(unknown)).message).toBe(
      'Relationship constructor does not exist in the metadata cache',
    );
    const two = new Entity('contact');
    two.relatedEntities.set(
      'contact_customer_accounts',
      one(new Entity('account'), new Entity('account')),
    );
    expect(faultOf(() => service.create(two)).message).toContain('refers to one record');
    const circle = new Entity('account');
    const inner = new Entity('contact');
    const task = new Entity('task');
    circle.relatedEntities.set('contact_customer_accounts', one(inner));
    inner.relatedEntities.set('Contact_Tasks', one(task));
    task.relatedEntities.set('Contact_Tasks', one(inner));
    expect(faultOf(() => service.create(circle)).message).toContain('looks like a circle');
    expect(['account', 'contact', 'task', 'lead'].map((name) => context.count(name))).toEqual([
      0, 0, 0, 0,
    ]);
  });
});

describe('records that are asked for with one', () => {
  const relationships: readonly RelationshipMetadata[] = [
    {
      kind: 'OneToMany',
      schemaName: 'contact_customer_accounts',
      referencingEntity: 'contact',
      referencingAttribute: 'parentcustomerid',
      referencedEntity: 'account',
    },
    {
      kind: 'ManyToMany',
      schemaName: 'listaccount_association',
      entity1LogicalName: 'account',
      entity2LogicalName: 'list',
      intersectEntityName: 'listmember',
    },
  ];
  const named = (collection: EntityCollection | undefined): unknown =>
    collection?.entities.map((entity) => entity.get('name'));

  function filled() {
    const { service } = organization([], relationships);
    const [one, other] = ['A', 'B'].map((name) => service.create(new Entity('account', { name })));
    const parentcustomerid = new EntityReference('account', one as string);
    const contact = service.create(new Entity('contact', { name: 'C1', parentcustomerid }));
    service.create(new Entity('contact', { name: 'C2', parentcustomerid }));
    service.create(new Entity('contact', { name: 'C3' }));
    for (const name of ['L1', 'L2']) {
      const list = service.create(new Entity('list', { name }));
      service.execute(
        new AssociateRequest({
          target: new EntityReference('account', (name === 'L1' ? one : other) as string),
          relationship: 'listaccount_association',
          relatedEntities: [new EntityReference('list', list)],
        }),
      );
    }
    const read = (table: string, id: string, asked: Record<string, QueryExpression>) =>
      service.execute(
        new RetrieveRequest({
          target: new EntityReference(table, id),
          columnSet: new ColumnSet(['name']),
          relatedEntitiesQuery: new Map(Object.entries(asked)),
        }),
      ).entity.relatedEntities;
    return { read, one: one as string, contact };
  }

  test('D-55 are those that belong to it, by whatever relationship', () => {
    const { read, one, contact } = filled();
    const contacts = new QueryExpression('contact', ALL).addOrder('name', 'Descending');
    const lists = new QueryExpression('list', ALL);
    const found = read('account', one, {
      contact_customer_accounts: contacts,
      listaccount_association: lists,
    });
    expect(named(found.get('contact_customer_accounts'))).toEqual(['C2', 'C1']);
    expect(named(found.get('listaccount_association'))).toEqual(['L1']);
    const parents = { contact_customer_accounts: new QueryExpression('account', ALL) };
    expect(named(read('contact', contact, parents).get('contact_customer_accounts'))).toEqual([
      'A',
    ]);
    expect([contacts.criteria.conditions, lists.linkEntities]).toEqual([[], []]);
  });

  test('D-55 are refused where there is no such relationship', () => {
    const { read, one } = filled();
    const query = new QueryExpression('lead', ALL);
    expect(faultOf(() => read('account', one, { toString: query })).message).toBe(
      'Relationship toString does not exist in the metadata cache',
    );
    for (const name of ['contact_customer_accounts', 'listaccount_association']) {
      expect(faultOf(() => read('account', one, { [name]: query })).message).toBe(
        `Relationship ${name} is not one of account and lead.`,
      );
    }
    const none = { contact_customer_accounts: 5 as never };
    expect(faultOf(() => read('account', one, none)).message).toContain('is no QueryExpression');
  });
});

test('money without a table that is described is kept as it is', () => {
  const { service } = organization();
  const id = service.create(new Entity('account', { revenue: new Money(1.23456) }));
  expect(service.retrieve('account', id, ALL).get('revenue')).toEqual(new Money(1.23456));
});

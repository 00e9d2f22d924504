/** Tests of records that belong to each other: by references, by rows of a third table, and to their own kind. */
import { describe, expect, test } from 'vitest';
import {
  AssociateRequest,
  ColumnSet,
  DataverseFault,
  DisassociateRequest,
  Entity,
  EntityReference,
  MiddlewareBuilder,
  Relationship,
  XrmFakedContextFactory,
} from '../index.ts';

function organization() {
  const context = XrmFakedContextFactory.new();
  context.addRelationship({
    kind: 'OneToMany',
    schemaName: 'contact_customer_accounts',
    referencedEntity: 'account',
    referencingEntity: 'contact',
    referencingAttribute: 'parentcustomerid',
  });
  context.addRelationship({
    kind: 'ManyToMany',
    schemaName: 'accountleads_association',
    entity1LogicalName: 'account',
    entity2LogicalName: 'lead',
    intersectEntityName: 'accountleads',
  });
  context.addRelationship({
    kind: 'ManyToMany',
    schemaName: 'account_partners',
    entity1LogicalName: 'account',
    entity2LogicalName: 'account',
    intersectEntityName: 'accountpartners',
  });
  context.addRelationship({
    kind: 'OneToMany',
    schemaName: 'account_parent_account',
    referencedEntity: 'account',
    referencingEntity: 'account',
    referencingAttribute: 'parentaccountid',
  });
  const service = context.getOrganizationService();
  const make = (table: string): EntityReference =>
    new EntityReference(table, service.create(new Entity(table)));
  const column = ({ logicalName, id }: EntityReference, name: string): unknown =>
    service.retrieve(logicalName, id, new ColumnSet(true)).getAttributeValue(name);
  return { context, service, make, column };
}

const missing = (table: string): EntityReference =>
  new EntityReference(table, '99999999-9999-9999-9999-999999999999');

describe('one and many', () => {
  test('D-102 DV-103 are tied and untied from either side, by the reference of the many', () => {
    const { service, make, column } = organization();
    const [account, one, two] = [make('account'), make('contact'), make('contact')];
    const relationship = new Relationship('contact_customer_accounts');
    service.associate({ target: account, relationship, relatedEntities: [one, two] });
    expect(column(one, 'parentcustomerid')).toEqual(account);
    expect(column(two, 'parentcustomerid')).toEqual(account);
    service.disassociate({ target: account, relationship, relatedEntities: [one] });
    expect(column(one, 'parentcustomerid')).toBeUndefined();
    service.associate({
      target: one,
      relationship: 'contact_customer_accounts',
      relatedEntities: [account],
    });
    expect(column(one, 'parentcustomerid')).toEqual(account);
  });

  test('are not untied from another', () => {
    const { service, make, column } = organization();
    const [account, other, contact] = [make('account'), make('account'), make('contact')];
    const relationship = 'contact_customer_accounts';
    service.associate({ target: account, relationship, relatedEntities: [contact] });
    service.disassociate({ target: other, relationship, relatedEntities: [contact] });
    expect(column(contact, 'parentcustomerid')).toEqual(account);
  });

  test('of the same table are told apart by the role of the target', () => {
    const { service, make, column } = organization();
    const [parent, child] = [make('account'), make('account')];
    const name = 'account_parent_account';
    service.associate({ target: parent, relationship: name, relatedEntities: [child] });
    expect(column(child, 'parentaccountid')).toEqual(parent);
    expect(column(parent, 'parentaccountid')).toBeUndefined();
    const [grandchild] = [make('account')];
    const relationship = new Relationship(name, 'Referencing');
    service.associate({ target: grandchild, relationship, relatedEntities: [child] });
    expect(column(grandchild, 'parentaccountid')).toEqual(child);
  });
});

describe('many and many', () => {
  test('D-102 DV-58 stand in the rows of a third table, without system columns, and go with their records', () => {
    const { context, service, make } = organization();
    const [account, one, two] = [make('account'), make('lead'), make('lead')];
    const relationship = 'accountleads_association';
    service.associate({ target: account, relationship, relatedEntities: [one] });
    service.associate({ target: two, relationship, relatedEntities: [account] });
    const rows = [...context.store.table('accountleads').rows()];
    expect(rows.map(({ cells }) => ({ ...cells }))).toEqual([
      { accountleadsid: rows[0]?.id, accountid: account.id, leadid: one.id },
      { accountleadsid: rows[1]?.id, accountid: account.id, leadid: two.id },
    ]);
    service.disassociate({ target: account, relationship, relatedEntities: [one] });
    service.disassociate({ target: account, relationship, relatedEntities: [one] });
    expect(context.count('accountleads')).toBe(1);
    service.delete('lead', two.id);
    expect(context.count('accountleads')).toBe(0);
  });

  test('D-102 DV-103 are not tied twice, and nothing of such a request is done', () => {
    const { context, service, make } = organization();
    const [account, one, two] = [make('account'), make('lead'), make('lead')];
    const relationship = 'accountleads_association';
    service.associate({ target: account, relationship, relatedEntities: [one] });
    const again = (...relatedEntities: EntityReference[]): unknown => {
      try {
        service.associate({ target: account, relationship, relatedEntities });
      } catch (error) {
        return (error as DataverseFault).hexCode;
      }
      return undefined;
    };
    expect(again(one)).toBe('0x80040237');
    expect(again(two, one)).toBe('0x80040237');
    expect(again(two, two)).toBe('0x80040237');
    expect(context.count('accountleads')).toBe(1);
  });

  test('of the same table are in two columns', () => {
    const { context, service, make } = organization();
    const [one, other] = [make('account'), make('account')];
    service.associate({ target: one, relationship: 'account_partners', relatedEntities: [other] });
    const [row] = context.store.table('accountpartners').rows();
    expect(row?.cells).toMatchObject({ accountidone: one.id, accountidtwo: other.id });
    const relationship = new Relationship('account_partners', 'Referenced');
    service.disassociate({ target: other, relationship, relatedEntities: [one] });
    expect(context.count('accountpartners')).toBe(0);
    service.associate({ target: one, relationship: 'account_partners', relatedEntities: [one] });
    expect(context.count('accountpartners')).toBe(1);
  });
});

describe('a request', () => {
  test('D-07 D-08 is handled by CRUD alone', () => {
    const context = MiddlewareBuilder.new().addCrud().useCrud().build();
    context.addRelationship({
      kind: 'ManyToMany',
      schemaName: 'both',
      entity1LogicalName: 'a',
      entity2LogicalName: 'b',
      intersectEntityName: 'ab',
    });
    const service = context.getOrganizationService();
    const a = new EntityReference('a', service.create(new Entity('a')));
    const b = new EntityReference('b', service.create(new Entity('b')));
    service.associate({ target: a, relationship: 'both', relatedEntities: [b] });
    expect(context.count('ab')).toBe(1);
    service.disassociate({ target: a, relationship: 'both', relatedEntities: [b] });
    expect(context.count('ab')).toBe(0);
  });

  test('D-102 DV-103 is refused in the words of the service', () => {
    const { context, service, make } = organization();
    const [account, lead] = [make('account'), make('lead')];
    const parts = { target: account, relationship: 'accountleads_association' };
    const refusals: readonly (readonly [object, string])[] = [
      [
        { ...parts, relationship: 'toString' },
        'Relationship toString does not exist in the metadata cache',
      ],
      [{ ...parts, target: undefined }, 'sociation without target is invalid!'],
      [{ ...parts, target: missing('contact') }, 'is one of account and lead, not of contact'],
      [{ ...parts, relatedEntities: [make('contact')] }, 'is one of account and lead'],
      [{ ...parts, relatedEntities: ['x'] }, 'needs a list of references as RelatedEntities'],
    ];
    for (const [wrong, text] of refusals) {
      const all = { ...parts, relatedEntities: [lead], ...wrong } as never;
      expect(() => service.execute(new AssociateRequest(all))).toThrow(text);
      expect(() => service.execute(new DisassociateRequest(all))).toThrow(text);
    }
    const absent = [
      { ...parts, target: missing('account'), relatedEntities: [lead] },
      { ...parts, relatedEntities: [lead, missing('lead')] },
    ];
    for (const all of absent) {
      expect(() => service.associate(all)).toThrow(
        /with Id 99999999-9999-9999-9999-999999999999 doesn't exist/,
      );
    }
    expect(context.count('accountleads')).toBe(0);
    expect(() => new Relationship('')).toThrow('Expected `schemaName` to be the name');
  });

  test('D-41 goes by relationships that can be described, found and taken away', () => {
    const { context, service, make } = organization();
    const described = context.getRelationship('accountleads_association');
    expect(described).toMatchObject({ kind: 'ManyToMany', intersectEntityName: 'accountleads' });
    expect(context.removeRelationship('accountleads_association')).toBe(true);
    expect(context.removeRelationship('accountleads_association')).toBe(false);
    expect(context.getRelationship('accountleads_association')).toBeUndefined();
    const parts = { target: make('account'), relatedEntities: [make('lead')] };
    expect(() => service.associate({ ...parts, relationship: 'accountleads_association' })).toThrow(
      'does not exist in the metadata cache',
    );
  });
});

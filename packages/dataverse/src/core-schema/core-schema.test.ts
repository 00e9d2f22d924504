/** Tests of the standard tables: that all are there, that they can be used, and that they cost an organization next to nothing. */
import { describe, expect, test } from 'vitest';
import {
  ColumnSet,
  Entity,
  EntityCollection,
  EntityReference,
  Money,
  OptionSetValue,
  XrmFakedContextFactory,
} from '../index.ts';
import { MetadataBook } from '../metadata/metadata-book.ts';
import { coreSchema } from './core-schema.ts';

const ALL = new ColumnSet(true);
const MINIMUM =
  `account contact opportunity opportunityclose lead incident incidentresolution quote quotedetail task letter email phonecall
  activityparty activitypointer annotation queue queueitem systemuser team role businessunit organization transactioncurrency usersettings audit
  solution solutioncomponent publisher workflow asyncoperation sdkmessage sdkmessageprocessingstep savedquery userquery webresource sitemap
  connectionreference environmentvariabledefinition environmentvariablevalue plugintracelog customapi customapirequestparameter
  customapiresponseproperty list product pricelevel territory connection principalobjectaccess`.split(
    /\s+/,
  );

describe('the core schema', () => {
  test('has the tables that every client expects, with their names', () => {
    const book = new MetadataBook();
    book.add(coreSchema());
    expect(MINIMUM.filter((name) => !book.entity(name))).toEqual([]);
    expect(book.entity('account')).toMatchObject({
      schemaName: 'Account',
      entitySetName: 'accounts',
      primaryIdAttribute: 'accountid',
      primaryNameAttribute: 'name',
      ownershipType: 'UserOwned',
    });
    expect(book.entity('task')).toMatchObject({
      primaryIdAttribute: 'activityid',
      primaryNameAttribute: 'subject',
      isActivity: true,
    });
    expect(book.attribute('account', 'revenue')?.type).toBe('Money');
    expect(book.attribute('contact', 'gendercode')?.type).toBe('Picklist');
    expect(book.attribute('contact', 'birthdate')).toMatchObject({ behavior: 'DateOnly' });
    expect(book.attribute('contact', 'parentcustomerid')).toMatchObject({
      type: 'Customer',
      targets: ['account', 'contact'],
    });
    expect(book.attribute('email', 'to')?.type).toBe('PartyList');
    expect(book.relationship('contact_customer_accounts')).toMatchObject({
      kind: 'OneToMany',
      referencingEntity: 'contact',
      referencingAttribute: 'parentcustomerid',
      referencedEntity: 'account',
      navigationProperty: 'parentcustomerid_account',
    });
    expect(book.intersect('systemuserroles')).toMatchObject({
      kind: 'ManyToMany',
      schemaName: 'systemuserroles_association',
    });
  });

  test('has nothing in it that contradicts itself', () => {
    const tables = new Map(coreSchema().entities.map((entity) => [entity.logicalName, entity]));
    for (const {
      logicalName,
      primaryIdAttribute,
      primaryNameAttribute,
      attributes,
    } of tables.values()) {
      expect(attributes, logicalName).toHaveProperty(primaryIdAttribute ?? '');
      if (primaryNameAttribute)
        expect(attributes, logicalName).toHaveProperty(primaryNameAttribute);
    }
    for (const relationship of coreSchema().relationships) {
      if (relationship.kind === 'ManyToMany') continue;
      const { referencingEntity, referencingAttribute, referencedEntity } = relationship;
      expect(tables.get(referencingEntity)?.attributes).toHaveProperty(referencingAttribute);
      expect(tables.has(referencedEntity), relationship.schemaName).toBe(true);
    }
  });

  test('is shared, cannot be changed, and costs an organization less than a millisecond', () => {
    const context = XrmFakedContextFactory.new({ metadata: coreSchema() });
    expect(coreSchema()).toBe(coreSchema());
    expect(context.metadata.entity('account')).toBe(
      XrmFakedContextFactory.new({ metadata: coreSchema() }).metadata.entity('account'),
    );
    const account = context.metadata.entity('account') as { attributes: Record<string, unknown> };
    expect(() => {
      account.attributes['name'] = {};
    }).toThrow(TypeError);
    const took = Array.from({ length: 20 }, () => {
      const start = performance.now();
      XrmFakedContextFactory.new({ metadata: coreSchema() });
      return performance.now() - start;
    });
    expect(Math.min(...took)).toBeLessThan(1);
  });

  test('DV-114 begins records in the states of their tables', () => {
    const context = XrmFakedContextFactory.new({
      metadata: coreSchema(),
      strict: true,
      checkReferences: false,
    });
    const service = context.getOrganizationService();
    const begin = (table: string): unknown => {
      const found = service.retrieve(table, service.create(new Entity(table)), ALL);
      return [found.get('statecode'), found.get('statuscode')].map(
        (value) => (value as OptionSetValue | undefined)?.value,
      );
    };
    expect(begin('account')).toEqual([0, 1]);
    expect(begin('task')).toEqual([0, 2]);
    expect(begin('lead')).toEqual([0, 1]);
    expect(begin('annotation')).toEqual([undefined, undefined]);
  });

  test('takes what clients write', () => {
    const context = XrmFakedContextFactory.new({
      metadata: coreSchema(),
      strict: true,
      checkReferences: false,
    });
    const service = context.getOrganizationService();
    const account = service.create(
      new Entity('account', {
        name: 'A',
        revenue: new Money(5),
        industrycode: new OptionSetValue(7),
        numberofemployees: 12,
        donotemail: true,
      }),
    );
    const contact = service.create(
      new Entity('contact', {
        firstname: 'Ada',
        lastname: 'Byron',
        parentcustomerid: new EntityReference('account', account),
      }),
    );
    const party = new Entity('activityparty', { partyid: new EntityReference('contact', contact) });
    const email = service.create(
      new Entity('email', {
        subject: 'S',
        to: new EntityCollection([party]),
        regardingobjectid: new EntityReference('account', account),
      }),
    );
    const found = service.retrieve('contact', contact, ALL);
    expect(found.attributes).toMatchObject({
      fullname: 'Ada Byron',
      parentcustomerid: { id: account, name: 'A' },
    });
    expect(service.retrieve('email', email, ALL).get('regardingobjectid')).toMatchObject({
      name: 'A',
    });
    expect(() => service.create(new Entity('account', { nmae: 'A' }))).toThrow(
      "'Account' entity doesn't contain attribute with Name = 'nmae'",
    );
  });
});

/** Tests of what an organization tells about itself, and of what a record begins with that is made from another. */
import { describe, expect, test } from 'vitest';
import {
  DataverseFault,
  Entity,
  EntityReference,
  InitializeFromRequest,
  type TargetFieldType,
  MiddlewareBuilder,
  RetrieveTotalRecordCountRequest,
  RetrieveVersionRequest,
  XrmFakedContextFactory,
} from '../index.ts';

test('D-106 RetrieveVersion tells what the organization was made with', () => {
  const version = (context = XrmFakedContextFactory.new()): string =>
    context.getOrganizationService().execute(new RetrieveVersionRequest()).version;
  expect(version()).toBe('9.0.0.0');
  expect(version(XrmFakedContextFactory.new({ version: '9.2.24044.180' }))).toBe('9.2.24044.180');
});

describe('RetrieveTotalRecordCount', () => {
  test('counts tables', () => {
    const context = XrmFakedContextFactory.new();
    const service = context.getOrganizationService();
    service.create(new Entity('account'));
    service.create(new Entity('account'));
    const entityNames = ['account', 'contact', '__proto__'];
    const request = new RetrieveTotalRecordCountRequest({ entityNames });
    expect([...service.execute(request).entityRecordCountCollection]).toEqual([
      ['account', 2],
      ['contact', 0],
      ['__proto__', 0],
    ]);
  });

  test('refuses what is no list of names, and tables that a strict organization does not know', () => {
    const service = MiddlewareBuilder.new({ strict: true })
      .addFakeMessageExecutors()
      .useMessages()
      .build()
      .getOrganizationService();
    const count = (entityNames: unknown): unknown =>
      service.execute(
        new RetrieveTotalRecordCountRequest({ entityNames: entityNames as readonly string[] }),
      );
    for (const wrong of [undefined, 'account', [1]]) {
      expect(() => count(wrong)).toThrow("Required field 'EntityNames' is missing");
    }
    expect(() => count(['new_unheard'])).toThrow(DataverseFault);
  });
});

describe('InitializeFrom', () => {
  function organization() {
    const context = XrmFakedContextFactory.new();
    const map = (sourceAttribute: string, targetAttribute: string): void =>
      context.addAttributeMapping({
        sourceEntity: 'lead',
        sourceAttribute,
        targetEntity: 'contact',
        targetAttribute,
      });
    map('leadid', 'originatingleadid');
    map('firstname', 'firstname');
    map('telephone1', 'address1_telephone1');
    map('nowhere', 'description');
    const service = context.getOrganizationService();
    const lead = new EntityReference(
      'lead',
      service.create(new Entity('lead', { firstname: 'Anna', telephone1: '123', lastname: 'B' })),
    );
    const initialize = (parts: object = {}): Entity =>
      service.execute(
        new InitializeFromRequest({
          entityMoniker: lead,
          targetEntityName: 'contact',
          ...parts,
        } as never),
      ).entity;
    return { context, lead, initialize };
  }

  test('D-111 D-41 fills the columns that are mapped, and creates nothing', () => {
    const { context, lead, initialize } = organization();
    const contact = initialize();
    expect(contact.logicalName).toBe('contact');
    expect({ ...contact.attributes }).toEqual({
      originatingleadid: lead,
      firstname: 'Anna',
      address1_telephone1: '123',
    });
    expect(context.count('contact')).toBe(0);
    expect({ ...initialize({ targetEntityName: 'account' }).attributes }).toEqual({});
  });

  test('D-111 fills only columns that may be created, changed or read where it is asked to', () => {
    const { context, initialize } = organization();
    context.initializeMetadata([
      {
        logicalName: 'contact',
        attributes: {
          firstname: { logicalName: 'firstname', type: 'String', isValidForCreate: false },
          originatingleadid: {
            logicalName: 'originatingleadid',
            type: 'Lookup',
            targets: ['lead'],
            isValidForUpdate: false,
            isValidForRead: false,
          },
        },
      },
    ]);
    const columns = (targetFieldType: TargetFieldType): readonly string[] =>
      Object.keys(initialize({ targetFieldType }).attributes);
    expect(columns('ValidForCreate')).toEqual(['originatingleadid', 'address1_telephone1']);
    expect(columns('ValidForUpdate')).toEqual(['firstname', 'address1_telephone1']);
    expect(columns('ValidForRead')).toEqual(['firstname', 'address1_telephone1']);
  });

  test('D-111 needs to be told all, and what is there', () => {
    const { context, initialize } = organization();
    expect(() => initialize({ entityMoniker: undefined })).toThrow("field 'EntityMoniker'");
    expect(() => initialize({ targetEntityName: '' })).toThrow("field 'TargetEntityName'");
    expect(() => initialize({ targetFieldType: 'constructor' })).toThrow("field 'TargetFieldType'");
    const gone = new EntityReference('lead', crypto.randomUUID());
    expect(() => initialize({ entityMoniker: gone })).toThrow('Does Not Exist');
    const mapping = { sourceEntity: 'lead', sourceAttribute: '', targetEntity: 'contact' };
    expect(() => context.addAttributeMapping({ ...mapping, targetAttribute: 'x' })).toThrow(
      'Expected `sourceAttribute` to be a name',
    );
  });
});

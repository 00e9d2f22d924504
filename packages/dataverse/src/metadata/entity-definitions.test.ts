/** Tests of metadata that is read from the JSON of entity definitions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metadataFromEntityDefinitions } from './entity-definitions.ts';
import { MetadataBook } from './metadata-book.ts';

const label = (text: string) => ({
  LocalizedLabels: [{ Label: text, LanguageCode: 1033 }],
  UserLocalizedLabel: { Label: text, LanguageCode: 1033 },
});
const attribute = (LogicalName: string, AttributeType: string, more = {}) => ({
  LogicalName,
  AttributeType,
  AttributeTypeName: { Value: `${AttributeType}Type` },
  ...more,
});
const option = (Value: number, text: string, more = {}) => ({ Value, Label: label(text), ...more });

const DEFINITION = {
  LogicalName: 'new_ticket',
  SchemaName: 'new_Ticket',
  EntitySetName: 'new_tickets',
  DisplayName: label('Ticket'),
  ObjectTypeCode: 10_001,
  PrimaryIdAttribute: 'new_ticketid',
  PrimaryNameAttribute: 'new_name',
  OwnershipType: 'UserOwned',
  IsActivity: false,
  IsOptimisticConcurrencyEnabled: true,
  EnforceStateTransitions: true,
  Keys: [{ LogicalName: 'new_key', KeyAttributes: ['new_name'] }],
  Attributes: [
    attribute('new_ticketid', 'Uniqueidentifier', { RequiredLevel: { Value: 'SystemRequired' } }),
    attribute('new_name', 'String', {
      MaxLength: 20,
      Format: 'Text',
      AutoNumberFormat: 'T-{SEQNUM:4}',
      DisplayName: label('Name'),
      RequiredLevel: { Value: 'ApplicationRequired' },
      IsValidForUpdate: false,
    }),
    attribute('new_long', 'Memo', { AutoNumberFormat: '' }),
    attribute('new_value', 'Money', { MinValue: 0, MaxValue: 9, Precision: 2, PrecisionSource: 1 }),
    attribute('new_open', 'Boolean', {
      DefaultValue: true,
      OptionSet: { TrueOption: option(1, 'Open'), FalseOption: option(0, 'Shut') },
    }),
    attribute('new_day', 'DateTime', {
      Format: 'DateOnly',
      DateTimeBehavior: { Value: 'DateOnly' },
    }),
    attribute('new_kind', 'Picklist', {
      DefaultFormValue: 2,
      OptionSet: {
        Name: 'new_kinds',
        Options: [option(1, 'One', { Color: '#fff' }), option(2, 'Two')],
      },
    }),
    attribute('new_other', 'Picklist', {
      DefaultFormValue: -1,
      GlobalOptionSet: { Options: [option(5, 'Five')] },
    }),
    {
      '@odata.type': '#Microsoft.Dynamics.CRM.MultiSelectPicklistAttributeMetadata',
      LogicalName: 'new_tags',
      AttributeType: 'Virtual',
      AttributeTypeName: { Value: 'MultiSelectPicklistType' },
    },
    attribute('new_parent', 'Lookup', { Targets: ['account', 'contact'] }),
    attribute('new_parentname', 'String', { AttributeOf: 'new_parent' }),
    attribute('statecode', 'State', {
      OptionSet: {
        Options: [option(0, 'Open', { DefaultStatus: 1 }), option(1, 'Shut', { DefaultStatus: 2 })],
      },
    }),
    attribute('statuscode', 'Status', {
      OptionSet: {
        Options: [
          option(1, 'New', {
            State: 0,
            TransitionData:
              '<allowedtransitions><allowedtransition sourcestatusid="1" tostatusid="2" /></allowedtransitions>',
          }),
          option(2, 'Done', { State: 1 }),
        ],
      },
    }),
    attribute('new_new', 'SomethingNew'),
    { AttributeType: 'String' },
  ],
  ManyToOneRelationships: [
    {
      SchemaName: 'new_account_ticket',
      ReferencingEntity: 'new_ticket',
      ReferencingAttribute: 'new_parent',
      ReferencedEntity: 'account',
      ReferencedAttribute: 'accountid',
      ReferencingEntityNavigationPropertyName: 'new_parent_account',
      ReferencedEntityNavigationPropertyName: 'new_account_ticket',
      CascadeConfiguration: {
        Assign: 'NoCascade',
        Delete: 'Restrict',
        Merge: 'Odd',
        Reparent: null,
      },
      IsHierarchical: false,
    },
  ],
  ManyToManyRelationships: [
    {
      SchemaName: 'new_ticket_user',
      Entity1LogicalName: 'new_ticket',
      Entity1IntersectAttribute: 'new_ticketid',
      Entity2LogicalName: 'systemuser',
      Entity2IntersectAttribute: 'systemuserid',
      IntersectEntityName: 'new_ticket_user',
      Entity1NavigationPropertyName: 'new_ticket_user',
      Entity2NavigationPropertyName: 'new_ticket_user',
    },
  ],
};

describe('entity definitions', () => {
  test('D-42 say what a table is', () => {
    const { entities, relationships } = metadataFromEntityDefinitions(DEFINITION);
    expect(entities).toHaveLength(1);
    expect(entities[0]).toMatchObject({
      logicalName: 'new_ticket',
      schemaName: 'new_Ticket',
      entitySetName: 'new_tickets',
      displayName: 'Ticket',
      objectTypeCode: 10_001,
      primaryIdAttribute: 'new_ticketid',
      primaryNameAttribute: 'new_name',
      ownershipType: 'UserOwned',
      isActivity: false,
      isOptimisticConcurrencyEnabled: true,
      enforceStateTransitions: true,
      isComplete: true,
      keys: [{ logicalName: 'new_key', keyAttributes: ['new_name'] }],
    });
    expect(relationships).toEqual([
      {
        kind: 'OneToMany',
        schemaName: 'new_account_ticket',
        referencingEntity: 'new_ticket',
        referencingAttribute: 'new_parent',
        referencedEntity: 'account',
        referencedAttribute: 'accountid',
        navigationProperty: 'new_parent_account',
        collectionNavigationProperty: 'new_account_ticket',
        cascade: { assign: 'NoCascade', delete: 'Restrict' },
      },
      {
        kind: 'ManyToMany',
        schemaName: 'new_ticket_user',
        entity1LogicalName: 'new_ticket',
        entity1IntersectAttribute: 'new_ticketid',
        entity1NavigationProperty: 'new_ticket_user',
        entity2LogicalName: 'systemuser',
        entity2IntersectAttribute: 'systemuserid',
        entity2NavigationProperty: 'new_ticket_user',
        intersectEntityName: 'new_ticket_user',
      },
    ]);
  });

  test('say what its columns take', () => {
    const { entities } = metadataFromEntityDefinitions({ value: [DEFINITION] });
    const MOST = 1_048_576;
    expect(entities[0]?.attributes).toEqual({
      new_ticketid: {
        logicalName: 'new_ticketid',
        type: 'Uniqueidentifier',
        requiredLevel: 'SystemRequired',
      },
      new_name: {
        logicalName: 'new_name',
        type: 'String',
        maxLength: 20,
        format: 'Text',
        autoNumberFormat: 'T-{SEQNUM:4}',
        displayName: 'Name',
        requiredLevel: 'ApplicationRequired',
        isValidForUpdate: false,
      },
      new_long: { logicalName: 'new_long', type: 'Memo', maxLength: MOST },
      new_value: {
        logicalName: 'new_value',
        type: 'Money',
        minValue: 0,
        maxValue: 9,
        precision: 2,
        precisionSource: 1,
      },
      new_open: {
        logicalName: 'new_open',
        type: 'Boolean',
        defaultValue: true,
        trueLabel: 'Open',
        falseLabel: 'Shut',
      },
      new_day: {
        logicalName: 'new_day',
        type: 'DateTime',
        behavior: 'DateOnly',
        format: 'DateOnly',
      },
      new_kind: {
        logicalName: 'new_kind',
        type: 'Picklist',
        defaultValue: 2,
        optionSetName: 'new_kinds',
        options: [
          { value: 1, label: 'One', color: '#fff' },
          { value: 2, label: 'Two' },
        ],
      },
      new_other: {
        logicalName: 'new_other',
        type: 'Picklist',
        options: [{ value: 5, label: 'Five' }],
      },
      new_tags: { logicalName: 'new_tags', type: 'MultiSelectPicklist', options: [] },
      new_parent: { logicalName: 'new_parent', type: 'Lookup', targets: ['account', 'contact'] },
      new_parentname: {
        logicalName: 'new_parentname',
        type: 'String',
        maxLength: MOST,
        isValidForCreate: false,
        isValidForUpdate: false,
      },
      statecode: {
        logicalName: 'statecode',
        type: 'State',
        options: [
          { value: 0, label: 'Open', defaultStatus: 1 },
          { value: 1, label: 'Shut', defaultStatus: 2 },
        ],
      },
      statuscode: {
        logicalName: 'statuscode',
        type: 'Status',
        options: [
          { value: 1, label: 'New', state: 0, transitions: [2] },
          { value: 2, label: 'Done', state: 1 },
        ],
      },
      new_new: { logicalName: 'new_new', type: 'Virtual' },
    });
  });

  test('come in all the forms in which services answer', () => {
    for (const json of [
      DEFINITION,
      [DEFINITION],
      { value: [DEFINITION] },
      { EntityMetadata: [DEFINITION] },
    ]) {
      expect(metadataFromEntityDefinitions(json).entities.map((one) => one.logicalName)).toEqual([
        'new_ticket',
      ]);
    }
  });

  test('without columns still get those that every table has', () => {
    const book = new MetadataBook();
    book.add(
      metadataFromEntityDefinitions({ LogicalName: 'new_bare', PrimaryNameAttribute: 'new_name' }),
    );
    expect(Object.keys(book.describedEntity('new_bare').attributes)).toEqual(
      expect.arrayContaining(['new_bareid', 'new_name', 'createdon', 'ownerid', 'statuscode']),
    );
  });

  test.each([
    null,
    undefined,
    5,
    'x',
    [],
    [null],
    {},
    { value: 5 },
    { value: [{}] },
    [DEFINITION, { LogicalName: 5 }],
  ])('that are none are refused: %o', (json) => {
    if (Array.isArray(json) && !json.length) {
      expect(metadataFromEntityDefinitions(json).entities).toEqual([]);
    } else {
      expect(() => metadataFromEntityDefinitions(json)).toThrow(
        'Expected `json` to be definitions of entities, each with a LogicalName',
      );
    }
  });

  test('of any odd kind end in a sentence, or in metadata', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(
          'Attributes',
          'Keys',
          'ManyToOneRelationships',
          'OwnershipType',
          'DisplayName',
        ),
        (value, name) => {
          try {
            new MetadataBook().add(metadataFromEntityDefinitions({ ...DEFINITION, [name]: value }));
          } catch (error) {
            expect((error as Error).message).toMatch(/^Expected `/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Tests of metadata that is read from a `$metadata` document. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metadataFromCsdl } from './csdl.ts';
import { CsdlSyntaxError } from './csdl-document.ts';
import { MetadataBook } from './metadata-book.ts';

const document = (types: string, sets: string): string => `<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
  <edmx:DataServices>
    <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
      <EntityType Name="crmbaseentity" Abstract="true" />
      ${types}
      <EntityContainer Name="System">${sets}</EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>`;

const set = (name: string, type: string): string =>
  `<EntitySet Name="${name}" EntityType="Microsoft.Dynamics.CRM.${type}" />`;

const DOCUMENT = document(
  `<EntityType Name="account" BaseType="mscrm.crmbaseentity">
     <Key><PropertyRef Name="accountid" /></Key>
     <Property Name="accountid" Type="Edm.Guid" />
     <Property Name="name" Type="Edm.String" Unicode="false" />
     <Property Name="accountnumber" Type="Edm.String" />
     <Property Name="revenue" Type="Edm.Decimal" Scale="Variable" />
     <Property Name="revenue_base" Type="Edm.Decimal" Scale="Variable" />
     <Property Name="exchangerate" Type="Edm.Decimal" Scale="Variable" />
     <Property Name="industrycode" Type="Edm.Int32" />
     <Property Name="utcconversiontimezonecode" Type="Edm.Int32" />
     <Property Name="statecode" Type="Edm.Int32" />
     <Property Name="statuscode" Type="Edm.Int32" />
     <Property Name="versionnumber" Type="Edm.Int64" />
     <Property Name="donotemail" Type="Edm.Boolean" />
     <Property Name="createdon" Type="Edm.DateTimeOffset" />
     <Property Name="founded" Type="Edm.Date" />
     <Property Name="address1_latitude" Type="Edm.Double" />
     <Property Name="entityimage" Type="Edm.Binary" />
     <Property Name="canbedeleted" Type="mscrm.BooleanManagedProperty" />
     <Property Name="_ownerid_value" Type="Edm.Guid" />
     <Property Name="_primarycontactid_value" Type="Edm.Guid" />
     <NavigationProperty Name="ownerid" Type="mscrm.principal" Partner="owner_accounts">
       <ReferentialConstraint Property="_ownerid_value" ReferencedProperty="ownerid" />
     </NavigationProperty>
     <NavigationProperty Name="primarycontactid" Type="mscrm.contact" Partner="account_primary_contact">
       <ReferentialConstraint Property="_primarycontactid_value" ReferencedProperty="contactid" />
     </NavigationProperty>
     <NavigationProperty Name="contact_customer_accounts" Type="Collection(mscrm.contact)" Partner="parentcustomerid_account" />
     <NavigationProperty Name="accountcontacts_association" Type="Collection(mscrm.contact)" Partner="accountcontacts_association" />
     <Annotation Term="Keys.AlternateKeys"><Collection>
       <Record Type="Keys.AlternateKey"><PropertyValue Property="Key"><Collection>
         <Record Type="Keys.PropertyRef"><PropertyValue Property="Alias" String="accountnumber" /><PropertyValue Property="Name" PropertyPath="accountnumber" /></Record>
         <Record Type="Keys.PropertyRef"><PropertyValue Property="Alias" String="_primarycontactid_value" /><PropertyValue Property="Name" PropertyPath="_primarycontactid_value" /></Record>
       </Collection></PropertyValue></Record>
       <Record Type="Keys.AlternateKey"><PropertyValue Property="Key"><Collection>
         <Record Type="Keys.PropertyRef"><PropertyValue Property="Alias" String="name" /><PropertyValue Property="Name" PropertyPath="name" /></Record>
       </Collection></PropertyValue></Record>
     </Collection></Annotation>
   </EntityType>
   <EntityType Name="contact" BaseType="mscrm.crmbaseentity">
     <Key><PropertyRef Name="contactid" /></Key>
     <Property Name="contactid" Type="Edm.Guid" />
     <Property Name="fullname" Type="Edm.String" />
     <Property Name="_parentcustomerid_value" Type="Edm.Guid" />
     <NavigationProperty Name="parentcustomerid_account" Type="mscrm.account" Partner="contact_customer_accounts" />
     <NavigationProperty Name="parentcustomerid_contact" Type="mscrm.contact" Partner="contact_customer_contacts" />
     <NavigationProperty Name="account_primary_contact" Type="Collection(mscrm.account)" Partner="primarycontactid" />
     <NavigationProperty Name="accountcontacts_association" Type="Collection(mscrm.account)" Partner="accountcontacts_association" />
   </EntityType>
   <EntityType Name="activitypointer" BaseType="mscrm.crmbaseentity" Abstract="true">
     <Key><PropertyRef Name="activityid" /></Key>
     <Property Name="activityid" Type="Edm.Guid" />
     <Property Name="subject" Type="Edm.String" />
   </EntityType>
   <EntityType Name="task" BaseType="mscrm.activitypointer"><Property Name="percentcomplete" Type="Edm.Int32" /></EntityType>
   <EntityType Name="new_thing" BaseType="mscrm.crmbaseentity">
     <Key><PropertyRef Name="new_thingid" /></Key>
     <Property Name="new_thingid" Type="Edm.Guid" /><Property Name="new_name" Type="Edm.String" /><Property Name="_organizationid_value" Type="Edm.Guid" />
   </EntityType>
   <EntityType Name="accountcontacts" BaseType="mscrm.crmbaseentity"><Property Name="accountid" Type="Edm.Guid" /></EntityType>`,
  set('accounts', 'account') +
    set('contacts', 'contact') +
    set('tasks', 'task') +
    set('new_things', 'new_thing'),
);

function bookOf(tables?: readonly string[]): MetadataBook {
  const book = new MetadataBook(true);
  book.add(metadataFromCsdl(DOCUMENT, tables === undefined ? {} : { tables }));
  return book;
}

describe('a $metadata document', () => {
  test('D-42 says which tables there are, and what they are', () => {
    const book = bookOf();
    expect(book.entityNames).toEqual(['account', 'contact', 'new_thing', 'task']);
    expect(book.entity('account')).toMatchObject({
      entitySetName: 'accounts',
      primaryIdAttribute: 'accountid',
      primaryNameAttribute: 'name',
      ownershipType: 'UserOwned',
      isActivity: false,
      keys: [
        {
          logicalName: 'accountnumber_primarycontactid',
          keyAttributes: ['accountnumber', 'primarycontactid'],
        },
        { logicalName: 'name', keyAttributes: ['name'] },
      ],
    });
    expect(book.entity('contact')).toMatchObject({
      primaryNameAttribute: 'fullname',
      ownershipType: 'None',
    });
    expect(book.entity('new_thing')).toMatchObject({
      primaryNameAttribute: 'new_name',
      ownershipType: 'OrganizationOwned',
    });
  });

  test('says of what types columns are', () => {
    const { attributes } = bookOf().describedEntity('account');
    const types = Object.values(attributes).map(({ logicalName, type }) => [logicalName, type]);
    expect(Object.fromEntries(types)).toEqual({
      accountid: 'Uniqueidentifier',
      name: 'String',
      accountnumber: 'String',
      revenue: 'Money',
      revenue_base: 'Money',
      exchangerate: 'Decimal',
      industrycode: 'Picklist',
      utcconversiontimezonecode: 'Integer',
      statecode: 'State',
      statuscode: 'Status',
      versionnumber: 'BigInt',
      donotemail: 'Boolean',
      createdon: 'DateTime',
      founded: 'DateTime',
      address1_latitude: 'Double',
      entityimage: 'Image',
      canbedeleted: 'Virtual',
      ownerid: 'Owner',
      primarycontactid: 'Lookup',
    });
    expect(attributes['founded']).toMatchObject({ behavior: 'DateOnly' });
    expect(attributes['primarycontactid']).toMatchObject({ targets: ['contact'] });
    expect(bookOf().attribute('contact', 'parentcustomerid')).toMatchObject({
      type: 'Customer',
      targets: ['account', 'contact'],
    });
  });

  test('gives a type the columns of those that it extends', () => {
    const task = bookOf().describedEntity('task');
    expect(task).toMatchObject({
      primaryIdAttribute: 'activityid',
      primaryNameAttribute: 'subject',
      isActivity: true,
    });
    expect(Object.keys(task.attributes)).toEqual(['activityid', 'subject', 'percentcomplete']);
  });

  test('says how records belong to each other', () => {
    const book = bookOf();
    expect([...book.relationships]).toEqual([
      {
        kind: 'OneToMany',
        schemaName: 'account_primary_contact',
        referencingEntity: 'account',
        referencingAttribute: 'primarycontactid',
        referencedEntity: 'contact',
        navigationProperty: 'primarycontactid',
        collectionNavigationProperty: 'account_primary_contact',
      },
      {
        kind: 'ManyToMany',
        schemaName: 'accountcontacts_association',
        entity1LogicalName: 'account',
        entity2LogicalName: 'contact',
        intersectEntityName: 'accountcontacts',
        entity1NavigationProperty: 'accountcontacts_association',
        entity2NavigationProperty: 'accountcontacts_association',
      },
      expect.objectContaining({
        schemaName: 'contact_customer_accounts',
        navigationProperty: 'parentcustomerid_account',
      }),
      expect.objectContaining({
        schemaName: 'contact_customer_contacts',
        referencedEntity: 'contact',
      }),
    ]);
    expect([...bookOf(['account']).relationships]).toEqual([]);
  });

  test('may be told what it does not say', () => {
    const { entities } = metadataFromCsdl(DOCUMENT, {
      tables: ['task'],
      isChoice: (table, column) => table === 'task' && column === 'percentcomplete',
    });
    expect(entities.map(({ logicalName }) => logicalName)).toEqual(['task']);
    expect(entities[0]?.attributes['percentcomplete']).toMatchObject({
      type: 'Picklist',
      options: [],
    });
  });

  test.each([
    ['', 'document must contain a root element.'],
    ['<a/>', 'There is no Edmx element.'],
    ['<edmx:Edmx><a></edmx:Edmx>', 'Line 1, column'],
    ['no xml', 'Line 1, column'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'A document type is not accepted.'],
  ])('that is none is refused: %s', (text, message) => {
    expect(() => metadataFromCsdl(text)).toThrow(CsdlSyntaxError);
    expect(() => metadataFromCsdl(text)).toThrow(message);
  });

  test('without a table that is asked for is refused', () => {
    expect(() => metadataFromCsdl(DOCUMENT, { tables: ['lead'] })).toThrow(
      'Expected `tables` to be names of tables of the document, got `lead` (string).',
    );
    expect(() => metadataFromCsdl(DOCUMENT, { tables: ['toString'] })).toThrow('got `toString`');
  });

  test('with types that extend each other ends', () => {
    const circle = document(
      '<EntityType Name="a" BaseType="mscrm.b"><Property Name="x" Type="Edm.String" /></EntityType><EntityType Name="b" BaseType="mscrm.a" />',
      set('as', 'a'),
    );
    expect(Object.keys(metadataFromCsdl(circle).entities[0]?.attributes ?? {})).toEqual(['x']);
  });

  test('that is broken anywhere is refused with a sentence, or read', () => {
    fc.assert(
      fc.property(
        fc.nat(DOCUMENT.length),
        fc.constantFrom('', '<', '>', '"', '&', '\u0000', '</a>', '<Property/>', 'Name=""'),
        fc.nat(30),
        (at, more, gone) => {
          try {
            new MetadataBook().add(
              metadataFromCsdl(DOCUMENT.slice(0, at) + more + DOCUMENT.slice(at + gone)),
            );
          } catch (error) {
            expect(error).toSatisfy(
              (one) => one instanceof CsdlSyntaxError || one instanceof TypeError,
            );
            expect((error as Error).message).toMatch(/^Line \d+, column \d+: |^Expected `/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** Tests of Xrm.WebApi and of the Web API of code components: what goes in, what comes out, and what is said of what goes wrong. */
import { beforeEach, describe, expect, test } from 'vitest';
import {
  countedIds,
  CreateRequest,
  DataverseFault,
  Entity,
  EntityReference,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  Money,
  OptionSetValue,
  OptionSetValueCollection,
  type OrganizationMiddleware,
  OrganizationResponse,
  pcfWebApi,
  recordRequests,
  travelClock,
  WebApiError,
  xrmWebApi,
  type XrmFakedContext,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { base64Of, bytesOf } from './base64.ts';
import { clientPromise } from './client-promise.ts';

const FORMATTED = '@OData.Community.Display.V1.FormattedValue';
const LOGICAL = '@Microsoft.Dynamics.CRM.lookuplogicalname';
const NAVIGATION = '@Microsoft.Dynamics.CRM.associatednavigationproperty';

const idOf = (kind: number, at: number): string =>
  `0000000${kind}-0000-4000-8000-${String(at).padStart(12, '0')}`;

const account: EntityMetadata = {
  logicalName: 'account',
  primaryNameAttribute: 'name',
  attributes: {
    accountid: { logicalName: 'accountid', type: 'Uniqueidentifier' },
    name: { logicalName: 'name', type: 'String', maxLength: 100 },
    employees: { logicalName: 'employees', type: 'Integer' },
    revenue: { logicalName: 'revenue', type: 'Money' },
    isgood: { logicalName: 'isgood', type: 'Boolean' },
    founded: { logicalName: 'founded', type: 'DateTime' },
    photo: { logicalName: 'photo', type: 'Image' },
    kind: {
      logicalName: 'kind',
      type: 'Picklist',
      options: [
        { value: 1, label: 'Zebra' },
        { value: 2, label: 'Ape' },
      ],
    },
    tags: {
      logicalName: 'tags',
      type: 'MultiSelectPicklist',
      options: [1, 2].map((value) => ({ value, label: `Tag ${value}` })),
    },
    primarycontactid: { logicalName: 'primarycontactid', type: 'Lookup', targets: ['contact'] },
    transactioncurrencyid: {
      logicalName: 'transactioncurrencyid',
      type: 'Lookup',
      targets: ['transactioncurrency'],
    },
  },
};

const contact: EntityMetadata = {
  logicalName: 'contact',
  primaryNameAttribute: 'fullname',
  attributes: {
    contactid: { logicalName: 'contactid', type: 'Uniqueidentifier' },
    fullname: { logicalName: 'fullname', type: 'String', maxLength: 100 },
    age: { logicalName: 'age', type: 'Integer' },
    parentcustomerid: {
      logicalName: 'parentcustomerid',
      type: 'Customer',
      targets: ['account', 'contact'],
    },
  },
};

const requests = recordRequests();

function organization(...middleware: readonly OrganizationMiddleware[]): XrmFakedContext {
  const builder = MiddlewareBuilder.new({
    clock: travelClock('2024-05-01T10:00:00Z'),
    newId: countedIds(),
  })
    .addCrud()
    .addFakeMessageExecutors()
    .use(requests.middleware);
  for (const one of middleware) builder.use(one);
  return builder.useCrud().useMessages().build();
}

function described(): XrmFakedContext {
  const context = organization();
  context.initializeMetadata([account, contact]);
  context.addRelationship({
    kind: 'OneToMany',
    schemaName: 'account_primary_contact',
    referencingEntity: 'account',
    referencingAttribute: 'primarycontactid',
    referencedEntity: 'contact',
    navigationProperty: 'primarycontactid',
  });
  context.addRelationship({
    kind: 'OneToMany',
    schemaName: 'contact_customer_accounts',
    referencingEntity: 'contact',
    referencingAttribute: 'parentcustomerid',
    referencedEntity: 'account',
    navigationProperty: 'parentcustomerid_account',
  });
  context.addRelationship({
    kind: 'ManyToMany',
    schemaName: 'account_friends',
    entity1LogicalName: 'account',
    entity2LogicalName: 'contact',
    intersectEntityName: 'accountfriend',
  });
  return context;
}

const ann = new EntityReference('contact', idOf(2, 0));

function filled(): XrmFakedContext {
  const context = described();
  context.initialize([
    new Entity('account', idOf(1, 0), {
      name: 'Contoso',
      revenue: new Money(100),
      kind: new OptionSetValue(2),
      tags: new OptionSetValueCollection([2, 1]),
      founded: new Date('2020-01-01T00:00:00Z'),
      primarycontactid: ann,
    }),
    new Entity('account', idOf(1, 1), { name: 'Fabrikam', kind: new OptionSetValue(1) }),
    new Entity('contact', idOf(2, 0), {
      fullname: 'Ann',
      age: 30,
      parentcustomerid: new EntityReference('account', idOf(1, 0)),
    }),
    new Entity('contact', idOf(2, 1), {
      fullname: 'Bob',
      age: 40,
      parentcustomerid: new EntityReference('account', idOf(1, 0)),
    }),
    new Entity('accountfriend', idOf(3, 0), { accountid: idOf(1, 1), contactid: idOf(2, 1) }),
    new Entity('accountfriend', idOf(3, 1), { accountid: idOf(1, 0), contactid: idOf(2, 1) }),
  ]);
  return context;
}

const failure = async (promise: PromiseLike<unknown>): Promise<WebApiError> => {
  try {
    await promise;
  } catch (error) {
    if (error instanceof WebApiError) return error;
    throw error;
  }
  throw new TypeError('Nothing went wrong.');
};

beforeEach(() => {
  requests.clear();
});

describe('a record', () => {
  test('D-153 DV-138 is written with annotations in front of what they belong to', async () => {
    const record = await xrmWebApi(filled()).retrieveRecord<Record<string, unknown>>(
      'account',
      `{${idOf(1, 0).toUpperCase()}}`,
      '?$select=name,revenue,kind,tags,founded,_primarycontactid_value,isgood',
    );
    const { '@odata.etag': etag, ...rest } = record;
    expect(etag).toMatch(/^W\/"\d+"$/);
    expect(Object.entries(rest)).toEqual([
      [
        '@odata.context',
        'https://org.crm.dynamics.com/api/data/v9.2/$metadata#accounts(name,revenue,kind,tags,founded,_primarycontactid_value,isgood)/$entity',
      ],
      ['name', 'Contoso'],
      [`revenue${FORMATTED}`, expect.any(String)],
      ['revenue', 100],
      [`kind${FORMATTED}`, 'Ape'],
      ['kind', 2],
      [`tags${FORMATTED}`, 'Tag 1; Tag 2'],
      ['tags', '1,2'],
      [`founded${FORMATTED}`, expect.any(String)],
      ['founded', '2020-01-01T00:00:00Z'],
      [`_primarycontactid_value${FORMATTED}`, 'Ann'],
      [`_primarycontactid_value${NAVIGATION}`, 'primarycontactid'],
      [`_primarycontactid_value${LOGICAL}`, 'contact'],
      ['_primarycontactid_value', idOf(2, 0)],
      ['isgood', null],
      ['accountid', idOf(1, 0)],
      ['_transactioncurrencyid_value', null],
    ]);
  });

  test('DV-77 DV-78 an OData query gives what is empty as null, and always the id; FetchXML leaves it out', async () => {
    const api = xrmWebApi(filled());
    const { entities } = await api.retrieveMultipleRecords('account', '?$select=employees&$top=1');
    expect(entities).toEqual([
      { '@odata.etag': expect.any(String), employees: null, accountid: idOf(1, 0) },
    ]);
    const fetchXml =
      '<fetch top="1"><entity name="account"><attribute name="name"/><attribute name="employees"/></entity></fetch>';
    const fetched = await api.retrieveMultipleRecords(
      'account',
      `?fetchXml=${encodeURIComponent(fetchXml)}`,
    );
    expect(fetched.entities).toEqual([
      { '@odata.etag': expect.any(String), name: 'Contoso', accountid: idOf(1, 0) },
    ]);
    expect(fetched).not.toHaveProperty('nextLink');
  });

  test('DV-78 ownerid cannot be asked for but as _ownerid_value', async () => {
    const api = xrmWebApi(organization());
    const { id } = await api.createRecord('account', { name: 'A' });
    const record = await api.retrieveRecord('account', id, '?$select=_ownerid_value');
    expect(record).toMatchObject({ [`_ownerid_value${LOGICAL}`]: 'systemuser' });
    const strict = filled();
    const { code, errorCode, message } = await failure(
      xrmWebApi(strict).retrieveRecord('account', idOf(1, 0), '?$select=primarycontactid'),
    );
    expect({ code, errorCode }).toEqual({ code: 'WEB_API', errorCode: 0x80060888 });
    expect(message).toBe(
      "Could not find a property named 'primarycontactid' on type 'Microsoft.Dynamics.CRM.account'.",
    );
  });

  test('D-153 aliased values keep their names', async () => {
    const fetchXml = `<fetch><entity name="account"><attribute name="name"/><filter><condition attribute="name" operator="eq" value="Contoso"/></filter><link-entity name="contact" from="contactid" to="primarycontactid" alias="c"><attribute name="age"/><attribute name="parentcustomerid"/></link-entity></entity></fetch>`;
    const { entities } = await xrmWebApi(filled()).retrieveMultipleRecords(
      'account',
      `?fetchXml=${encodeURIComponent(fetchXml)}`,
    );
    expect(entities[0]).toMatchObject({
      name: 'Contoso',
      'c.age': 30,
      'c.parentcustomerid': idOf(1, 0),
      [`c.parentcustomerid${LOGICAL}`]: 'account',
      [`c.parentcustomerid${NAVIGATION}`]: 'parentcustomerid_account',
    });
  });
});

describe('writing', () => {
  test('D-153 createRecord types values by the columns and binds lookups', async () => {
    const context = filled();
    const api = xrmWebApi(context);
    const given = {
      name: 'Litware',
      employees: 3,
      revenue: 12.5,
      kind: 1,
      tags: '2,1',
      isgood: true,
      founded: '2021-01-01T01:00:00+01:00',
      photo: base64Of(new Uint8Array([1, 2])),
      'primarycontactid@odata.bind': `/contacts(${idOf(2, 1)})`,
      '@odata.type': 'Microsoft.Dynamics.CRM.account',
    };
    const before = structuredClone(given);
    const created = await api.createRecord('account', given);
    expect(created).toEqual({ entityType: 'account', id: expect.any(String) });
    const stored = context.getEntityById('account', created.id);
    expect({ ...stored.attributes }).toMatchObject({
      name: 'Litware',
      employees: 3,
      revenue: new Money(12.5),
      kind: new OptionSetValue(1),
      tags: new OptionSetValueCollection([1, 2]),
      isgood: true,
      founded: new Date('2021-01-01T00:00:00Z'),
      photo: new Uint8Array([1, 2]),
    });
    expect(stored.getAttributeValue<EntityReference>('primarycontactid')?.id).toBe(idOf(2, 1));
    expect(given).toEqual(before);
    requests.expect({ requestName: 'Create', attributes: { name: 'Litware' } }, 1);
  });

  test('createRecord keeps the id that it is given, and takes full addresses', async () => {
    const context = described();
    const api = xrmWebApi(context);
    const { id } = await api.createRecord('account', {
      accountid: idOf(1, 9),
      'primarycontactid@odata.bind': `https://org.crm.dynamics.com/api/data/v9.2/contacts(${idOf(2, 1)})`,
    });
    expect(id).toBe(idOf(1, 9));
    expect(
      context.getEntityById('account', id).getAttributeValue<EntityReference>('primarycontactid')
        ?.id,
    ).toBe(idOf(2, 1));
  });

  test('DV-105 createRecord creates what stands in it along, and nothing if that fails', async () => {
    const context = described();
    const api = xrmWebApi(context);
    const { id } = await api.createRecord('account', {
      name: 'A',
      contact_customer_accounts: [{ fullname: 'One' }, { fullname: 'Two' }],
    });
    const owners = context
      .createQuery('contact')
      .map((one) => one.getAttributeValue<EntityReference>('parentcustomerid')?.id);
    expect(owners).toEqual([id, id]);
    const { errorCode } = await failure(
      api.createRecord('account', {
        name: 'B',
        contact_customer_accounts: [
          { fullname: 'Three' },
          { contactid: idOf(2, 7) },
          { contactid: idOf(2, 7) },
        ],
      }),
    );
    expect(errorCode).toBe(0x80040237);
    expect([context.count('account'), context.count('contact')]).toEqual([1, 2]);
  });

  test('DV-105 a record in the place of a lookup is created first, and bound', async () => {
    const context = described();
    const { id } = await xrmWebApi(context).createRecord('account', {
      name: 'A',
      primarycontactid: { fullname: 'Ann' },
    });
    const [contact] = context.createQuery('contact');
    expect(contact?.get('fullname')).toBe('Ann');
    expect(context.getEntityById('account', id).get('primarycontactid')).toMatchObject({
      logicalName: 'contact',
      id: contact?.id,
    });
  });

  test('createRecord binds by an alternate key', async () => {
    const context = described();
    context.initializeMetadata([
      { ...contact, keys: [{ logicalName: 'byname', keyAttributes: ['fullname', 'age'] }] },
    ]);
    context.initialize(new Entity('contact', idOf(2, 3), { fullname: "O'Neil (Sr)", age: 70 }));
    const { id } = await xrmWebApi(context).createRecord('account', {
      'primarycontactid@odata.bind': "/contacts(fullname='O''Neil (Sr)',age=70)",
    });
    const bound = context.getEntityById('account', id).get('primarycontactid');
    expect(bound).toMatchObject({ id: idOf(2, 3), name: "O'Neil (Sr)" });
  });

  test('updateRecord changes what it is given, and null empties', async () => {
    const context = filled();
    const api = xrmWebApi(context);
    const changed = await api.updateRecord('account', idOf(1, 0), {
      employees: 5,
      kind: null,
      'primarycontactid@odata.bind': null,
    });
    expect(changed).toEqual({ entityType: 'account', id: idOf(1, 0) });
    const stored = context.getEntityById('account', idOf(1, 0));
    expect(stored.get('employees')).toBe(5);
    expect(stored.get('name')).toBe('Contoso');
    expect(stored.contains('kind')).toBe(false);
    expect(stored.contains('primarycontactid')).toBe(false);
  });

  test('deleteRecord deletes, once', async () => {
    const context = filled();
    const api = xrmWebApi(context);
    expect(await api.deleteRecord('contact', idOf(2, 1))).toEqual({
      entityType: 'contact',
      id: idOf(2, 1),
    });
    expect(context.containsEntity('contact', idOf(2, 1))).toBe(false);
    const error = await failure(api.deleteRecord('contact', idOf(2, 1)));
    expect(error.errorCode).toBe(2147746327);
    expect(error.message).toMatch(/^contact With Id = .* Does Not Exist$/i);
    expect(error.cause).toBeInstanceOf(DataverseFault);
  });

  test.each<[string, unknown, string]>([
    ['no object', 'x', 'The payload of a record is an object.'],
    ['a list', [], 'The payload of a record is an object.'],
    [
      'an unknown property',
      { foo: 1 },
      "Invalid property 'foo' was found in entity 'Microsoft.Dynamics.CRM.account'",
    ],
    ['a name of all objects', { constructor: 1 }, "Invalid property 'constructor'"],
    ['the name of a prototype', JSON.parse('{"__proto__": 1}'), "Invalid property '__proto__'"],
    [
      'an unknown binding',
      { 'foo@odata.bind': `/contacts(${idOf(2, 0)})` },
      "An undeclared property 'foo'",
    ],
    [
      'a lookup by its value',
      { _primarycontactid_value: idOf(2, 0) },
      'Use Navigation properties instead',
    ],
    [
      'a lookup without binding',
      { primarycontactid: idOf(2, 0) },
      "Invalid property 'primarycontactid'",
    ],
    ['a bad address', { 'primarycontactid@odata.bind': 'Ann' }, "The URI 'Ann' is not valid"],
    [
      'a bad key',
      { 'primarycontactid@odata.bind': '/contacts(a)' },
      "The key in '/contacts(a)' is not valid.",
    ],
    [
      'text for a number',
      { employees: 'Charity' },
      "Cannot convert the literal 'Charity' to the expected type 'Edm.Int32'.",
    ],
    ['a broken number', { employees: 1.5 }, "expected type 'Edm.Int32'"],
    ['a number for text', { name: 1 }, "expected type 'Edm.String'"],
    ['text for an amount', { revenue: '1' }, "expected type 'Edm.Decimal'"],
    ['no date', { founded: 'soon' }, "expected type 'Edm.DateTimeOffset'"],
    ['no choices', { tags: 'a,b' }, "expected type 'Edm.String'"],
    ['no bytes', { photo: '***' }, "expected type 'Edm.Binary'"],
    ['a record for a list', { contact_customer_accounts: {} }, 'takes a list of records'],
    ['a bound list', { 'contact_customer_accounts@odata.bind': '/contacts(1)' }, 'leads to a list'],
  ])('refuses %s and stores nothing', async (_, payload, text) => {
    const context = described();
    const error = await failure(xrmWebApi(context).createRecord('account', payload));
    expect(error.message).toContain(text);
    expect(error.errorCode).toBe(0x80048d19);
    expect(context.data.tableNames).toEqual([]);
  });

  test('where nothing is described, values are what they are elsewhere', async () => {
    const context = organization();
    context.initialize([
      new Entity('thing', { price: new Money(1), kind: new OptionSetValue(1), at: new Date(0) }),
    ]);
    const api = xrmWebApi(context);
    const { id } = await api.createRecord('thing', {
      price: 2,
      kind: 3,
      at: '2020-01-01',
      other: 4,
      moment: '2020-01-01T00:00:00Z',
      text: '2020-01-01',
      'parentcustomerid_account@odata.bind': `/accounts(${idOf(1, 0)})`,
      'new_account@odata.bind': `/accounts(${idOf(1, 0)})`,
    });
    expect({ ...context.getEntityById('thing', id).attributes }).toMatchObject({
      price: new Money(2),
      kind: new OptionSetValue(3),
      at: new Date('2020-01-01T00:00:00Z'),
      other: 4,
      moment: new Date('2020-01-01T00:00:00Z'),
      text: '2020-01-01',
      parentcustomerid: { logicalName: 'account' },
      new_account: { logicalName: 'account' },
    });
  });
});

describe('retrieveMultipleRecords', () => {
  test('DV-64 $orderby sorts choices by their numbers', async () => {
    const { entities } = await xrmWebApi(filled()).retrieveMultipleRecords(
      'account',
      '?$select=kind&$orderby=kind',
    );
    expect(entities.map(({ kind }) => kind as number)).toEqual([1, 2]);
  });

  test('DV-75 nextLink leads on, page by page; with a page size $top does not count', async () => {
    const context = organization();
    context.initialize(
      Array.from({ length: 5 }, (_, at) => new Entity('account', idOf(1, at), { name: `A${at}` })),
    );
    const api = xrmWebApi(context);
    const names: string[] = [];
    const sizes: number[] = [];
    let options = '?$select=name&$orderby=name desc&$top=1';
    for (;;) {
      const page = await api.retrieveMultipleRecords<{ name: string }>('account', options, 2);
      names.push(...page.entities.map(({ name }) => name));
      sizes.push(page.entities.length);
      if (page.nextLink === undefined) break;
      expect(page.nextLink).toMatch(
        /^https:\/\/org\.crm\.dynamics\.com\/api\/data\/v9\.2\/accounts\?\$select=name&.*&\$skiptoken=%3Ccookie%20pagenumber%3D%22\d%22%20pagingcookie%3D%22[^"]*%22%20istracking%3D%22False%22%20%2F%3E$/,
      );
      options = page.nextLink.slice(page.nextLink.indexOf('?'));
    }
    expect(names).toEqual(['A4', 'A3', 'A2', 'A1', 'A0']);
    expect(sizes).toEqual([2, 2, 1]);
  });

  test('$count tells how many there are', async () => {
    const page = await xrmWebApi(filled()).retrieveMultipleRecords(
      'account',
      '?$select=name&$count=true',
      1,
    );
    expect(page).toMatchObject({ '@odata.count': 2, entities: [{ name: 'Contoso' }] });
  });

  test('FetchXML goes on by its cookie', async () => {
    const api = xrmWebApi(filled());
    const asked = (page: string): string =>
      `?fetchXml=${encodeURIComponent(`<fetch ${page}><entity name="account"><attribute name="name"/><order attribute="name"/></entity></fetch>`)}`;
    const first = await api.retrieveMultipleRecords('account', asked(''), 1);
    expect(first.entities).toMatchObject([{ name: 'Contoso' }]);
    expect(first.fetchXmlPagingCookie).toMatch(
      /^<cookie pagenumber="2" pagingcookie="[^"]+" istracking="False" \/>$/,
    );
    const second = await api.retrieveMultipleRecords('account', asked('page="2"'), 1);
    expect(second.entities).toMatchObject([{ name: 'Fabrikam' }]);
    expect(second).not.toHaveProperty('fetchXmlPagingCookie');
  });

  test.each<[string, unknown[]]>([
    ['the name of a table', ['']],
    ['a whole number, 1 or more', ['account', '', 0]],
    ['a whole number, 1 or more', ['account', '', 1.5]],
    ['Expected `options` to be text', ['account', 5]],
    [
      "The table of the query, 'contact', is not 'account'",
      ['account', `?fetchXml=<fetch><entity name="contact"/></fetch>`],
    ],
    ['Query options cannot be combined with fetchXml', ['account', `?$top=1&fetchXml=<fetch/>`]],
  ])('complains: %s', async (text, parameters) => {
    const { retrieveMultipleRecords } = xrmWebApi(filled());
    const error = await failure(retrieveMultipleRecords(...(parameters as ['account'])));
    expect(error.message).toContain(text);
  });
});

describe('$expand', () => {
  test('DV-139 puts one record in its place, without its version', async () => {
    const api = xrmWebApi(filled());
    const { entities } = await api.retrieveMultipleRecords(
      'account',
      '?$select=name&$expand=primarycontactid($select=fullname)&$orderby=name',
    );
    expect(entities).toEqual([
      {
        '@odata.etag': expect.any(String),
        name: 'Contoso',
        accountid: idOf(1, 0),
        primarycontactid: { fullname: 'Ann', contactid: idOf(2, 0) },
      },
      {
        '@odata.etag': expect.any(String),
        name: 'Fabrikam',
        accountid: idOf(1, 1),
        primarycontactid: null,
      },
    ]);
    expect(requests.names).toEqual(['RetrieveMultiple', 'RetrieveMultiple']);
  });

  test('DV-139 puts lists in their order, with a link', async () => {
    const record = await xrmWebApi(filled()).retrieveRecord(
      'account',
      idOf(1, 0),
      '?$select=name&$expand=contact_customer_accounts($select=fullname;$orderby=age desc;$filter=age gt 20;$top=1)',
    );
    expect(record).toMatchObject({
      name: 'Contoso',
      contact_customer_accounts: [
        { '@odata.etag': expect.any(String), fullname: 'Bob', contactid: idOf(2, 1) },
      ],
      'contact_customer_accounts@odata.nextLink': `https://org.crm.dynamics.com/api/data/v9.2/accounts(${idOf(1, 0)})/contact_customer_accounts?$select=fullname`,
    });
  });

  test('a list has only what its $filter lets through', async () => {
    const record = await xrmWebApi(filled()).retrieveRecord(
      'account',
      idOf(1, 0),
      '?$select=name&$expand=contact_customer_accounts($select=fullname;$filter=age lt 35)',
    );
    expect(record.contact_customer_accounts).toMatchObject([{ fullname: 'Ann' }]);
    expect(record.contact_customer_accounts).toHaveLength(1);
  });

  test('goes across a third table, and into what is expanded', async () => {
    const { entities } = await xrmWebApi(filled()).retrieveMultipleRecords(
      'account',
      '?$select=name&$orderby=name&$expand=account_friends($select=fullname;$expand=parentcustomerid_account($select=name))',
    );
    const bob = { fullname: 'Bob', parentcustomerid_account: { name: 'Contoso' } };
    expect(entities).toMatchObject([{ account_friends: [bob] }, { account_friends: [bob] }]);
  });

  test('DV-139 $ref gives addresses', async () => {
    const record = await xrmWebApi(filled()).retrieveRecord(
      'account',
      idOf(1, 0),
      '?$select=name&$expand=primarycontactid/$ref',
    );
    expect(record.primarycontactid).toEqual({
      '@odata.id': `https://org.crm.dynamics.com/api/data/v9.2/contacts(${idOf(2, 0)})`,
    });
  });
});

describe('execute', () => {
  const crud = (operationName: string, fields: object): object => ({
    ...fields,
    getMetadata: () => ({
      boundParameter: undefined,
      operationType: 2,
      operationName,
      parameterTypes: {},
    }),
  });

  test('answers Create, Retrieve, Update and Delete as the Web API does', async () => {
    const context = described();
    const { execute } = xrmWebApi(context, { clientUrl: 'https://contoso.crm4.dynamics.com/' });
    const created = await execute(crud('Create', { etn: 'account', payload: { name: 'A' } }));
    expect([created.ok, created.status]).toEqual([true, 204]);
    const address = created.headers.get('OData-EntityId') ?? '';
    expect(address).toMatch(
      /^https:\/\/contoso\.crm4\.dynamics\.com\/api\/data\/v9\.2\/accounts\([\da-f-]{36}\)$/,
    );
    const id = address.slice(-37, -1);
    const updated = await execute(crud('Update', { etn: 'account', id, payload: { name: 'B' } }));
    expect(updated.status).toBe(204);
    const entityReference = { entityType: 'account', id };
    const read = await execute(crud('Retrieve', { entityReference, columns: ['name'] }));
    expect(await read.json()).toMatchObject({ name: 'B', accountid: id });
    expect((await execute(crud('Delete', { entityReference }))).status).toBe(204);
    expect(context.count('account')).toBe(0);
  });

  test('calls functions and actions with their parameters', async () => {
    const context = filled();
    context.addGenericFakeMessageExecutor('new_Double', {
      execute: ({ parameters }) =>
        new OrganizationResponse('new_Double', {
          Product: Number(parameters['Number']) * 2,
          Of: parameters['Target'],
          Record: new Entity('contact', idOf(2, 0), { fullname: 'Ann' }),
        }),
    });
    const { online } = xrmWebApi(context);
    const answer = await online.execute({
      entity: { entityType: 'account', id: idOf(1, 0) },
      Number: 21,
      getMetadata: () => ({
        boundParameter: 'entity',
        operationName: 'Microsoft.Dynamics.CRM.new_Double',
        operationType: 0,
        parameterTypes: {
          entity: { typeName: 'mscrm.account', structuralProperty: 5 },
          Number: { typeName: 'Edm.Int32', structuralProperty: 1 },
        },
      }),
    });
    expect(await answer.json()).toEqual({
      '@odata.context':
        'https://org.crm.dynamics.com/api/data/v9.2/$metadata#Microsoft.Dynamics.CRM.new_DoubleResponse',
      Product: 42,
      Of: { '@odata.type': '#Microsoft.Dynamics.CRM.account', accountid: idOf(1, 0) },
      Record: { '@odata.type': '#Microsoft.Dynamics.CRM.contact', fullname: 'Ann' },
    });
    const who = await online.execute({
      getMetadata: () => ({
        boundParameter: null,
        operationType: 1,
        operationName: 'WhoAmI',
        parameterTypes: {},
      }),
    });
    expect(await who.json()).toMatchObject({ UserId: context.callerProperties.callerId.id });
  });

  test('executeMultiple goes one after the other; a list in it is done whole or not at all', async () => {
    const context = described();
    const { executeMultiple } = xrmWebApi(context);
    const create = (name: string, id?: string): object =>
      crud('Create', { etn: 'account', payload: { name, ...(id && { accountid: id }) } });
    const answers = await executeMultiple([create('A'), [create('B'), create('C', idOf(1, 5))]]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    const error = await failure(
      executeMultiple([create('D'), [create('E'), create('F', idOf(1, 5))], create('G')]),
    );
    expect(error.errorCode).toBe(0x80040237);
    expect(context.createQuery('account').map((one) => one.get('name'))).toEqual([
      'A',
      'B',
      'C',
      'D',
    ]);
  });

  test.each<[string, unknown]>([
    ['an object with the method getMetadata', {}],
    ['an object with the method getMetadata', null],
    ['the name of an operation', { getMetadata: () => undefined }],
    ['Create, Retrieve, Update or Delete', crud('Nothing', {})],
    ['an object with entityType and id', crud('Delete', {})],
    ['"nothing" is not supported', { getMetadata: () => ({ operationName: 'nothing' }) }],
  ])('complains: %s', async (text, request) => {
    expect((await failure(xrmWebApi(described()).execute(request))).message).toContain(text);
  });
});

describe('the client', () => {
  test('sends all it does through the pipeline, as the caller that is named', async () => {
    const refuse: OrganizationMiddleware = (ctx, next) => {
      if (ctx.request instanceof CreateRequest) {
        throw new InvalidPluginExecutionException('No accounts today');
      }
      return next();
    };
    const api = xrmWebApi(organization(refuse), { callerId: idOf(9, 9) });
    const { errorCode, message, title } = await failure(api.createRecord('account', {}));
    expect({ errorCode, message, title }).toEqual({
      errorCode: 0x80040265,
      message: 'No accounts today',
      title: 'Error',
    });
    expect(requests.expect('Create').callerId).toBe(idOf(9, 9));
  });

  test('waits where the pipeline waits', async () => {
    const slow: OrganizationMiddleware = async (_, next) => {
      await Promise.resolve();
      return next();
    };
    const api = xrmWebApi(organization(slow));
    const { id } = await api.createRecord('account', { name: 'A' });
    expect(await api.retrieveRecord('account', id, '?$select=name')).toMatchObject({ name: 'A' });
  });

  test('online and offline are there, and promises have fail and always', async () => {
    const api = xrmWebApi(filled());
    expect(api.isAvailableOffline('account')).toBe(false);
    expect(Object.keys(api.offline).toSorted()).toEqual([
      'createRecord',
      'deleteRecord',
      'isAvailableOffline',
      'retrieveMultipleRecords',
      'retrieveRecord',
      'updateRecord',
    ]);
    expect(await api.offline.retrieveRecord('account', idOf(1, 0))).toMatchObject({
      name: 'Contoso',
    });
    expect(
      await api.online.deleteRecord('account', 'x').fail(({ message }: Error) => message),
    ).toContain('a guid');
    expect(await clientPromise(Promise.reject(new Error('no'))).always(() => 'done')).toBe('done');
  });

  test('a code component gets plain promises of the same', async () => {
    const api = pcfWebApi(filled());
    const created = await api.createRecord('contact', { fullname: 'Dora' });
    expect(created).toEqual({ id: expect.any(String), entityType: 'contact' });
    await api.updateRecord('contact', created.id, { age: 1 });
    expect(await api.retrieveRecord('contact', created.id, '?$select=age')).toMatchObject({
      age: 1,
    });
    const page = await api.retrieveMultipleRecords(
      'contact',
      '?$select=fullname&$orderby=fullname',
      2,
    );
    expect(page.entities.map((one) => one['fullname'])).toEqual(['Ann', 'Bob']);
    expect(page.nextLink).toContain('$skiptoken=');
    expect(await api.deleteRecord('contact', created.id)).toEqual(created);
    const error = await failure(api.retrieveRecord('contact', created.id));
    expect(error.errorCode).toBe(0x80040217);
  });

  test('bytes survive', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    expect(bytesOf(base64Of(bytes))).toEqual(bytes);
    expect(bytesOf('*')).toBeUndefined();
  });
});

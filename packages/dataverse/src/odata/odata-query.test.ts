/** Tests of the options of the Web API: which records they find, and what is said of those that cannot be understood. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DataverseFault,
  Entity,
  EntityReference,
  Money,
  OptionSetValue,
  OptionSetValueCollection,
  PullRequestException,
  travelClock,
  xrmWebApi,
  type XrmFakedContext,
  XrmFakedContextFactory,
} from '../index.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import type { RelationshipMetadata } from '../metadata/relationship-metadata.ts';
import { parseFilter } from './parse-filter.ts';
import { queryOptions, splitOutside } from './query-options.ts';
import { tokensOf } from './tokens.ts';

const account: EntityMetadata = {
  logicalName: 'account',
  primaryNameAttribute: 'name',
  attributes: {
    accountid: { logicalName: 'accountid', type: 'Uniqueidentifier' },
    name: { logicalName: 'name', type: 'String', maxLength: 100 },
    description: { logicalName: 'description', type: 'Memo' },
    employees: { logicalName: 'employees', type: 'Integer' },
    revenue: { logicalName: 'revenue', type: 'Money' },
    isgood: { logicalName: 'isgood', type: 'Boolean' },
    founded: { logicalName: 'founded', type: 'DateTime' },
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
      options: [1, 2, 3].map((value) => ({ value, label: `${value}` })),
    },
    primarycontactid: { logicalName: 'primarycontactid', type: 'Lookup', targets: ['contact'] },
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

const relationships: readonly RelationshipMetadata[] = [
  {
    kind: 'OneToMany',
    schemaName: 'account_primary_contact',
    referencingEntity: 'account',
    referencingAttribute: 'primarycontactid',
    referencedEntity: 'contact',
    navigationProperty: 'primarycontactid',
  },
  {
    kind: 'OneToMany',
    schemaName: 'contact_customer_accounts',
    referencingEntity: 'contact',
    referencingAttribute: 'parentcustomerid',
    referencedEntity: 'account',
    navigationProperty: 'parentcustomerid_account',
  },
  {
    kind: 'ManyToMany',
    schemaName: 'account_friends',
    entity1LogicalName: 'account',
    entity2LogicalName: 'contact',
    intersectEntityName: 'accountfriend',
  },
];

const idOf = (kind: number, at: number): string =>
  `0000000${kind}-0000-4000-8000-${String(at).padStart(12, '0')}`;
const contactRef = (at: number): EntityReference => new EntityReference('contact', idOf(2, at));

const RECORDS = [
  new Entity('account', idOf(1, 0), {
    name: 'Contoso',
    employees: 10,
    revenue: new Money(100),
    isgood: true,
    kind: new OptionSetValue(1),
    founded: new Date('2020-01-01T00:00:00Z'),
    tags: new OptionSetValueCollection([1, 2]),
    primarycontactid: contactRef(0),
  }),
  new Entity('account', idOf(1, 1), {
    name: "O'Neil",
    employees: 20,
    revenue: new Money(200),
    isgood: false,
    kind: new OptionSetValue(2),
    founded: new Date('2021-06-01T12:00:00Z'),
    primarycontactid: contactRef(1),
  }),
  new Entity('account', idOf(1, 2), { name: 'a_c 100%', employees: 30, description: 'Contoso' }),
  new Entity('account', idOf(1, 3), { name: 'abc', tags: new OptionSetValueCollection([3]) }),
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
  new Entity('contact', idOf(2, 2), {
    fullname: 'Cid',
    parentcustomerid: new EntityReference('account', idOf(1, 1)),
  }),
  new Entity('accountfriend', idOf(3, 0), { accountid: idOf(1, 2), contactid: idOf(2, 1) }),
];

function organization(isDescribed: boolean): XrmFakedContext {
  const context = XrmFakedContextFactory.new({ clock: travelClock('2021-06-02T00:00:00Z') });
  if (isDescribed) {
    context.initializeMetadata([account, contact]);
    for (const relationship of relationships) context.addRelationship(relationship);
  }
  context.initialize(RECORDS);
  return context;
}

/** The numbers of the accounts that fit. */
async function fitting(options: string, context = organization(true)): Promise<readonly number[]> {
  const { entities } = await xrmWebApi(context).retrieveMultipleRecords<{ accountid: string }>(
    'account',
    options,
  );
  return entities.map(({ accountid }) => Number(accountid.slice(-2)));
}

const filtered = (filter: string): Promise<readonly number[]> =>
  fitting(`?$select=accountid&$filter=${encodeURIComponent(filter)}`);

const complaint = async (options: string): Promise<unknown> => {
  const error: unknown = await fitting(options).then(
    () => 'nothing is said',
    (reason: unknown) => reason,
  );
  return error instanceof Error ? error.message : error;
};

describe('$filter', () => {
  test.each<[string, string, readonly number[]]>([
    ['eq, in any case', "name eq 'CONTOSO'", [0]],
    ['DV-21 a quote in text is doubled', "name eq 'O''Neil'", [1]],
    ['DV-7 ne fits what is empty', 'employees ne 10', [1, 2, 3]],
    ['DV-10 gt does not', 'employees gt 10', [1, 2]],
    ['ge', 'employees ge 20', [1, 2]],
    ['lt', 'employees lt 20', [0]],
    ['le', 'employees le 20', [0, 1]],
    ['a value may stand in front', '10 lt employees', [1, 2]],
    ['eq null', 'employees eq null', [3]],
    ['ne null', 'employees ne null', [0, 1, 2]],
    ['a lookup of nothing', '_primarycontactid_value eq null', [2, 3]],
    ['a navigation to nothing', 'primarycontactid eq null', [2, 3]],
    ['a lookup', `_primarycontactid_value eq ${idOf(2, 1)}`, [1]],
    ['a guid in quotes and in capitals', `accountid eq '${idOf(1, 3).toUpperCase()}'`, [3]],
    ['a choice by its number', 'kind eq 2', [1]],
    ['an amount', 'revenue gt 150.5', [1]],
    ['true or false', 'isgood eq false', [1]],
    ['a property alone', 'isgood', [0]],
    ['DV-39 DV-41 moments without quotes', 'founded ge 2021-06-01T12:00:00Z', [1]],
    ['DV-41 a day is its beginning', 'founded le 2020-01-01', [0]],
    ['columns', 'name eq description', []],
    ['and binds more than or', "employees eq 10 or employees eq 20 and name eq 'x'", [0]],
    ['brackets', "(employees eq 10 or employees eq 20) and name eq 'Contoso'", [0]],
    ['not', 'not (employees gt 10)', [0, 3]],
    ['not of or', "not (employees gt 10 or name eq 'abc')", [0]],
    ['not twice', 'not not (employees gt 10)', [1, 2]],
    ['contains', "contains(name,'ONTO')", [0]],
    ['startswith', "startswith(name,'a')", [2, 3]],
    ['endswith', "endswith(name,'c')", [3]],
    ['DV-24 not contains fits what is empty', "not contains(description,'x')", [0, 1, 2, 3]],
    ['DV-5 wildcards are live', "contains(name,'a_c')", [2, 3]],
    ['DV-5 also in eq', "name eq 'a%'", [2, 3]],
    ['DV-5 and sets', "name eq '[a-b]bc'", [3]],
    ['DV-25 a path', "primarycontactid/fullname eq 'Bob'", [1]],
    [
      'DV-25 what has nothing at the end of a path does not fit',
      "primarycontactid/fullname ne 'Bob'",
      [0],
    ],
    ['DV-25 nor with not', "not (primarycontactid/fullname eq 'Bob')", [0]],
    ['a path in or', "primarycontactid/fullname eq 'Bob' or name eq 'abc'", [1, 3]],
    ['DV-26 any', "contact_customer_accounts/any(c:c/fullname eq 'Bob')", [0]],
    ['DV-26 any at all', 'contact_customer_accounts/any()', [0, 1]],
    ['DV-26 all is true of none', 'contact_customer_accounts/all(c:c/age gt 35)', [2, 3]],
    ['DV-26 all', 'contact_customer_accounts/all(c:c/age ge 30)', [0, 2, 3]],
    ['not any', "not contact_customer_accounts/any(c:c/fullname eq 'Bob')", [1, 2, 3]],
    ['any across a third table', "account_friends/any(f:f/fullname eq 'Bob')", [2]],
    [
      'any within a path of it',
      "contact_customer_accounts/any(c:c/parentcustomerid_account/name eq 'Contoso')",
      [0],
    ],
    [
      'DV-27 In',
      'Microsoft.Dynamics.CRM.In(PropertyName=\'name\',PropertyValues=["contoso","O\'Neil"])',
      [0, 1],
    ],
    [
      'DV-27 In with single quotes',
      "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['contoso','abc'])",
      [0, 3],
    ],
    [
      'In of choices',
      "Microsoft.Dynamics.CRM.In(PropertyName='kind',PropertyValues=['1','2'])",
      [0, 1],
    ],
    [
      'not In',
      "not Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['contoso','abc'])",
      [1, 2],
    ],
    [
      'Between',
      "Microsoft.Dynamics.CRM.Between(PropertyName='employees',PropertyValues=['10','20'])",
      [0, 1],
    ],
    [
      'ContainValues',
      "Microsoft.Dynamics.CRM.ContainValues(PropertyName='tags',PropertyValues=['2','3'])",
      [0, 3],
    ],
    ['On', "Microsoft.Dynamics.CRM.On(PropertyName='founded',PropertyValue='2021-06-01')", [1]],
    ['LastXDays', "Microsoft.Dynamics.CRM.LastXDays(PropertyName='founded',PropertyValue=3)", [1]],
    ['Yesterday', "Microsoft.Dynamics.CRM.Yesterday(PropertyName='founded')", [1]],
    [
      'a function through a path',
      "primarycontactid/Microsoft.Dynamics.CRM.In(PropertyName='fullname',PropertyValues=['Ann'])",
      [0],
    ],
  ])('%s', async (_, filter, found) => {
    expect(await filtered(filter)).toEqual(found);
  });

  test('DV-23 takes parameter aliases; one that is not set is empty', async () => {
    expect(await fitting("$select=name&$filter=name eq @n&@n='abc'")).toEqual([3]);
    expect(await fitting('$select=name&$filter=employees eq @n')).toEqual([3]);
    const filter = 'Microsoft.Dynamics.CRM.In(PropertyName=@p,PropertyValues=@v)';
    expect(await fitting(`$filter=${filter}&@p='name'&@v=["abc"]`)).toEqual([3]);
    expect(await fitting('$select=name&$orderby=@o desc&@o=name&$top=1')).toEqual([1]);
  });

  test('finds the same where nothing is described', async () => {
    const plain = organization(false);
    const found = (filter: string): Promise<readonly number[]> =>
      fitting(`$filter=${encodeURIComponent(filter)}`, plain);
    expect(await found("primarycontactid/fullname eq 'Bob'")).toEqual([1]);
    expect(await found('kind eq 2 and revenue ge 200 and founded gt 2021-01-01')).toEqual([1]);
    expect(await found(`_primarycontactid_value eq ${idOf(2, 0)}`)).toEqual([0]);
  });

  test.each<[string, string]>([
    ["name eq 'abc", "There is an unterminated literal at position 12 in 'name eq 'abc'."],
    ['name eq', "Expression expected at position 7 in 'name eq'."],
    ["(name eq 'a'", "')' or operator expected at position 12 in '(name eq 'a''."],
    ["contains(name 'a')", "')' or ',' expected at position 14 in 'contains(name 'a')'."],
    ["name eq 'a' 'b'", "Syntax error at position 12 in 'name eq 'a' 'b''."],
    ['name eq #', "Syntax error at position 8 in 'name eq #'."],
    ['', "Expression expected at position 0 in ''."],
    ['length(name) eq 3', "An unknown function with name 'length' was found."],
    [
      "nothing eq 'a'",
      "Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.account'.",
    ],
    ["Name eq 'a'", "Could not find a property named 'Name' on type"],
    ['primarycontactid eq 1', "Could not find a property named 'primarycontactid' on type"],
    [
      "primarycontactid/nothing eq 'a'",
      "Could not find a property named 'nothing' on type 'Microsoft.Dynamics.CRM.contact'.",
    ],
    ['__proto__ eq 1', "Could not find a property named '__proto__'"],
    ["constructor/name eq 'a'", "Could not find a property named 'constructor'"],
    [
      "employees eq 'ten'",
      "Found operand types 'Edm.Int32' and 'Edm.String' for operator kind 'Equal'.",
    ],
    ['name eq 1', "Found operand types 'Edm.String' and 'Edm.Double'"],
    ["founded gt 'soon'", "Found operand types 'Edm.DateTimeOffset' and 'Edm.String'"],
    ['founded gt 2020-13-40', "Unrecognized 'Edm.DateTimeOffset' literal '2020-13-40'."],
    ['employees gt null', "The operator 'GreaterThan' cannot be used with null."],
    ["startswith(name,'%a')", "A wildcard cannot stand where 'startswith' puts one itself."],
    ["contact_customer_accounts/fullname eq 'a'", "'contact_customer_accounts' leads to a list"],
    ["primarycontactid/any(c:c/fullname eq 'a')", "'primarycontactid' leads to one record"],
    [
      "contact_customer_accounts/any(c:fullname eq 'a')",
      "does not begin with the range variable 'c'",
    ],
    [
      "Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['O'Neil'])",
      "Invalid JSON. A comma character ',' was expected",
    ],
    ["Microsoft.Dynamics.CRM.In(PropertyValues=['a'])", 'needs the name of a property'],
    [
      "Microsoft.Dynamics.CRM.Nothing(PropertyName='name')",
      "An unknown function with name 'Nothing'",
    ],
    [
      "Microsoft.Dynamics.CRM.toString(PropertyName='name')",
      "An unknown function with name 'toString'",
    ],
    [
      "not Microsoft.Dynamics.CRM.Today(PropertyName='founded')",
      "The function 'Today' cannot be negated.",
    ],
    ['1 eq 1', 'A comparison of two values says nothing of the records.'],
  ])('of %j complains', async (filter, text) => {
    expect(await complaint(`$filter=${encodeURIComponent(filter)}`)).toContain(text);
  });

  test('may be long, and may not be deep', async () => {
    const long = Array.from({ length: 400 }, (_, at) => `employees eq ${at}`).join(' or ');
    expect(await filtered(long)).toEqual([0, 1, 2]);
    const deep = `${'('.repeat(10_000)}employees eq 1${')'.repeat(10_000)}`;
    expect(await complaint(`$filter=${deep}`)).toContain('recursion depth');
    expect(parseFilter(`${'not '.repeat(10_001)}(a eq 1)`).kind).toBe('not');
  });

  test('any text is understood or refused', () => {
    const word = fc.constantFrom(
      "'",
      "''",
      '(',
      ')',
      '[',
      ']',
      ',',
      '/',
      ':',
      '=',
      '@a',
      'eq',
      'not',
      'and',
      'or',
      'any',
      'contains',
      'Microsoft.Dynamics.CRM.In',
      'x',
      '1',
      '2020-01-01',
      '"',
      ' ',
      '\u{1f600}',
      '%',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          for (const read of [
            tokensOf,
            parseFilter,
            queryOptions,
            (one: string) => splitOutside(one, ','),
          ]) {
            try {
              read(text);
            } catch (error) {
              if (!(error instanceof DataverseFault) && !(error instanceof PullRequestException))
                throw error;
            }
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the other options', () => {
  test('$orderby sorts by several columns and by those of other records', async () => {
    expect(await fitting('$orderby=name desc')).toEqual([1, 0, 3, 2]);
    expect(await fitting('$orderby=isgood,employees desc')).toEqual([2, 3, 1, 0]);
    expect(await fitting('$orderby=primarycontactid/fullname desc,name asc')).toEqual([1, 0, 2, 3]);
  });

  test('$top takes the first', async () => {
    expect(await fitting('$orderby=employees desc&$top=2')).toEqual([2, 1]);
    expect(await fitting('$top=0')).toEqual([]);
  });

  test.each<[string, string]>([
    ['$skip=1', 'Skip Clause is not supported in CRM'],
    ['$Select=name', 'The query parameter $Select is not supported'],
    ['$search=a', 'The query parameter $search is not supported'],
    ['$format=json', 'The query parameter $format is not supported'],
    ['constructor=1', 'The query parameter constructor is not supported'],
    ['$top=-1', "Invalid value '-1' for $top query option found."],
    ['$top=1&$top=2', "Query option '$top' was specified more than once"],
    ['$count=yes', "Invalid value 'yes' for $count query option found."],
    ['$select=nothing', "Could not find a property named 'nothing'"],
    ['$select=name,', "Term '' is not valid in a $select or $expand expression."],
    ['$select=primarycontactid', "Could not find a property named 'primarycontactid'"],
    ['$orderby=name up', "Syntax error at position 0 in 'name up'."],
    ['$orderby=nothing', "Could not find a property named 'nothing'"],
    ['$expand=nothing', "Could not find a property named 'nothing'"],
    ['$expand=primarycontactid($top=1)', 'Only $select and $expand can be used'],
    ['$expand=primarycontactid($nothing=1)', "The option '$nothing' is not supported in $expand."],
    ['$expand=primarycontactid($select=fullname', "')' expected at position"],
    ['$expand=contact_customer_accounts/$ref', 'of which no references can be had'],
    ['$skiptoken=soon', 'Malformed value of $skiptoken.'],
  ])('DV-22 of %s complains', async (options, text) => {
    expect(await complaint(options)).toContain(text);
  });

  test('DV-57 no more than 15 may be expanded', async () => {
    const many = Array.from({ length: 16 }, () => 'primarycontactid').join(',');
    expect(await complaint(`$expand=${many}`)).toContain('exceeds the limit of 15');
  });

  test('what is not here yet says so', async () => {
    expect(await complaint('$apply=aggregate(x)')).toContain("the option '$apply'");
  });
});

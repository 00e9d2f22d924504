/** Writes the core schema of the package dataverse: `node scripts/core-schema.mjs edmx.xml [definitions.json …]`. The document says which tables and columns there are, the definitions of what type, where they say more. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const PACKAGE = fileURLToPath(new URL('../packages/dataverse/', import.meta.url));

const TABLES =
  `account activityparty activitypointer annotation appointment asyncoperation audit businessunit connection connectionreference
  contact customapi customapirequestparameter customapiresponseproperty email environmentvariabledefinition environmentvariablevalue incident
  incidentresolution lead letter list opportunity opportunityclose organization phonecall plugintracelog pricelevel principalobjectaccess product
  publisher queue queueitem quote quotedetail role savedquery sdkmessage sdkmessageprocessingstep sitemap solution solutioncomponent systemuser
  task team territory transactioncurrency userquery usersettings webresource workflow`.split(/\s+/);

/** Whole numbers that are choices though their names do not say so. */
const CHOICES = new Set(
  `accessmode action availability azurestate budgetstatus category community correlationmethod createstage deletedstate deletestage
  emailreminderstatus emailrouteraccessapproval firstresponseslastatus incomingemaildeliverymethod incomingemailfilteringmethod
  initialcommunication inheritancemask isinherited mode need notifications operation organizationstate outgoingemaildeliverymethod processtriggerscope
  productstructure propertyconfigurationstatus purchaseprocess purchasetimeframe record1objecttypecode record2objecttypecode
  resolvebyslastatus rootcomponentbehavior runas salesstage scope servicestage skippricecalculation stage supporteddeployment timeline
  updatestage discountcalculationmethod currencydisplayoption plugintracelogsetting secretstore`.split(
    /\s+/,
  ),
);
const NO_CHOICES = new Set(['userlicensetype']);

/** Names of records where they are not the usual ones, and tables without one. */
const PRIMARY_NAMES = /** @type {Record<string, string | undefined>} */ ({
  activityparty: undefined,
  audit: undefined,
  environmentvariabledefinition: 'displayname',
  environmentvariablevalue: 'schemaname',
  opportunityclose: 'subject',
  plugintracelog: 'typename',
  principalobjectaccess: undefined,
  publisher: 'friendlyname',
  queueitem: 'title',
  quotedetail: 'quotedetailname',
  sitemap: 'sitemapname',
  solution: 'friendlyname',
  solutioncomponent: undefined,
  transactioncurrency: 'currencyname',
  usersettings: undefined,
  connection: 'name',
  incident: 'title',
});

/** States with their statuses, as `state label: status label, …; …`; the first status of a state is the one that it begins with. */
const USUAL = '0 Active: 1 Active; 1 Inactive: 2 Inactive';
const STATES = /** @type {Record<string, string>} */ ({
  account: USUAL,
  contact: USUAL,
  connection: USUAL,
  product:
    '2 Draft: 0 Draft; 0 Active: 1 Active; 1 Retired: 2 Retired; 3 Under Revision: 3 Under Revision',
  list: '0 Active: 0 Active; 1 Inactive: 1 Inactive',
  pricelevel: '0 Active: 100001 Active; 1 Inactive: 100002 Inactive',
  queue: USUAL,
  queueitem: USUAL,
  transactioncurrency: USUAL,
  customapi: USUAL,
  connectionreference: USUAL,
  environmentvariabledefinition: USUAL,
  environmentvariablevalue: USUAL,
  lead: '0 Open: 1 New, 2 Contacted; 1 Qualified: 3 Qualified; 2 Disqualified: 4 Lost, 5 Cannot Contact, 6 No Longer Interested, 7 Canceled',
  opportunity: '0 Open: 1 In Progress, 2 On Hold; 1 Won: 3 Won; 2 Lost: 4 Canceled, 5 Out-Sold',
  incident:
    '0 Active: 1 In Progress, 2 On Hold, 3 Waiting for Details, 4 Researching; 1 Resolved: 5 Problem Solved, 1000 Information Provided; 2 Canceled: 6 Canceled, 2000 Merged',
  quote:
    '0 Draft: 1 In Progress; 1 Active: 2 In Progress, 3 Open; 2 Won: 4 Won; 3 Closed: 5 Lost, 6 Canceled, 7 Revised',
  task: '0 Open: 2 Not Started, 3 In Progress, 4 Waiting on someone else, 7 Deferred; 1 Completed: 5 Completed; 2 Canceled: 6 Canceled',
  phonecall: '0 Open: 1 Open; 1 Completed: 2 Made, 4 Received; 2 Canceled: 3 Canceled',
  letter: '0 Open: 1 Open, 2 Draft; 1 Completed: 3 Received, 4 Sent; 2 Canceled: 5 Canceled',
  email:
    '0 Open: 1 Draft, 8 Failed; 1 Completed: 2 Completed, 3 Sent, 4 Received, 6 Pending Send, 7 Sending; 2 Canceled: 5 Canceled',
  appointment:
    '0 Open: 1 Free, 2 Tentative; 1 Completed: 3 Completed; 2 Canceled: 4 Canceled; 3 Scheduled: 5 Busy, 6 Out of Office',
  opportunityclose: '0 Open: 1 Open; 1 Completed: 2 Completed; 2 Canceled: 3 Canceled',
  incidentresolution: '0 Open: 1 Open; 1 Completed: 2 Closed; 2 Canceled: 3 Canceled',
  activitypointer:
    '0 Open: 1 Open; 1 Completed: 2 Completed; 2 Canceled: 3 Canceled; 3 Scheduled: 4 Scheduled',
  workflow: '0 Draft: 1 Draft; 1 Activated: 2 Activated; 2 Suspended: 3 CompanyDLPViolation',
  asyncoperation:
    '0 Ready: 0 Waiting For Resources; 1 Suspended: 10 Waiting; 2 Locked: 20 In Progress, 21 Pausing, 22 Canceling; 3 Completed: 30 Succeeded, 31 Failed, 32 Canceled',
});

/** Columns of the parties of activities, which the document has as records of their own. */
const PARTIES = /** @type {Record<string, string[]>} */ ({
  appointment: ['optionalattendees', 'organizer', 'requiredattendees'],
  email: ['bcc', 'cc', 'from', 'to'],
  letter: ['bcc', 'cc', 'from', 'to'],
  phonecall: ['from', 'to'],
});

/** Tables of pairs that are not named as their relationships are. */
const PAIRS = /** @type {Record<string, string>} */ ({
  listaccount_association: 'listmember',
  listcontact_association: 'listmember',
  listlead_association: 'listmember',
});

/** Columns that somebody added to the organization whose document it is. */
const ADDED = /^(?:cdsify|msdyn|mspp)_/;

/** Columns that refer to more tables than this refer to any. */
const MOST_TARGETS = 10;

const LETTERS = /** @type {Record<string, string>} */ ({
  String: 'S',
  Memo: 'M',
  Integer: 'I',
  BigInt: 'B',
  Decimal: 'D',
  Double: 'F',
  Money: '$',
  Boolean: '?',
  DateTime: 'T',
  Picklist: 'C',
  MultiSelectPicklist: 'X',
  State: 's',
  Status: 't',
  Lookup: 'L',
  Customer: 'K',
  Owner: 'O',
  PartyList: 'P',
  Uniqueidentifier: 'G',
  EntityName: 'N',
  Image: 'i',
  File: 'f',
  Virtual: 'V',
  ManagedProperty: 'V',
});
const DAY = 'd';

const [edmx, ...definitions] = process.argv.slice(2);
if (edmx === undefined)
  throw new Error('Usage: node scripts/core-schema.mjs edmx.xml [definitions.json …]');

const { metadataFromCsdl, metadataFromEntityDefinitions } = await readers();
const csdl = metadataFromCsdl(await readFile(edmx, 'utf8'), {
  tables: TABLES,
  /** @param {string} _ @param {string} column */
  isChoice: (_, column) =>
    !NO_CHOICES.has(column) &&
    (CHOICES.has(column) ||
      (/(?:code|type|typemask)$|^componentstate$/.test(column) &&
        !/(?:timezone|language|objecttype|country|currency)code$|^errorcode$/.test(column))),
});
const said = new Map();
for (const path of definitions) {
  const { entities } = metadataFromEntityDefinitions(JSON.parse(await readFile(path, 'utf8')));
  for (const entity of entities) said.set(entity.logicalName, entity);
}

const tables = csdl.entities.map(tableLine);
const lines = csdl.relationships
  .filter(({ referencingAttribute = '' }) => !ADDED.test(referencingAttribute))
  .map(relationshipLine)
  .toSorted(byText);
const relationships = groups(lines);
const target = join(PACKAGE, 'src/core-schema/core-schema-data.ts');
await writeFile(
  target,
  `/** The core schema as text, one line a table; written by scripts/core-schema.mjs, read by core-schema.ts. */

/** Tables. */
export const TABLES: readonly string[] = ${JSON.stringify(tables, null, 2)};

/** Relationships, those by which records of one table refer to others on one line. */
export const RELATIONSHIPS: readonly string[] = ${JSON.stringify(relationships, null, 2)};
`,
);
console.log(`${tables.length} tables, ${lines.length} relationships`);

/** `name|set|id|name of records|ownership|schema name|states|letter=column,…;…` @param {any} entity */
function tableLine(entity) {
  const own = said.get(entity.logicalName);
  const { logicalName, entitySetName, primaryIdAttribute, ownershipType, isActivity } = entity;
  const primaryName = Object.hasOwn(PRIMARY_NAMES, logicalName)
    ? PRIMARY_NAMES[logicalName]
    : (own?.primaryNameAttribute ?? entity.primaryNameAttribute);
  if (primaryName !== undefined && !Object.hasOwn(entity.attributes, primaryName)) {
    throw new Error(`${logicalName} has no ${primaryName}.`);
  }
  const columns = new Map();
  if (PARTIES[logicalName]) columns.set(LETTERS['PartyList'], PARTIES[logicalName]);
  for (const column of Object.values(entity.attributes)) {
    if (ADDED.test(column.logicalName)) continue;
    const type = own?.attributes[column.logicalName]?.type ?? column.type;
    const isDay = column.behavior === 'DateOnly';
    const letter = isDay ? DAY : LETTERS[type === 'Virtual' ? column.type : type];
    columns.set(letter, [...(columns.get(letter) ?? []), columnText(column)].toSorted(byText));
  }
  const list = [...columns]
    .map(([letter, names]) => `${letter}=${names.join(',')}`)
    .toSorted(byText);
  return [
    logicalName,
    entitySetName,
    primaryIdAttribute,
    primaryName ?? '',
    `${ownershipType === 'UserOwned' ? 'U' : ownershipType === 'OrganizationOwned' ? 'O' : 'N'}${isActivity ? 'A' : ''}`,
    own?.schemaName ?? '',
    Object.hasOwn(entity.attributes, 'statecode') ? (STATES[logicalName] ?? '') : '',
    list.join(';'),
  ].join('|');
}

/** @param {any} column */
function columnText({ logicalName, targets = [], type }) {
  if (type === 'Owner' || !targets.length || targets.length > MOST_TARGETS) return logicalName;
  return `${logicalName}>${targets.join('>')}`;
}

/** `schema name|referencing table|column|referenced table|navigation property`, or `schema name*|table|table|table of pairs`. @param {any} relationship */
function relationshipLine(relationship) {
  if (relationship.kind === 'ManyToMany') {
    const { schemaName, entity1LogicalName, entity2LogicalName, intersectEntityName } =
      relationship;
    const pairs = PAIRS[schemaName] ?? intersectEntityName;
    return [`${schemaName}*`, entity1LogicalName, entity2LogicalName, pairs].join('|');
  }
  const { schemaName, referencingEntity, referencingAttribute, referencedEntity } = relationship;
  const { navigationProperty } = relationship;
  const own = navigationProperty === referencingAttribute ? '' : navigationProperty;
  return [schemaName, referencingEntity, referencingAttribute, referencedEntity, own].join('|');
}

/** @param {string} one @param {string} other */
function byText(one, other) {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** Lines of the same table, which is their second part, as one. @param {readonly string[]} all */
function groups(all) {
  const byTable = new Map();
  for (const line of all) {
    const [, table] = line.split('|');
    byTable.set(table, [...(byTable.get(table) ?? []), line]);
  }
  return [...byTable.values()].map((some) => some.join(';')).toSorted(byText);
}

async function readers() {
  const folder = await mkdtemp(join(tmpdir(), 'core-schema-'));
  const outfile = join(folder, 'readers.mjs');
  try {
    await build({
      stdin: {
        contents: `export { metadataFromCsdl } from './metadata/csdl.ts';
          export { metadataFromEntityDefinitions } from './metadata/entity-definitions.ts';`,
        resolveDir: join(PACKAGE, 'src'),
      },
      conditions: ['@interpose/source'],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile,
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}

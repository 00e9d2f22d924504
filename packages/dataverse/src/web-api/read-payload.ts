/** readPayload: a record of JSON, as a client of the Web API writes it, with what it binds and what is to be created with it. */
import { entitySetOf } from '../odata/entity-sets.ts';
import { type Navigation, navigationOf } from '../odata/navigation.ts';
import { badPayload, typeNameOf } from '../odata/odata-fault.ts';
import { isLookup, lookupColumn, sampleOf, type Tables } from '../odata/table-scope.ts';
import { type AttributeValue, Entity, EntityCollection } from '../records/entity.ts';
import { boundReference } from './bound-reference.ts';
import { payloadValue } from './payload-value.ts';

const BIND = '@odata.bind';

/** How deep records may stand in each other. */
const MOST_DEPTH = 50;

/**
 * The record. Nothing of the payload is kept.
 *
 * @throws DataverseFault for what is no record of the table
 */
export function readPayload(
  logicalName: string,
  payload: unknown,
  tables: Tables,
  depth = 1,
): Entity {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    throw badPayload('The payload of a record is an object.');
  }
  if (depth > MOST_DEPTH) throw badPayload('The payload is too deep.');
  const entity = new Entity(logicalName);
  const reader = new PayloadReader(entity, tables, depth);
  for (const [name, value] of Object.entries(payload as Record<string, unknown>)) {
    if (value !== undefined) reader.read(name, value);
  }
  return entity;
}

class PayloadReader {
  readonly #entity: Entity;
  readonly #tables: Tables;
  readonly #depth: number;

  constructor(entity: Entity, tables: Tables, depth: number) {
    this.#entity = entity;
    this.#tables = tables;
    this.#depth = depth;
  }

  read(name: string, value: unknown): void {
    if (name.endsWith(BIND)) this.#bind(name.slice(0, -BIND.length), value);
    // Other annotations are what the service has sent; it does not mind them.
    else if (name.includes('@')) return;
    else if (typeof value === 'object' && value !== null && !(value instanceof Date))
      this.#nest(name, value);
    else this.#set(name, value);
  }

  #set(name: string, value: unknown): void {
    const { logicalName } = this.#entity;
    const { metadata } = this.#tables;
    if (lookupColumn(name) !== undefined) {
      throw badPayload(
        'CRM do not support direct update of Entity Reference properties, Use Navigation properties instead.',
      );
    }
    const navigation = value === null ? this.#navigation(name) : undefined;
    const attribute = metadata.attribute(logicalName, name);
    if (navigation?.kind === 'lookup') {
      this.#put(navigation.column, null);
      return;
    }
    const isKnown = attribute !== undefined && !isLookup(attribute);
    if (!isKnown && metadata.entity(logicalName) && name !== metadata.primaryIdOf(logicalName)) {
      throw this.#invalid(name);
    }
    const sample = attribute ? undefined : sampleOf(logicalName, name, this.#tables);
    this.#put(name, payloadValue(value, { name, attribute, sample }));
  }

  #bind(name: string, value: unknown): void {
    const navigation = this.#navigation(name);
    if (Array.isArray(value))
      throw badPayload(`'${name}' binds a list, which a record cannot be created or changed with.`);
    if (navigation && navigation.kind !== 'lookup')
      throw badPayload(`'${name}' leads to a list; bind it from the other side.`);
    const described = this.#tables.metadata.entity(this.#entity.logicalName);
    if (!navigation && described) throw this.#undeclared(name);
    if (value === null) return this.#put(navigation?.column ?? guessedColumn(name), null);
    const reference = boundReference(value, this.#tables);
    this.#put(navigation?.column ?? guessedColumn(name, reference.logicalName), reference);
  }

  /** Records in the payload are created with it. */
  #nest(name: string, value: object): void {
    const navigation = this.#navigation(name);
    if (!navigation?.schemaName) throw this.#invalid(name);
    const isList = navigation.kind !== 'lookup';
    if (isList !== Array.isArray(value)) {
      throw badPayload(`'${name}' takes ${isList ? 'a list of records' : 'one record'}.`);
    }
    const payloads = (isList ? value : [value]) as readonly unknown[];
    const records = payloads.map((one) =>
      readPayload(navigation.target, one, this.#tables, this.#depth + 1),
    );
    this.#entity.relatedEntities.set(
      navigation.schemaName,
      new EntityCollection(records, navigation.target),
    );
  }

  #navigation(name: string): Navigation | undefined {
    return navigationOf(this.#entity.logicalName, name, this.#tables);
  }

  #put(column: string, value: AttributeValue): void {
    const { logicalName } = this.#entity;
    if (column === this.#tables.metadata.primaryIdOf(logicalName) && typeof value === 'string') {
      this.#entity.id = value;
    }
    this.#entity.set(column, value);
  }

  #invalid(name: string): Error {
    return badPayload(
      `An error occurred while validating input parameters: Invalid property '${name}' was found in entity '${typeNameOf(this.#entity.logicalName)}'. ---> Does not support untyped value in non-open type.`,
    );
  }

  #undeclared(name: string): Error {
    const set = entitySetOf(this.#entity.logicalName, this.#tables.metadata);
    return badPayload(
      `Error identified in Payload provided by the user for Entity :'${set}' ---> Microsoft.OData.ODataException: An undeclared property '${name}' which only has property annotations in the payload but no property value was found in the payload.`,
    );
  }
}

/** `parentcustomerid_account` binds an account to `parentcustomerid`; other names are those of the columns, but for their case. */
function guessedColumn(name: string, target?: string): string {
  const column = name.toLowerCase();
  const suffix = target === undefined ? '' : `_${target}`;
  return suffix && column.endsWith(`id${suffix}`) ? column.slice(0, -suffix.length) : column;
}

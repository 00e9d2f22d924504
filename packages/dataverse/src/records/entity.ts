/** Entity, EntityCollection and AliasedValue: records as callers hold them; what is done to them never reaches the store. */
import { unexpected } from '@interpose/kernel/options';
import { EntityReference, type KeyAttributes } from './entity-reference.ts';
import { EMPTY_GUID, type Guid, guid } from './guid.ts';
import type { Money } from './money.ts';
import type { OptionSetValue, OptionSetValueCollection } from './option-set-value.ts';

/**
 * The value of an attribute: text and guids, numbers, dates, choices, amounts, references, lists of records (as the parties of an activity),
 * bytes; `null` for none.
 */
export type AttributeValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | OptionSetValue
  | OptionSetValueCollection
  | Money
  | EntityReference
  | EntityCollection
  | AliasedValue
  | null;

/** The attributes of a record, by name. */
export type Attributes<Table extends object = Record<string, AttributeValue>> = {
  -readonly [Name in keyof Table]?: Table[Name] | null;
};

/**
 * A record: the name of its table, its id, and its attributes.
 *
 * @example
 * const account = new Entity('account', { name: 'Contoso', revenue: new Money(1000) });
 * account.get('name'); // 'Contoso'
 */
export class Entity<Table extends object = Record<string, AttributeValue>> {
  readonly logicalName: string;
  /** What it has been given; one that is not here is not asked for, or is to stay as it is; `null` is empty. */
  readonly attributes: Attributes<Table>;
  /** The values of an alternate key, where it says which record is meant. */
  keyAttributes: KeyAttributes | undefined;
  /** Records to be created with it, or that were asked for with it, by relationship. */
  readonly relatedEntities: Map<string, EntityCollection> = new Map();
  /** What people are shown for values, by attribute. */
  readonly formattedValues: Record<string, string> = {};
  /** Grows with every change of the record. */
  rowVersion: string | undefined;
  #id: Guid = EMPTY_GUID;

  /** @throws TypeError for a name or an id that is none */
  constructor(logicalName: string, id: Guid, attributes?: NoInfer<Attributes<Table>>);
  constructor(logicalName: string, attributes?: NoInfer<Attributes<Table>>);
  constructor(
    logicalName: string,
    idOrAttributes?: Guid | NoInfer<Attributes<Table>>,
    attributes?: NoInfer<Attributes<Table>>,
  ) {
    if (typeof logicalName !== 'string' || logicalName === '') {
      throw unexpected('logicalName', 'the name of a table', logicalName);
    }
    this.logicalName = logicalName;
    const isId = typeof idOrAttributes === 'string';
    if (isId) this.#id = guid(idOrAttributes);
    const given = isId ? attributes : idOrAttributes;
    this.attributes = Object.assign(Object.create(null) as Attributes<Table>, given);
  }

  /** The empty guid while it has none. */
  get id(): Guid {
    return this.#id;
  }

  /** @throws TypeError for what is no guid */
  set id(id: Guid) {
    this.#id = guid(id);
  }

  /** The value of an attribute; `undefined` if it is empty or not there. */
  get<Name extends keyof Table & string>(name: Name): Table[Name] | undefined {
    return (this.attributes[name] ?? undefined) as Table[Name] | undefined;
  }

  /** Gives an attribute a value; `null` empties it. */
  set<Name extends keyof Table & string>(name: Name, value: Table[Name] | null): this {
    this.attributes[name] = value;
    return this;
  }

  /** Whether it has the attribute, be it empty. */
  contains(name: keyof Table & string): boolean {
    return Object.hasOwn(this.attributes, name);
  }

  /** The value of an attribute, of the type that the caller knows it has; `undefined` if it is empty or not there. */
  getAttributeValue<T extends AttributeValue = AttributeValue>(name: string): T | undefined {
    const value = (this.attributes as Record<string, unknown>)[name];
    return (value ?? undefined) as T | undefined;
  }

  /** What people are shown for the value of an attribute. */
  getFormattedValue(name: keyof Table & string): string | undefined {
    return Object.hasOwn(this.formattedValues, name) ? this.formattedValues[name] : undefined;
  }

  /** Points to it. */
  toEntityReference(): EntityReference {
    const details = this.rowVersion === undefined ? {} : { rowVersion: this.rowVersion };
    return new EntityReference(this.logicalName, this.keyAttributes ?? this.#id, details);
  }
}

/** What is known of a page besides its records. */
export interface PageFacts {
  /** Whether there are more behind it. @default false */
  readonly moreRecords?: boolean;
  /** Where the next page begins. @default none */
  readonly pagingCookie?: string;
  /** How many there are on all pages; -1 if nobody asked. @default -1 */
  readonly totalRecordCount?: number;
  /** Whether there are more than can be counted. @default false */
  readonly totalRecordCountLimitExceeded?: boolean;
}

/** Records of one table. */
export class EntityCollection implements Iterable<Entity> {
  readonly entityName: string;
  readonly entities: readonly Entity[];
  readonly moreRecords: boolean;
  readonly pagingCookie: string | undefined;
  readonly totalRecordCount: number;
  readonly totalRecordCountLimitExceeded: boolean;

  constructor(entities: readonly Entity[], entityName?: string, facts: PageFacts = {}) {
    this.entities = entities;
    this.entityName = entityName ?? entities[0]?.logicalName ?? '';
    this.moreRecords = facts.moreRecords ?? false;
    this.pagingCookie = facts.pagingCookie;
    this.totalRecordCount = facts.totalRecordCount ?? -1;
    this.totalRecordCountLimitExceeded = facts.totalRecordCountLimitExceeded ?? false;
  }

  [Symbol.iterator](): Iterator<Entity> {
    return this.entities[Symbol.iterator]();
  }
}

/** A value of another record, as a query with links gives it. Never changes. */
export class AliasedValue {
  readonly entityLogicalName: string;
  readonly attributeLogicalName: string;
  readonly value: AttributeValue;

  constructor(entityLogicalName: string, attributeLogicalName: string, value: AttributeValue) {
    this.entityLogicalName = entityLogicalName;
    this.attributeLogicalName = attributeLogicalName;
    this.value = value;
    Object.freeze(this);
  }
}

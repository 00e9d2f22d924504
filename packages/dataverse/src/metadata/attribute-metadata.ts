/** AttributeMetadata: what a column of a table takes. */

/** A choice with what people are shown for it. */
export interface OptionMetadata {
  readonly value: number;
  readonly label: string;
  readonly color?: string;
}

/** A state that a record can be in. */
export interface StateOptionMetadata extends OptionMetadata {
  /** The status that a record gets with it if nobody names another. */
  readonly defaultStatus: number;
}

/** A status, which belongs to one state. */
export interface StatusOptionMetadata extends OptionMetadata {
  readonly state: number;
  /** The statuses that may follow, where transitions are enforced. @default all */
  readonly transitions?: readonly number[];
}

/** Whether a value has to be given. */
export type RequiredLevel = 'None' | 'SystemRequired' | 'ApplicationRequired' | 'Recommended';

/** What every column says of itself. */
interface Column<Type extends string> {
  readonly logicalName: string;
  readonly type: Type;
  readonly displayName?: string;
  /** @default 'None' */
  readonly requiredLevel?: RequiredLevel;
  /** Whether a new record may be given a value. @default true */
  readonly isValidForCreate?: boolean;
  /** Whether a record may be given another one. @default true */
  readonly isValidForUpdate?: boolean;
  /** Whether it may be asked for. @default true */
  readonly isValidForRead?: boolean;
}

/** A column of text; lengths are in characters. */
export interface TextAttributeMetadata extends Column<'String' | 'Memo'> {
  /** @default 100 for String, 2000 for Memo */
  readonly maxLength?: number;
  readonly format?: string;
  /** `{SEQNUM:5}` and the like, filled in where a new record has no value. */
  readonly autoNumberFormat?: string;
}

/** A column of numbers. */
export interface NumberAttributeMetadata extends Column<
  'Integer' | 'BigInt' | 'Decimal' | 'Double'
> {
  readonly minValue?: number;
  readonly maxValue?: number;
  /** Digits behind the point, for Decimal and Double. @default 2 */
  readonly precision?: number;
}

/** A column of amounts. */
export interface MoneyAttributeMetadata extends Column<'Money'> {
  readonly minValue?: number;
  readonly maxValue?: number;
  readonly precision?: number;
  /** 0: `precision`; 1: that of the organization; 2: that of the currency. @default 2 */
  readonly precisionSource?: 0 | 1 | 2;
}

/** A column of two choices. */
export interface BooleanAttributeMetadata extends Column<'Boolean'> {
  readonly trueLabel?: string;
  readonly falseLabel?: string;
  readonly defaultValue?: boolean;
}

/** A column of dates. */
export interface DateTimeAttributeMetadata extends Column<'DateTime'> {
  /** @default 'UserLocal' */
  readonly behavior?: 'UserLocal' | 'DateOnly' | 'TimeZoneIndependent';
  /** @default 'DateAndTime' */
  readonly format?: 'DateOnly' | 'DateAndTime';
}

/** A column of choices. */
export interface PicklistAttributeMetadata extends Column<'Picklist' | 'MultiSelectPicklist'> {
  readonly options: readonly OptionMetadata[];
  /** The name of the set, if several columns share it. @default its own */
  readonly optionSetName?: string;
  readonly defaultValue?: number;
}

/** The state of a record. */
export interface StateAttributeMetadata extends Column<'State'> {
  readonly options: readonly StateOptionMetadata[];
}

/** The status of a record within its state. */
export interface StatusAttributeMetadata extends Column<'Status'> {
  readonly options: readonly StatusOptionMetadata[];
}

/** A column of references. */
export interface LookupAttributeMetadata extends Column<
  'Lookup' | 'Customer' | 'Owner' | 'PartyList'
> {
  /** The tables whose records it takes. */
  readonly targets: readonly string[];
}

/** A column without anything else to say. */
export interface PlainAttributeMetadata extends Column<
  'Uniqueidentifier' | 'EntityName' | 'Virtual' | 'File' | 'Image' | 'ManagedProperty'
> {
  readonly maxSizeInKB?: number;
}

/** What a column takes, by its type. */
export type AttributeMetadata =
  | TextAttributeMetadata
  | NumberAttributeMetadata
  | MoneyAttributeMetadata
  | BooleanAttributeMetadata
  | DateTimeAttributeMetadata
  | PicklistAttributeMetadata
  | StateAttributeMetadata
  | StatusAttributeMetadata
  | LookupAttributeMetadata
  | PlainAttributeMetadata;

/** The types of columns. */
export type AttributeType = AttributeMetadata['type'];

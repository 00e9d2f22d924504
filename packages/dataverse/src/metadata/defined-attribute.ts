/** definedAttribute: a column, read from its definition in JSON. */
import type {
  AttributeMetadata,
  AttributeType,
  RequiredLevel,
  StateOptionMetadata,
  StatusOptionMetadata,
} from './attribute-metadata.ts';
import {
  flagOf,
  type Json,
  labelOf,
  listOf,
  numberOf,
  objectOf,
  textOf,
} from './definition-json.ts';

const TYPES: ReadonlySet<string> = new Set<AttributeType>([
  'String',
  'Memo',
  'Integer',
  'BigInt',
  'Decimal',
  'Double',
  'Money',
  'Boolean',
  'DateTime',
  'Picklist',
  'MultiSelectPicklist',
  'State',
  'Status',
  'Lookup',
  'Customer',
  'Owner',
  'PartyList',
  'Uniqueidentifier',
  'EntityName',
  'Virtual',
  'File',
  'Image',
  'ManagedProperty',
]);
const LEVELS: ReadonlySet<string> = new Set<RequiredLevel>([
  'None',
  'SystemRequired',
  'ApplicationRequired',
  'Recommended',
]);

/** The column; `undefined` for one without a name. */
export function definedAttribute(json: Json): AttributeMetadata | undefined {
  const logicalName = textOf(json, 'LogicalName');
  if (logicalName === undefined) return undefined;
  const type = typeOf(json);
  const level = textOf(json, 'RequiredLevel');
  // What belongs to another column is written with that one.
  const isOwn = textOf(json, 'AttributeOf') === undefined;
  return defined({
    logicalName,
    type,
    displayName: labelOf(json['DisplayName']),
    requiredLevel: level !== undefined && LEVELS.has(level) ? level : undefined,
    isValidForCreate: flagOf(json, 'IsValidForCreate') ?? (isOwn ? undefined : false),
    isValidForUpdate: flagOf(json, 'IsValidForUpdate') ?? (isOwn ? undefined : false),
    isValidForRead: flagOf(json, 'IsValidForRead'),
    ...(DETAILS.get(type) ?? otherDetails)(json, type),
  }) as unknown as AttributeMetadata;
}

/** Types that came later are called virtual by the older of the two names. */
function typeOf(json: Json): AttributeType {
  const newer = textOf(json, 'AttributeTypeName')?.replace(/Type$/, '');
  const older = textOf(json, 'AttributeType');
  const odata = /\.(?:Complex)?(\w+)AttributeMetadata$/.exec(
    String(json['@odata.type'] ?? ''),
  )?.[1];
  const found = [newer, older, odata].find((name) => name !== undefined && TYPES.has(name));
  return (found ?? 'Virtual') as AttributeType;
}

type Details = (json: Json, type: AttributeType) => Json;

const textDetails: Details = (json) => ({
  maxLength: numberOf(json, 'MaxLength') ?? MOST_TEXT,
  format: textOf(json, 'Format'),
  autoNumberFormat: textOf(json, 'AutoNumberFormat'),
});
const numberDetails: Details = (json) => ({
  minValue: numberOf(json, 'MinValue'),
  maxValue: numberOf(json, 'MaxValue'),
  precision: numberOf(json, 'Precision'),
});
const moneyDetails: Details = (json, type) => ({
  ...numberDetails(json, type),
  precisionSource: numberOf(json, 'PrecisionSource'),
});
const dateDetails: Details = (json) => ({
  behavior: textOf(json, 'DateTimeBehavior'),
  format: textOf(json, 'Format'),
});
const lookupDetails: Details = ({ Targets: targets }) => ({
  targets: Array.isArray(targets) ? targets.map(String) : [],
});
const otherDetails: Details = (json) => ({ maxSizeInKB: numberOf(json, 'MaxSizeInKB') });

/** How long it is was not asked for. */
const MOST_TEXT = 1_048_576;

function booleanDetails(json: Json): Json {
  const set = objectOf(json['OptionSet']) ?? objectOf(json['GlobalOptionSet']);
  return {
    trueLabel: labelOf(objectOf(set?.['TrueOption'])?.['Label']),
    falseLabel: labelOf(objectOf(set?.['FalseOption'])?.['Label']),
    defaultValue: flagOf(json, 'DefaultValue'),
  };
}

function choiceDetails(json: Json, type: AttributeType): Json {
  const set = objectOf(json['OptionSet']) ?? objectOf(json['GlobalOptionSet']);
  const options = listOf(set, 'Options').map((option) => {
    const value = numberOf(option, 'Value') ?? 0;
    const label = labelOf(option['Label']) ?? String(value);
    if (type === 'State') return stateOption(value, label, option);
    if (type === 'Status') return statusOption(value, label, option);
    return defined({ value, label, color: textOf(option, 'Color') });
  });
  const preset = numberOf(json, 'DefaultFormValue');
  return {
    options,
    optionSetName: textOf(set, 'Name'),
    // -1 stands for none.
    defaultValue: type === 'Picklist' && preset !== undefined && preset >= 0 ? preset : undefined,
  };
}

const stateOption = (value: number, label: string, json: Json): StateOptionMetadata => ({
  value,
  label,
  defaultStatus: numberOf(json, 'DefaultStatus') ?? value + 1,
});

function statusOption(value: number, label: string, json: Json): StatusOptionMetadata {
  const data = textOf(json, 'TransitionData');
  const transitions = [...(data ?? '').matchAll(/tostatusid="(\d+)"/g)].map(([, to]) => Number(to));
  return {
    value,
    label,
    state: numberOf(json, 'State') ?? 0,
    ...(data !== undefined && { transitions }),
  };
}

function defined(json: Json): Json {
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}

const DETAILS: ReadonlyMap<AttributeType, Details> = new Map<AttributeType, Details>([
  ['String', textDetails],
  ['Memo', textDetails],
  ['Integer', numberDetails],
  ['BigInt', numberDetails],
  ['Decimal', numberDetails],
  ['Double', numberDetails],
  ['Money', moneyDetails],
  ['Boolean', booleanDetails],
  ['DateTime', dateDetails],
  ['Picklist', choiceDetails],
  ['MultiSelectPicklist', choiceDetails],
  ['State', choiceDetails],
  ['Status', choiceDetails],
  ['Lookup', lookupDetails],
  ['Customer', lookupDetails],
  ['Owner', lookupDetails],
  ['PartyList', lookupDetails],
]);

/** systemAttributes: the columns that every table has, whoever makes it. */
import type { AttributeMetadata, AttributeType } from './attribute-metadata.ts';
import type { EntityMetadata } from './entity-metadata.ts';

/** Those of a table, by how it is owned and by what is in it. */
export function systemAttributes(entity: EntityMetadata): readonly AttributeMetadata[] {
  const { logicalName, isActivity, ownershipType = 'UserOwned', primaryNameAttribute } = entity;
  const primaryId = entity.primaryIdAttribute ?? (isActivity ? 'activityid' : `${logicalName}id`);
  return [
    { logicalName: primaryId, type: 'Uniqueidentifier', isValidForUpdate: false },
    ...(primaryNameAttribute === undefined ? [] : [plain(primaryNameAttribute, 'String')]),
    ...WRITTEN,
    ...(ownershipType === 'UserOwned' ? OWNED : []),
    ...STATES,
    ...moneyAttributes(entity),
  ];
}

type PlainType = Exclude<
  AttributeType,
  | 'Picklist'
  | 'MultiSelectPicklist'
  | 'State'
  | 'Status'
  | 'Lookup'
  | 'Customer'
  | 'Owner'
  | 'PartyList'
>;

const plain = (logicalName: string, type: PlainType): AttributeMetadata =>
  ({ logicalName, type }) as AttributeMetadata;
const lookup = (logicalName: string, ...targets: string[]): AttributeMetadata => ({
  logicalName,
  type: 'Lookup',
  targets,
});

const WRITTEN: readonly AttributeMetadata[] = [
  plain('createdon', 'DateTime'),
  plain('modifiedon', 'DateTime'),
  lookup('createdby', 'systemuser'),
  lookup('modifiedby', 'systemuser'),
  lookup('createdonbehalfby', 'systemuser'),
  lookup('modifiedonbehalfby', 'systemuser'),
  plain('overriddencreatedon', 'DateTime'),
  plain('importsequencenumber', 'Integer'),
  plain('timezoneruleversionnumber', 'Integer'),
  plain('utcconversiontimezonecode', 'Integer'),
  {
    logicalName: 'versionnumber',
    type: 'BigInt',
    isValidForCreate: false,
    isValidForUpdate: false,
  },
];

const OWNED: readonly AttributeMetadata[] = [
  {
    logicalName: 'ownerid',
    type: 'Owner',
    targets: ['systemuser', 'team'],
    requiredLevel: 'SystemRequired',
  },
  lookup('owninguser', 'systemuser'),
  lookup('owningteam', 'team'),
  lookup('owningbusinessunit', 'businessunit'),
];

const STATES: readonly AttributeMetadata[] = [
  {
    logicalName: 'statecode',
    type: 'State',
    options: [
      { value: 0, label: 'Active', defaultStatus: 1 },
      { value: 1, label: 'Inactive', defaultStatus: 2 },
    ],
  },
  {
    logicalName: 'statuscode',
    type: 'Status',
    options: [
      { value: 1, label: 'Active', state: 0 },
      { value: 2, label: 'Inactive', state: 1 },
    ],
  },
];

/** Amounts bring a currency, its rate, and what they are in the currency of the organization. */
function moneyAttributes({ attributes }: EntityMetadata): AttributeMetadata[] {
  const amounts = Object.values(attributes).filter(
    ({ type, logicalName }) => type === 'Money' && !logicalName.endsWith('_base'),
  );
  if (!amounts.length) return [];
  return [
    lookup('transactioncurrencyid', 'transactioncurrency'),
    {
      logicalName: 'exchangerate',
      type: 'Decimal',
      precision: 10,
      isValidForCreate: false,
      isValidForUpdate: false,
    },
    ...amounts.map(({ logicalName }): AttributeMetadata => ({
      logicalName: `${logicalName}_base`,
      type: 'Money',
      isValidForCreate: false,
      isValidForUpdate: false,
    })),
  ];
}

/** expandRecords: puts into records those that are to come along with them; for each `$expand` it asks once, not once for each record. */
import type { Expansion } from '../odata/expansion.ts';
import type { AcrossNavigation, ListNavigation, LookupNavigation } from '../odata/navigation.ts';
import { entitySetOf } from '../odata/entity-sets.ts';
import type { Connection } from './connection.ts';
import type { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { Guid } from '../records/guid.ts';
import type { JsonRecord } from './record-json.ts';
import { pairsOf, relatedTo, type WrittenRecord } from './related-records.ts';

/** Adds to what is written of the records. */
export async function expandRecords(
  records: readonly WrittenRecord[],
  expansions: readonly Expansion[],
  client: Connection,
): Promise<void> {
  for (const expansion of expansions) {
    if (records.length === 0) return;
    const { navigation } = expansion;
    // One after the other, so that the requests always come in the same order.
    if (navigation.kind === 'lookup') await addOne(records, { expansion, navigation, client });
    else await addMany(records, { expansion, navigation, client });
  }
}

interface Expanding<Navigation> {
  readonly expansion: Expansion;
  readonly navigation: Navigation;
  readonly client: Connection;
}

async function addOne(
  records: readonly WrittenRecord[],
  { expansion, navigation, client }: Expanding<LookupNavigation>,
): Promise<void> {
  const { column, target, name } = navigation;
  const idIn = ({ entity }: WrittenRecord): Guid | undefined => {
    const value = entity.getAttributeValue(column);
    return value instanceof EntityReference && value.logicalName === target ? value.id : undefined;
  };
  if (expansion.onlyReferences) {
    const set = entitySetOf(target, client.context.metadata);
    for (const record of records) {
      const id = idIn(record);
      record.json[name] = id === undefined ? null : { '@odata.id': `${client.root}${set}(${id})` };
    }
    return;
  }
  const ids = new Set(records.flatMap((record) => idIn(record) ?? []));
  const key = client.context.metadata.primaryIdOf(target);
  const found = await expanded(ids, { column: key, expansion, client });
  const byId = new Map(found.map(({ entity, json }) => [entity.id, json]));
  for (const record of records) {
    const json = byId.get(idIn(record) ?? '');
    record.json[name] = json ? withoutEtag(json) : null;
  }
}

async function addMany(
  records: readonly WrittenRecord[],
  { expansion, navigation, client }: Expanding<ListNavigation | AcrossNavigation>,
): Promise<void> {
  const ids = new Set(records.map(({ entity }) => entity.id));
  const lists =
    navigation.kind === 'list'
      ? await listsBy(ids, { expansion, navigation, client })
      : await listsAcross(ids, { expansion, navigation, client });
  for (const { entity, json } of records) {
    const all = lists.get(entity.id) ?? [];
    json[navigation.name] = expansion.top === undefined ? all : all.slice(0, expansion.top);
    const set = entitySetOf(entity.logicalName, client.context.metadata);
    const select = expansion.properties ? `?$select=${expansion.properties.join(',')}` : '';
    json[`${navigation.name}@odata.nextLink`] =
      `${client.root}${set}(${entity.id})/${navigation.name}${select}`;
  }
}

type Lists = ReadonlyMap<Guid, JsonRecord[]>;

async function listsBy(
  ids: ReadonlySet<Guid>,
  { expansion, navigation, client }: Expanding<ListNavigation>,
): Promise<Lists> {
  const { column } = navigation;
  const found = await expanded(ids, { column, expansion, client });
  const lists = new Map<Guid, JsonRecord[]>();
  for (const { entity, json } of found) {
    const owner = entity.getAttributeValue(column);
    if (owner instanceof EntityReference) listIn(lists, owner.id).push(json);
  }
  return lists;
}

async function listsAcross(
  ids: ReadonlySet<Guid>,
  { expansion, navigation, client }: Expanding<AcrossNavigation>,
): Promise<Lists> {
  const { ownColumn, targetColumn, target } = navigation;
  const pairs = await pairsOf(navigation, ids, client);
  const owners = new Map<Guid, Guid[]>();
  for (const pair of pairs) {
    const owner = idOf(pair, ownColumn);
    const other = idOf(pair, targetColumn);
    if (owner !== undefined && other !== undefined) listIn(owners, other).push(owner);
  }
  const column = client.context.metadata.primaryIdOf(target);
  const found = await expanded(new Set(owners.keys()), { column, expansion, client });
  const lists = new Map<Guid, JsonRecord[]>();
  for (const { entity, json } of found) {
    for (const owner of owners.get(entity.id) ?? []) listIn(lists, owner).push({ ...json });
  }
  return lists;
}

/** Records that belong to others, with what is to come along with them in turn. */
async function expanded(
  ids: ReadonlySet<Guid>,
  asked: Parameters<typeof relatedTo>[1],
): Promise<readonly WrittenRecord[]> {
  const found = await relatedTo(ids, asked);
  await expandRecords(found, asked.expansion.expansions, asked.client);
  return found;
}

function idOf(entity: Entity, column: string): Guid | undefined {
  const value = entity.getAttributeValue(column);
  return value instanceof EntityReference
    ? value.id
    : typeof value === 'string'
      ? value
      : undefined;
}

/** One record that comes along has no version of its own in the answer. */
function withoutEtag(json: JsonRecord): JsonRecord {
  return Object.fromEntries(Object.entries(json).filter(([name]) => name !== '@odata.etag'));
}

function listIn<T>(lists: Map<Guid, T[]>, id: Guid): T[] {
  const list = lists.get(id) ?? [];
  lists.set(id, list);
  return list;
}

/** Entity sets: what the Web API calls tables in addresses, and which table it is. */
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { Tables } from './table-scope.ts';

/** What a table is called in addresses: what its description says, else the plural of its name. */
export function entitySetOf(entity: string, metadata: MetadataBook): string {
  return metadata.entity(entity)?.entitySetName ?? plural(entity);
}

/** The table that a set has the records of. Where no table that is known has it, its name says which one it must be. */
export function entityOfSet(set: string, { metadata, store }: Tables): string {
  const isItsSet = (entity: string): boolean => entitySetOf(entity, metadata) === set;
  return (
    metadata.entityNames.find(isItsSet) ?? store.tableNames.find(isItsSet) ?? singular(set) ?? set
  );
}

function plural(name: string): string {
  if (/(?:s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  return /[^aeiou]y$/.test(name) ? `${name.slice(0, -1)}ies` : `${name}s`;
}

function singular(set: string): string | undefined {
  const candidates = [set.slice(0, -1), set.slice(0, -2), `${set.slice(0, -3)}y`];
  return candidates.find((name) => name !== '' && plural(name) === set);
}

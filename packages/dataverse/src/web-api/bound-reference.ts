/** boundReference: the record that an address means, `/contacts(…)`, by its id or by an alternate key. */
import { entityOfSet } from '../odata/entity-sets.ts';
import { badPayload } from '../odata/odata-fault.ts';
import type { Tables } from '../odata/table-scope.ts';
import { tokensOf } from '../odata/tokens.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { parseGuid } from '../records/guid.ts';

/** How many characters an address may have. */
const LONGEST = 4000;

/**
 * The record.
 *
 * @throws DataverseFault for what is no address of a record
 */
export function boundReference(address: unknown, tables: Tables): EntityReference {
  const [, set = '', key = ''] =
    typeof address === 'string' && address.length <= LONGEST
      ? (/(?:^|\/)([\p{L}_][\p{L}\p{N}_]*)\((.*)\)$/su.exec(address.trim()) ?? [])
      : [];
  if (set === '')
    throw badPayload(
      `The URI '${String(address)}' is not valid: it should be of the form '/accounts(00000000-0000-0000-0000-000000000001)'.`,
    );
  const entity = entityOfSet(set, tables);
  const id = parseGuid(key.trim());
  return new EntityReference(entity, id ?? keyOf(key, String(address)));
}

function keyOf(text: string, address: string): Readonly<Record<string, unknown>> {
  const tokens = tokensOf(text);
  const key: [string, unknown][] = [];
  for (let at = 0; ; at += 4) {
    const [name, equals, value, end] = tokens.slice(at, at + 4);
    const isPair = name?.kind === 'name' && equals?.text === '=' && value?.kind === 'literal';
    if (!isPair || value.literal.kind === 'null' || value.literal.kind === 'list') {
      throw badPayload(`The key in '${address}' is not valid.`);
    }
    key.push([name.text, value.literal.value]);
    if (end?.kind === 'end') return Object.fromEntries(key);
    if (end?.text !== ',') throw badPayload(`The key in '${address}' is not valid.`);
  }
}

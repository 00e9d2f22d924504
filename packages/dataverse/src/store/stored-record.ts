/** rowFor: the row that a reference means, in tables of which nothing else is known. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import { type RecordPlace, rowByValues } from './find-record.ts';
import type { Row } from './row.ts';
import type { Store } from './store.ts';

/**
 * The row that a reference means, by its id or by the values that it names.
 *
 * @throws DataverseFault if there is none
 */
export function rowFor(store: Store, place: RecordPlace): Row {
  const { logicalName, id, keyAttributes } = place;
  const row =
    id === EMPTY_GUID
      ? rowByValues(store.table(logicalName), keyAttributes ?? {})
      : store.table(logicalName).get(id);
  if (row) return row;
  throw new DataverseFault('ObjectDoesNotExist', `${logicalName} With Id = ${id} Does Not Exist`);
}

/** Retrieve: reads columns of one record. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { ColumnSet } from '../requests/column-set.ts';
import { type RetrieveRequest, RetrieveResponse } from '../requests/crud-requests.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { entityOf, rowFor } from '../store/stored-record.ts';

/** The executor. */
export const retrieve: MessageExecutor<RetrieveRequest> = {
  requestName: 'Retrieve',
  execute({ target, columnSet }, { context }) {
    if (!(target instanceof EntityReference)) {
      throw new DataverseFault('InvalidArgument', 'RetrieveRequest without Target is invalid.');
    }
    if (!(columnSet instanceof ColumnSet)) {
      throw new DataverseFault('InvalidArgument', "Required field 'ColumnSet' is missing");
    }
    const { store, metadata } = context;
    const { logicalName } = target;
    const row = rowFor(store, target);
    return new RetrieveResponse(entityOf({ logicalName, row, metadata }, columnSet));
  },
};

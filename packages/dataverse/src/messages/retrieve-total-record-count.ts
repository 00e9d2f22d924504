/** RetrieveTotalRecordCount: tells how many records tables have. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import {
  type RetrieveTotalRecordCountRequest,
  RetrieveTotalRecordCountResponse,
} from '../requests/organization-facts-requests.ts';

/** The executor. */
export const retrieveTotalRecordCount: MessageExecutor<RetrieveTotalRecordCountRequest> = {
  requestName: 'RetrieveTotalRecordCount',
  execute({ entityNames }, { context: { store, metadata } }) {
    if (!Array.isArray(entityNames) || entityNames.some((name) => typeof name !== 'string')) {
      throw new DataverseFault('InvalidArgument', "Required field 'EntityNames' is missing");
    }
    for (const name of entityNames) metadata.checkEntity(name);
    const counts = entityNames.map((name: string) => [name, store.table(name).size] as const);
    return new RetrieveTotalRecordCountResponse(new Map(counts));
  },
};

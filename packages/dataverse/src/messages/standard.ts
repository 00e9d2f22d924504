/** The messages that come along. */
import { assign } from './assign.ts';
import { associate, disassociate } from './associate.ts';
import { create } from './create.ts';
import { createMultiple } from './create-multiple.ts';
import { deleteRecord } from './delete.ts';
import { executeFetch } from './execute-fetch.ts';
import { executeMultiple } from './execute-multiple.ts';
import { executeTransaction } from './execute-transaction.ts';
import { fetchXmlToQueryExpression } from './fetch-xml-to-query-expression.ts';
import { initializeFrom } from './initialize-from.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { queryExpressionToFetchXml } from './query-expression-to-fetch-xml.ts';
import { retrieve } from './retrieve.ts';
import { retrieveMultiple } from './retrieve-multiple.ts';
import { retrieveTotalRecordCount } from './retrieve-total-record-count.ts';
import { retrieveVersion } from './retrieve-version.ts';
import { setState } from './set-state.ts';
import { update } from './update.ts';
import { updateMultiple } from './update-multiple.ts';
import { upsert } from './upsert.ts';
import { upsertMultiple } from './upsert-multiple.ts';
import { whoAmI } from './who-am-i.ts';

/** Those that `useCrud()` puts into the pipeline. */
export const crudExecutors: readonly MessageExecutor<never>[] = [
  create,
  retrieve,
  retrieveMultiple,
  update,
  deleteRecord,
  upsert,
  associate,
  disassociate,
];

/** Those that `useMessages()` puts into the pipeline. */
export const messageExecutors: readonly MessageExecutor<never>[] = [
  assign,
  createMultiple,
  executeFetch,
  executeMultiple,
  executeTransaction,
  fetchXmlToQueryExpression,
  initializeFrom,
  queryExpressionToFetchXml,
  retrieveTotalRecordCount,
  retrieveVersion,
  setState,
  updateMultiple,
  upsertMultiple,
  whoAmI,
];

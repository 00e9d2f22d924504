/** The messages that come along. */
import { create } from './create.ts';
import { deleteRecord } from './delete.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { retrieve } from './retrieve.ts';
import { retrieveMultiple } from './retrieve-multiple.ts';
import { update } from './update.ts';
import { upsert } from './upsert.ts';
import { whoAmI } from './who-am-i.ts';

/** Those that `useCrud()` puts into the pipeline. */
export const crudExecutors: readonly MessageExecutor<never>[] = [
  create,
  retrieve,
  retrieveMultiple,
  update,
  deleteRecord,
  upsert,
];

/** Those that `useMessages()` puts into the pipeline. */
export const messageExecutors: readonly MessageExecutor<never>[] = [whoAmI];

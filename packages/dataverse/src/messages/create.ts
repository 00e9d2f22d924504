/** Create: puts a record into the store. */
import type { MessageExecutor } from '../message-executor.ts';
import { type CreateRequest, CreateResponse } from '../requests/crud-requests.ts';
import { createRecord } from '../writes/create-record.ts';

/** The executor. */
export const create: MessageExecutor<CreateRequest> = {
  requestName: 'Create',
  execute: ({ target }, ctx) => new CreateResponse(createRecord(target, ctx)),
};

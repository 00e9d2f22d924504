/** Create: puts a record into the store, and with it those that come along. */
import type { MessageExecutor } from '../message-executor.ts';
import { type CreateRequest, CreateResponse } from '../requests/crud-requests.ts';
import { createWithRelated } from '../writes/related-records.ts';
import { andThen } from '../pipeline/and-then.ts';

/** The executor. */
export const create: MessageExecutor<CreateRequest> = {
  requestName: 'Create',
  execute: ({ parameters }, ctx) =>
    andThen(createWithRelated(parameters['Target'], ctx), (id) => new CreateResponse(id)),
};

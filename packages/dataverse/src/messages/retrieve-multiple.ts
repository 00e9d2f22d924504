/** RetrieveMultiple: finds records by a query. */
import { queryAsked } from '../fetch-xml/query-asked.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { answerQuery } from '../query/answer-query.ts';
import {
  type RetrieveMultipleRequest,
  RetrieveMultipleResponse,
} from '../requests/retrieve-multiple-request.ts';

/** The executor. */
export const retrieveMultiple: MessageExecutor<RetrieveMultipleRequest> = {
  requestName: 'RetrieveMultiple',
  execute: ({ requestName, parameters }, ctx) =>
    new RetrieveMultipleResponse(answerQuery(queryAsked(parameters['Query'], requestName), ctx)),
};

/** RetrieveMultiple: finds records by a query. */
import { PullRequestException } from '../faults/pull-request-exception.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { givenRecords } from '../query/given-records.ts';
import { QueryByAttribute, QueryExpression } from '../query/query-expression.ts';
import { runQuery } from '../query/run-query.ts';
import { understood } from '../query/understood.ts';
import { VALUE_RULES } from '../query/value-conditions.ts';
import {
  type RetrieveMultipleRequest,
  RetrieveMultipleResponse,
} from '../requests/retrieve-multiple-request.ts';
import type { MessageExecutor } from '../message-executor.ts';

/** The executor. */
export const retrieveMultiple: MessageExecutor<RetrieveMultipleRequest> = {
  requestName: 'RetrieveMultiple',
  execute({ query }, { context }) {
    if (query === undefined || query === null) {
      throw new DataverseFault('InvalidArgument', "Required field 'Query' is missing");
    }
    if (!(query instanceof QueryExpression) && !(query instanceof QueryByAttribute)) {
      throw PullRequestException.forFeature('RetrieveMultiple', 'this kind of query');
    }
    const asked = understood(query);
    const { store, metadata } = context;
    metadata.checkEntity(asked.entity);
    const found = runQuery(asked, { store, metadata, rules: VALUE_RULES });
    return new RetrieveMultipleResponse(givenRecords(asked, found, metadata));
  },
};

/** QueryExpressionToFetchXml: a query in FetchXML. */
import { queryAsked } from '../fetch-xml/query-asked.ts';
import { writeFetchXml } from '../fetch-xml/write-fetch.ts';
import type { MessageExecutor } from '../message-executor.ts';
import {
  type QueryExpressionToFetchXmlRequest,
  QueryExpressionToFetchXmlResponse,
} from '../requests/fetch-requests.ts';

/** The executor. */
export const queryExpressionToFetchXml: MessageExecutor<QueryExpressionToFetchXmlRequest> = {
  requestName: 'QueryExpressionToFetchXml',
  execute: ({ requestName, parameters }) =>
    new QueryExpressionToFetchXmlResponse(
      writeFetchXml(queryAsked(parameters['Query'], requestName)),
    ),
};

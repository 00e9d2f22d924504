/** FetchXmlToQueryExpression: a query in FetchXML as a QueryExpression. */
import { checkedFetchXml } from '../fetch-xml/checked-fetch-xml.ts';
import { readFetchXml } from '../fetch-xml/read-fetch.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { toQueryExpression } from '../query/to-query-expression.ts';
import {
  type FetchXmlToQueryExpressionRequest,
  FetchXmlToQueryExpressionResponse,
} from '../requests/fetch-requests.ts';

/** The executor. */
export const fetchXmlToQueryExpression: MessageExecutor<FetchXmlToQueryExpressionRequest> = {
  requestName: 'FetchXmlToQueryExpression',
  execute: ({ parameters }) =>
    new FetchXmlToQueryExpressionResponse(
      toQueryExpression(readFetchXml(checkedFetchXml(parameters))),
    ),
};

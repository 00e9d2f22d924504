/** ExecuteFetch: finds records by FetchXML, and gives them as XML. */
import { checkedFetchXml } from '../fetch-xml/checked-fetch-xml.ts';
import { readFetchXml } from '../fetch-xml/read-fetch.ts';
import { resultSet } from '../fetch-xml/result-set.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { answerQuery } from '../query/answer-query.ts';
import { type ExecuteFetchRequest, ExecuteFetchResponse } from '../requests/fetch-requests.ts';

/** The executor. */
export const executeFetch: MessageExecutor<ExecuteFetchRequest> = {
  requestName: 'ExecuteFetch',
  execute({ parameters }, ctx) {
    const query = readFetchXml(checkedFetchXml(parameters));
    const { metadata } = ctx.context;
    const found = answerQuery(query, ctx);
    return new ExecuteFetchResponse(
      resultSet(found, (logicalName) => metadata.entity(logicalName)?.objectTypeCode),
    );
  },
};

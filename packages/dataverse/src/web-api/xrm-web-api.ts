/** xrmWebApi: `Xrm.WebApi` over an organization in memory, for scripts of model-driven apps under test. */
import { unexpected } from '@interpose/kernel/options';
import { ExecuteTransactionRequest } from '../requests/execute-transaction-request.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';
import type { XrmFakedContext } from '../xrm-faked-context.ts';
import { type ClientPromise, clientPromise } from './client-promise.ts';
import { type ExecutedRequest, executedRequest } from './executed-request.ts';
import { type RecordAddress, told, WebApiClient, type WebApiOptions } from './web-api-client.ts';

/** Records as `Xrm.WebApi` gives them. */
export interface XrmRecordPage<T> {
  entities: T[];
  /** Where the next page is; not there on the last one. */
  nextLink: string;
  /** What a query in FetchXML needs for its next page; not there on the last one. */
  fetchXmlPagingCookie?: string;
}

/** What works without a connection, too. */
export interface XrmWebApiOffline {
  createRecord(entityLogicalName: string, record: unknown): ClientPromise<RecordAddress>;
  // oxlint-disable-next-line no-explicit-any -- the published types say it gives text, where it gives what createRecord gives
  deleteRecord(entityLogicalName: string, id: string): ClientPromise<any>;
  // oxlint-disable-next-line no-explicit-any -- as the published types have it
  retrieveRecord<T = any>(
    entityLogicalName: string,
    id: string,
    options?: string,
  ): ClientPromise<T>;
  // oxlint-disable-next-line no-explicit-any -- as the published types have it
  retrieveMultipleRecords<T = any>(
    entityLogicalName: string,
    options?: string,
    maxPageSize?: number,
  ): ClientPromise<XrmRecordPage<T>>;
  updateRecord(entityLogicalName: string, id: string, data: unknown): ClientPromise<RecordAddress>;
  isAvailableOffline(entityLogicalName: string): boolean;
}

/** What needs a connection as well. */
export interface XrmWebApiOnline extends XrmWebApiOffline {
  execute(request: unknown): ClientPromise<Response>;
  /** A list in the list is a change set: all of it or nothing. */
  executeMultiple(requests: readonly unknown[]): ClientPromise<Response[]>;
}

/** `Xrm.WebApi`. */
export interface XrmWebApi extends XrmWebApiOnline {
  online: XrmWebApiOnline;
  offline: XrmWebApiOffline;
}

/**
 * `Xrm.WebApi` over an organization. It rejects with a WebApiError.
 *
 * @example
 * globalThis.Xrm = { WebApi: xrmWebApi(context) };
 */
export function xrmWebApi(context: XrmFakedContext, options: WebApiOptions = {}): XrmWebApi {
  const client = new WebApiClient(context, options);
  const offline: XrmWebApiOffline = {
    createRecord: (entity, record) => clientPromise(client.create(entity, record)),
    deleteRecord: (entity, id) => clientPromise(client.delete(entity, id)),
    updateRecord: (entity, id, data) => clientPromise(client.update(entity, id, data)),
    retrieveRecord: <T>(entity: string, id: string, asked?: string) =>
      clientPromise(client.retrieve(entity, id, asked) as Promise<T>),
    retrieveMultipleRecords: <T>(entity: string, asked?: string, maxPageSize?: number) =>
      clientPromise(pageOf<T>(client, [entity, asked, maxPageSize])),
    isAvailableOffline: () => false,
  };
  const online: XrmWebApiOnline = {
    ...offline,
    execute: (request) => clientPromise(execute(client, request)),
    executeMultiple: (requests) => clientPromise(executeMultiple(client, requests)),
  };
  return { ...online, online, offline };
}

/** What there is none of is not there, as with the client of an app. */
async function pageOf<T>(
  client: WebApiClient,
  asked: Parameters<WebApiClient['retrieveMultiple']>,
): Promise<XrmRecordPage<T>> {
  const { entities, nextLink, count, fetchXmlPagingCookie } = await client.retrieveMultiple(
    ...asked,
  );
  return {
    entities: entities as T[],
    ...(nextLink !== undefined && { nextLink }),
    ...(fetchXmlPagingCookie !== undefined && { fetchXmlPagingCookie }),
    ...(count !== undefined && { '@odata.count': count }),
  } as XrmRecordPage<T>;
}

function execute(client: WebApiClient, given: unknown): Promise<Response> {
  return told(async () => {
    const { request, answer } = executedRequest(given, client);
    return answer(await client.service.execute(request));
  });
}

/** One after the other; the first that fails is the last. */
function executeMultiple(client: WebApiClient, requests: readonly unknown[]): Promise<Response[]> {
  return told(async () => {
    if (!Array.isArray(requests)) throw unexpected('requests', 'a list of requests', requests);
    const all: readonly unknown[] = requests;
    const answers: Response[] = [];
    for (const given of all) {
      const answered = Array.isArray(given)
        ? await changeSet(client, given)
        : [await execute(client, given)];
      answers.push(...answered);
    }
    return answers;
  });
}

async function changeSet(client: WebApiClient, given: readonly unknown[]): Promise<Response[]> {
  const parts: readonly ExecutedRequest[] = given.map((one) => executedRequest(one, client));
  const requests = parts.map(({ request }) => request);
  const { responses } = await client.service.execute(
    new ExecuteTransactionRequest({ requests, returnResponses: true }),
  );
  return parts.map(({ answer }, at) => answer(responses[at] as OrganizationResponse));
}

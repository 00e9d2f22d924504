/** typedRequest: a request that says its message by name alone, as one of the class for that message. */
import type { RequestType } from '../message-executor.ts';
import {
  CreateRequest,
  DeleteRequest,
  RetrieveRequest,
  UpdateRequest,
  UpsertRequest,
} from './crud-requests.ts';
import { ExecuteMultipleRequest } from './execute-multiple-request.ts';
import { ExecuteTransactionRequest } from './execute-transaction-request.ts';
import {
  ExecuteFetchRequest,
  FetchXmlToQueryExpressionRequest,
  QueryExpressionToFetchXmlRequest,
} from './fetch-requests.ts';
import { InitializeFromRequest } from './initialize-from-request.ts';
import {
  CreateMultipleRequest,
  UpdateMultipleRequest,
  UpsertMultipleRequest,
} from './multiple-requests.ts';
import type { OrganizationRequest } from './organization-request.ts';
import {
  RetrieveTotalRecordCountRequest,
  RetrieveVersionRequest,
} from './organization-facts-requests.ts';
import { AssignRequest, SetStateRequest } from './ownership-requests.ts';
import { AssociateRequest, DisassociateRequest } from './relationship-requests.ts';
import { RetrieveMultipleRequest } from './retrieve-multiple-request.ts';
import { WhoAmIRequest } from './who-am-i-request.ts';

const TYPES: ReadonlyMap<string, RequestType> = new Map<string, RequestType>([
  ['Assign', AssignRequest],
  ['Associate', AssociateRequest],
  ['Create', CreateRequest],
  ['CreateMultiple', CreateMultipleRequest],
  ['Delete', DeleteRequest],
  ['Disassociate', DisassociateRequest],
  ['ExecuteFetch', ExecuteFetchRequest],
  ['ExecuteMultiple', ExecuteMultipleRequest],
  ['ExecuteTransaction', ExecuteTransactionRequest],
  ['FetchXmlToQueryExpression', FetchXmlToQueryExpressionRequest],
  ['InitializeFrom', InitializeFromRequest],
  ['QueryExpressionToFetchXml', QueryExpressionToFetchXmlRequest],
  ['Retrieve', RetrieveRequest],
  ['RetrieveMultiple', RetrieveMultipleRequest],
  ['RetrieveTotalRecordCount', RetrieveTotalRecordCountRequest],
  ['RetrieveVersion', RetrieveVersionRequest],
  ['SetState', SetStateRequest],
  ['Update', UpdateRequest],
  ['UpdateMultiple', UpdateMultipleRequest],
  ['Upsert', UpsertRequest],
  ['UpsertMultiple', UpsertMultipleRequest],
  ['WhoAmI', WhoAmIRequest],
]);

/** The request as it is, if it is of the class for its message or if there is none; else one of that class with the same parameters. */
export function typedRequest(request: OrganizationRequest): OrganizationRequest {
  const type = TYPES.get(request.requestName);
  if (!type || request instanceof type) return request;
  return Object.assign(Object.create(type.prototype as object) as OrganizationRequest, request);
}

/** executedRequest: what `Xrm.WebApi.online.execute` is given, as a request, and what comes of it as an HTTP response. */
import { unexpected } from '@interpose/kernel/options';
import { entitySetOf } from '../odata/entity-sets.ts';
import { typeNameOf } from '../odata/odata-fault.ts';
import { columnOf } from '../odata/table-scope.ts';
import { guid } from '../records/guid.ts';
import { ColumnSet } from '../requests/column-set.ts';
import {
  CreateRequest,
  type CreateResponse,
  DeleteRequest,
  RetrieveRequest,
  type RetrieveResponse,
  UpdateRequest,
} from '../requests/crud-requests.ts';
import {
  OrganizationRequest,
  type OrganizationResponse,
} from '../requests/organization-request.ts';
import type { Connection } from './connection.ts';
import { parameterOf, referenceOf, resultOf } from './operation-values.ts';
import { readPayload } from './read-payload.ts';
import { recordJson } from './record-json.ts';

/** What a request says of itself. */
export interface RequestMetadata {
  /** `entity` where it is bound to a record; `undefined` for Create and the like. */
  readonly boundParameter?: string | null | undefined;
  /** The name of the action or the function, or `Create`, `Retrieve`, `Update`, `Delete`. */
  readonly operationName?: string;
  /** 0: an action; 1: a function; 2: Create and the like. */
  readonly operationType?: number;
  readonly parameterTypes?: Readonly<Record<string, unknown>>;
}

/** A request in the form that `execute` takes. */
export interface ExecutableRequest {
  getMetadata(): RequestMetadata;
}

/** A request, and how its response is told. */
export interface ExecutedRequest {
  readonly request: OrganizationRequest;
  answer(response: OrganizationResponse): Response;
}

type Client = Pick<Connection, 'context' | 'root'>;
type Given = Readonly<Record<string, unknown>>;

/**
 * The request.
 *
 * @throws TypeError for what does not say of itself what it is
 */
export function executedRequest(given: unknown, client: Client): ExecutedRequest {
  const getMetadata = (given as Partial<ExecutableRequest> | null | undefined)?.getMetadata;
  if (typeof getMetadata !== 'function')
    throw unexpected('request', 'an object with the method getMetadata', given);
  const metadata = getMetadata.call(given) as RequestMetadata | undefined;
  const { operationName, operationType = 0 } = metadata ?? {};
  if (typeof operationName !== 'string' || operationName === '') {
    throw unexpected('operationName', 'the name of an operation', operationName);
  }
  if (operationType === 2) return crudRequest(operationName, given as Given, client);
  return operation(operationName, {
    metadata: metadata as RequestMetadata,
    given: given as Given,
    client,
  });
}

function crudRequest(name: string, given: Given, client: Client): ExecutedRequest {
  const { context, root } = client;
  switch (name) {
    case 'Create': {
      const entity = String(given['etn']);
      const request = new CreateRequest({ target: readPayload(entity, given['payload'], context) });
      const set = entitySetOf(entity, context.metadata);
      return {
        request,
        answer: (response) =>
          nothing({ 'OData-EntityId': `${root}${set}(${(response as CreateResponse).id})` }),
      };
    }
    case 'Update': {
      const target = readPayload(String(given['etn']), given['payload'], context);
      target.id = guid(String(given['id']));
      return { request: new UpdateRequest({ target }), answer: () => nothing() };
    }
    case 'Delete':
      return {
        request: new DeleteRequest({ target: referenceOf(given['entityReference']) }),
        answer: () => nothing(),
      };
    case 'Retrieve': {
      const target = referenceOf(given['entityReference']);
      const columns = given['columns'] as readonly string[] | undefined;
      const columnSet = new ColumnSet(
        columns?.map((column) => columnOf(target.logicalName, column, context)) ?? true,
      );
      return {
        request: new RetrieveRequest({ target, columnSet }),
        answer: (response) =>
          json(
            recordJson((response as RetrieveResponse).entity, {
              tables: context,
              properties: columns,
            }),
          ),
      };
    }
    default:
      throw unexpected('operationName', 'Create, Retrieve, Update or Delete', name);
  }
}

function operation(
  fullName: string,
  {
    metadata,
    given,
    client,
  }: { readonly metadata: RequestMetadata; readonly given: Given; readonly client: Client },
): ExecutedRequest {
  const name = fullName.replace(/^Microsoft\.Dynamics\.CRM\./, '');
  const { boundParameter, parameterTypes = {} } = metadata;
  const parameters = Object.create(null) as Record<string, unknown>;
  for (const key of Object.keys(parameterTypes)) {
    if (given[key] === undefined) continue;
    // The record to which it is bound has one name for all messages.
    parameters[key === boundParameter ? 'Target' : key] = parameterOf(given[key], client);
  }
  return {
    request: new OrganizationRequest(name, parameters),
    answer({ results }) {
      const entries = Object.entries(results);
      if (entries.length === 0) return nothing();
      const context = `${client.root}$metadata#${typeNameOf(`${name}Response`)}`;
      const told = entries.map(([key, value]) => [key, resultOf(value, client)] as const);
      return json(Object.fromEntries([['@odata.context', context] as const, ...told]));
    },
  };
}

function nothing(headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status: 204, headers });
}

function json(body: object): Response {
  return new Response(JSON.stringify(body), {
    status: 200,
    headers: { 'Content-Type': 'application/json; odata.metadata=minimal' },
  });
}

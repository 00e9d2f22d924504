/** WebApiClient: the Web API over an organization in memory: JSON in, requests through the pipeline, JSON out. */
import { unexpected } from '@interpose/kernel/options';
import { entitySetOf } from '../odata/entity-sets.ts';
import { readExpansions } from '../odata/expansion.ts';
import { type ODataQuery, readODataQuery, selectionOf, skipTokenOf } from '../odata/odata-query.ts';
import { badQuery } from '../odata/odata-fault.ts';
import { queryOptions } from '../odata/query-options.ts';
import { readTableOptions } from '../odata/table-options.ts';
import { askedQuery } from './asked-query.ts';
import type { OrganizationServiceAsync } from '../organization-service.ts';
import type { EntityCollection } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { type Guid, guid } from '../records/guid.ts';
import { ColumnSet } from '../requests/column-set.ts';
import {
  CreateRequest,
  DeleteRequest,
  RetrieveRequest,
  UpdateRequest,
} from '../requests/crud-requests.ts';
import type { XrmFakedContext } from '../xrm-faked-context.ts';
import type { Connection } from './connection.ts';
import { expandRecords } from './expand-records.ts';
import { fetchedPage, type RecordPage } from './fetched-page.ts';
import { readPayload } from './read-payload.ts';
import { type JsonRecord, recordJson } from './record-json.ts';
import { WebApiError } from './web-api-error.ts';

/** How an organization is reached. */
export interface WebApiOptions {
  /** Who calls. @default the default user of the organization */
  readonly callerId?: Guid;
  /** The address of the organization, as links to next pages have it. @default 'https://org.crm.dynamics.com' */
  readonly clientUrl?: string;
}

/** A record by its table and its id. */
export interface RecordAddress {
  readonly entityType: string;
  readonly id: Guid;
}

/** Each of its methods rejects with a WebApiError. */
export class WebApiClient implements Connection {
  readonly context: XrmFakedContext;
  readonly service: OrganizationServiceAsync;
  readonly root: string;

  constructor(context: XrmFakedContext, options: WebApiOptions = {}) {
    const { callerId, clientUrl = 'https://org.crm.dynamics.com' } = options;
    if (typeof clientUrl !== 'string')
      throw unexpected('clientUrl', 'the address of an organization', clientUrl);
    this.context = context;
    this.service = context.getOrganizationServiceAsync(callerId);
    this.root = `${clientUrl.replace(/\/+$/, '')}/api/data/v9.2/`;
  }

  create(entityType: string, record: unknown): Promise<RecordAddress> {
    return told(async () => {
      const target = readPayload(named(entityType), record, this.context);
      const { id } = await this.service.execute(new CreateRequest({ target }));
      return { entityType, id };
    });
  }

  update(entityType: string, id: string, record: unknown): Promise<RecordAddress> {
    return told(async () => {
      const target = readPayload(named(entityType), record, this.context);
      target.id = idOf(id);
      await this.service.execute(new UpdateRequest({ target }));
      return { entityType, id: target.id };
    });
  }

  delete(entityType: string, id: string): Promise<RecordAddress> {
    return told(async () => {
      const target = new EntityReference(named(entityType), idOf(id));
      await this.service.execute(new DeleteRequest({ target }));
      return { entityType, id: target.id };
    });
  }

  retrieve(entityType: string, id: string, options?: string): Promise<JsonRecord> {
    return told(async () => {
      const scope = { entity: named(entityType), tables: this.context, aliases: new Map() };
      const { options: asked } = queryOptions(options);
      for (const name of asked.keys()) {
        if (name !== '$select' && name !== '$expand')
          throw badQuery(`The query parameter ${name} is not supported for one record`);
      }
      const read = readTableOptions(asked, scope);
      const expansions = readExpansions(asked.get('$expand'), scope);
      const { all, columns } = selectionOf(read, expansions, scope);
      const columnSet = new ColumnSet(all || columns.map(({ column }) => column));
      const target = new EntityReference(entityType, idOf(id));
      const { entity } = await this.service.execute(new RetrieveRequest({ target, columnSet }));
      const json = recordJson(entity, { tables: this.context, properties: read.properties });
      await expandRecords([{ entity, json }], expansions, this);
      const listed = read.properties ? `(${read.properties.join(',')})` : '';
      const set = entitySetOf(entityType, this.context.metadata);
      return { '@odata.context': `${this.root}$metadata#${set}${listed}/$entity`, ...json };
    });
  }

  retrieveMultiple(
    entityType: string,
    options?: string,
    maxPageSize?: number,
  ): Promise<RecordPage> {
    return told(async () => {
      checkPageSize(maxPageSize);
      const read = queryOptions(options);
      if (read.options.has('fetchXml')) {
        return fetchedPage(this, { entityType: named(entityType), asked: read, maxPageSize });
      }
      const asked = readODataQuery(named(entityType), read, { tables: this.context, maxPageSize });
      const found = await this.service.retrieveMultiple(askedQuery(asked.query));
      const records = found.entities.map((entity) => ({
        entity,
        json: recordJson(entity, { tables: this.context, properties: asked.properties }),
      }));
      await expandRecords(records, asked.expansions, this);
      return {
        entities: records.map(({ json }) => json),
        nextLink: this.#nextLink(asked, found, options ?? ''),
        count: asked.query.counts ? found.totalRecordCount : undefined,
        fetchXmlPagingCookie: undefined,
      };
    });
  }

  #nextLink({ query }: ODataQuery, found: EntityCollection, options: string): string | undefined {
    if (!found.moreRecords || !query.page) return undefined;
    const kept = options
      .replace(/^[^?]*\?/, '')
      .split('&')
      .filter((part) => part !== '' && !part.startsWith('$skiptoken='));
    const token = encodeURIComponent(skipTokenOf(query.page.number + 1, found.pagingCookie));
    const set = entitySetOf(query.entity, this.context.metadata);
    return `${this.root}${set}?${[...kept, `$skiptoken=${token}`].join('&')}`;
  }
}

/** Everything that goes wrong is told as the client does. */
export async function told<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof WebApiError ? error : new WebApiError(error);
  }
}

function named(entityType: unknown): string {
  if (typeof entityType === 'string' && entityType !== '') return entityType;
  throw unexpected('entityLogicalName', 'the name of a table', entityType);
}

function idOf(id: string): Guid {
  return guid(id);
}

function checkPageSize(size: unknown): void {
  if (size === undefined || (Number.isInteger(size) && (size as number) > 0)) return;
  throw unexpected('maxPageSize', 'a whole number, 1 or more', size);
}

/** pcfWebApi: `context.webAPI` of the Power Apps component framework over an organization in memory, for code components under test. */
import type { XrmFakedContext } from '../xrm-faked-context.ts';
import type { JsonRecord } from './record-json.ts';
import { type RecordAddress, WebApiClient, type WebApiOptions } from './web-api-client.ts';

/** A record that was created, changed or deleted. */
export interface PcfLookupValue {
  id: string;
  entityType: string;
  name?: string;
}

/** Records as the framework gives them. */
export interface PcfRecordPage {
  entities: JsonRecord[];
  /** Where the next page is; not there on the last one. */
  nextLink: string;
}

/** `context.webAPI` of a code component. */
export interface PcfWebApi {
  createRecord(entityType: string, data: JsonRecord): Promise<PcfLookupValue>;
  deleteRecord(entityType: string, id: string): Promise<PcfLookupValue>;
  updateRecord(entityType: string, id: string, data: JsonRecord): Promise<PcfLookupValue>;
  retrieveMultipleRecords(
    entityType: string,
    options?: string,
    maxPageSize?: number,
  ): Promise<PcfRecordPage>;
  retrieveRecord(entityType: string, id: string, options?: string): Promise<JsonRecord>;
}

/**
 * `context.webAPI` over an organization. It rejects with a WebApiError.
 *
 * @example
 * control.init({ webAPI: pcfWebApi(organization), parameters } as never, () => {}, {}, container);
 */
export function pcfWebApi(context: XrmFakedContext, options: WebApiOptions = {}): PcfWebApi {
  const client = new WebApiClient(context, options);
  const address = ({ id, entityType }: RecordAddress): PcfLookupValue => ({ id, entityType });
  return {
    createRecord: async (entityType, data) => address(await client.create(entityType, data)),
    deleteRecord: async (entityType, id) => address(await client.delete(entityType, id)),
    updateRecord: async (entityType, id, data) =>
      address(await client.update(entityType, id, data)),
    retrieveRecord: (entityType, id, asked) => client.retrieve(entityType, id, asked),
    async retrieveMultipleRecords(entityType, asked, maxPageSize) {
      const { entities, nextLink, fetchXmlPagingCookie } = await client.retrieveMultiple(
        entityType,
        asked,
        maxPageSize,
      );
      return {
        entities,
        ...(nextLink !== undefined && { nextLink }),
        ...(fetchXmlPagingCookie !== undefined && { fetchXmlPagingCookie }),
      } as PcfRecordPage;
    },
  };
}

/** What the clients of the Web API know of types: they fit where an app, or a code component, has its own. */
/// <reference types="xrm" />
import { expectTypeOf } from 'expect-type';
import {
  type JsonRecord,
  type PcfLookupValue,
  pcfWebApi,
  type RecordAddress,
  xrmWebApi,
  type XrmFakedContext,
} from '../index.ts';

declare const context: XrmFakedContext;

const api = xrmWebApi(context);
expectTypeOf(api).toExtend<Xrm.WebApi>();
expectTypeOf(api.online).toExtend<Xrm.WebApiOnline>();
expectTypeOf(api.offline).toExtend<Xrm.WebApiOffline>();
const asApp: Xrm.WebApi = api;

interface Account {
  readonly name: string;
}

async function asked(): Promise<void> {
  expectTypeOf(await api.createRecord('account', { name: 'A' })).toEqualTypeOf<RecordAddress>();
  expectTypeOf(await api.retrieveRecord<Account>('account', 'id')).toEqualTypeOf<Account>();
  const page = await asApp.retrieveMultipleRecords<Account>('account');
  expectTypeOf(page.entities).toEqualTypeOf<Account[]>();
  expectTypeOf(await api.execute({})).toEqualTypeOf<Response>();
  const pcf = pcfWebApi(context);
  expectTypeOf(await pcf.createRecord('account', {})).toEqualTypeOf<PcfLookupValue>();
  expectTypeOf(await pcf.retrieveRecord('account', 'id')).toEqualTypeOf<JsonRecord>();
  // @ts-expect-error a table has a name
  await api.retrieveMultipleRecords(1);
}
void asked;

/** checkedFetchXml: the FetchXML of a request. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { ParameterCollection } from '../requests/organization-request.ts';

/** @throws DataverseFault if there is none */
export function checkedFetchXml({ FetchXml: fetchXml }: ParameterCollection): string {
  if (typeof fetchXml === 'string' && fetchXml.trim() !== '') return fetchXml;
  throw new DataverseFault('InvalidArgument', 'You need to provide FetchXml value');
}

/** What is wrong with a query or a record as the Web API takes it, told in the Web API's words. */
import { DataverseFault } from '../faults/dataverse-fault.ts';

/** A query that cannot be understood. */
export function badQuery(message: string): DataverseFault {
  return new DataverseFault('ODataError', message);
}

/** A query that cannot be understood from a place on. The first is 0. */
export function badSyntax(what: string, at: number, text: string): DataverseFault {
  return badQuery(`${what} at position ${at} in '${text}'.`);
}

/** A property that a table has not. */
export function noProperty(name: string, entity: string): DataverseFault {
  return badQuery(`Could not find a property named '${name}' on type '${typeNameOf(entity)}'.`);
}

/** A record that cannot be understood. */
export function badPayload(message: string): DataverseFault {
  return new DataverseFault('ODataPayloadError', message);
}

/** What the Web API calls the type of a table. */
export function typeNameOf(entity: string): string {
  return `Microsoft.Dynamics.CRM.${entity}`;
}

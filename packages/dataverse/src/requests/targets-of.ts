/** targetsOf: the records of a request for many, checked before any of them is written. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { type Entity, EntityCollection } from '../records/entity.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import type { OrganizationRequest } from './organization-request.ts';

/**
 * The records, which have to be of one table.
 *
 * @throws DataverseFault if they are not, or the collection does not say which
 */
export function targetsOf({ requestName, parameters }: OrganizationRequest): readonly Entity[] {
  const targets = parameters['Targets'];
  if (!(targets instanceof EntityCollection)) throw invalid("Required field 'Targets' is missing");
  const { entityName, entities } = targets;
  if (entityName === '') throw invalid("Required field 'EntityName' of Targets is missing");
  const other = entities.find(({ logicalName }) => logicalName !== entityName);
  if (other) {
    throw invalid(
      `The Targets of a ${requestName}Request are of entity ${entityName}, and one is of ${other.logicalName}.`,
    );
  }
  return entities;
}

/** @throws DataverseFault if two records have the same id */
export function expectNoTwins(targets: readonly Entity[], requestName: string): void {
  const ids = targets.map(({ id }) => id).filter((id) => id !== EMPTY_GUID);
  if (new Set(ids).size === ids.length) return;
  throw invalid(`Duplicate Ids are not allowed in the Target list of an ${requestName}Request`);
}

const invalid = (text: string): DataverseFault => new DataverseFault('InvalidArgument', text);

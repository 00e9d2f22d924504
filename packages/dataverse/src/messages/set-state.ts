/** SetState: puts a record into a state. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MessageExecutor } from '../message-executor.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import { OrganizationResponse } from '../requests/organization-request.ts';
import type { SetStateRequest } from '../requests/ownership-requests.ts';
import { rowFor } from '../store/stored-record.ts';
import { updateRecord } from '../writes/update-record.ts';

/** Stands for the status that records of a state usually have. */
const USUAL = -1;

/** The executor. */
export const setState: MessageExecutor<SetStateRequest> = {
  requestName: 'SetState',
  execute({ entityMoniker, state, status }, ctx) {
    if (!(entityMoniker instanceof EntityReference)) throw missing('EntityMoniker');
    if (!(state instanceof OptionSetValue)) throw missing('State');
    if (!(status instanceof OptionSetValue)) throw missing('Status');
    const { id } = rowFor(ctx.context.store, entityMoniker);
    const change = new Entity(entityMoniker.logicalName, id, { statecode: state });
    if (status.value !== USUAL) {
      expectPair(change, status, ctx.context.metadata);
      change.set('statuscode', status);
    }
    updateRecord(change, ctx);
    return new OrganizationResponse('SetState');
  },
};

/** What is said of a record that has the status already has to fit, too. */
function expectPair(
  { logicalName, id, attributes }: Entity,
  status: OptionSetValue,
  metadata: MetadataBook,
): void {
  const column = metadata.attribute(logicalName, 'statuscode');
  const state = attributes['statecode'] as OptionSetValue;
  const own = column?.type === 'Status' && column.options.find((one) => one.value === status.value);
  if (!own || own.state === state.value) return;
  throw new DataverseFault(
    'InvalidStateCodeStatusCode',
    `${status.value} is not a valid status code for state code ${state.value}State on ${logicalName} with Id ${id}.`,
  );
}

const missing = (name: string): DataverseFault =>
  new DataverseFault('InvalidArgument', `Required field '${name}' is missing`);

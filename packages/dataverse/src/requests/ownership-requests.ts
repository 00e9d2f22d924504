/** The requests that change whose a record is and in which state it is. */
import type { EntityReference } from '../records/entity-reference.ts';
import type { OptionSetValue } from '../records/option-set-value.ts';
import { OrganizationRequest } from './organization-request.ts';

/** Gives a record to another user or team. */
export class AssignRequest extends OrganizationRequest {
  constructor(parts: { readonly target: EntityReference; readonly assignee: EntityReference }) {
    super('Assign', { Target: parts.target, Assignee: parts.assignee });
  }

  get target(): EntityReference {
    return this.parameters['Target'] as EntityReference;
  }

  get assignee(): EntityReference {
    return this.parameters['Assignee'] as EntityReference;
  }
}

/** Puts a record into a state; status -1 is the usual one of the state. */
export class SetStateRequest extends OrganizationRequest {
  constructor(parts: {
    readonly entityMoniker: EntityReference;
    readonly state: OptionSetValue;
    readonly status: OptionSetValue;
  }) {
    const { entityMoniker, state, status } = parts;
    super('SetState', { EntityMoniker: entityMoniker, State: state, Status: status });
  }

  get entityMoniker(): EntityReference {
    return this.parameters['EntityMoniker'] as EntityReference;
  }

  get state(): OptionSetValue {
    return this.parameters['State'] as OptionSetValue;
  }

  get status(): OptionSetValue {
    return this.parameters['Status'] as OptionSetValue;
  }
}

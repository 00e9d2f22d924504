/** CreateMultiple, UpdateMultiple and UpsertMultiple with their responses: many records of one table at once. */
import type { EntityCollection } from '../records/entity.ts';
import type { Guid } from '../records/guid.ts';
import type { UpsertResponse } from './crud-requests.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** What all three say. */
class TargetsRequest<
  Response extends OrganizationResponse = OrganizationResponse,
> extends OrganizationRequest<Response> {
  get targets(): EntityCollection {
    return this.parameters['Targets'] as EntityCollection;
  }
}

/** Creates records, all of them or none. */
export class CreateMultipleRequest extends TargetsRequest<CreateMultipleResponse> {
  constructor({ targets }: { readonly targets: EntityCollection }) {
    super('CreateMultiple', { Targets: targets });
  }
}

/** The ids of the records that were created, in their order. */
export class CreateMultipleResponse extends OrganizationResponse {
  constructor(ids: readonly Guid[]) {
    super('CreateMultiple', { Ids: ids });
  }

  get ids(): readonly Guid[] {
    return this.results['Ids'] as readonly Guid[];
  }
}

/** Changes records, all of them or none. */
export class UpdateMultipleRequest extends TargetsRequest {
  constructor({ targets }: { readonly targets: EntityCollection }) {
    super('UpdateMultiple', { Targets: targets });
  }
}

/** Changes records, or creates those that are not there, all of them or none. */
export class UpsertMultipleRequest extends TargetsRequest<UpsertMultipleResponse> {
  constructor({ targets }: { readonly targets: EntityCollection }) {
    super('UpsertMultiple', { Targets: targets });
  }
}

/** What was done with each of the records. */
export class UpsertMultipleResponse extends OrganizationResponse {
  constructor(results: readonly UpsertResponse[]) {
    super('UpsertMultiple', { Results: results });
  }

  get upsertResults(): readonly UpsertResponse[] {
    return this.results['Results'] as readonly UpsertResponse[];
  }
}

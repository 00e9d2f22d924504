/** The requests that ask an organization about itself: its version, and how many records there are. */
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** Asks for the version of the organization. */
export class RetrieveVersionRequest extends OrganizationRequest<RetrieveVersionResponse> {
  constructor() {
    super('RetrieveVersion');
  }
}

/** The version of the organization. */
export class RetrieveVersionResponse extends OrganizationResponse {
  constructor(version: string) {
    super('RetrieveVersion', { Version: version });
  }

  get version(): string {
    return this.results['Version'] as string;
  }
}

/** Asks how many records tables have. */
export class RetrieveTotalRecordCountRequest extends OrganizationRequest<RetrieveTotalRecordCountResponse> {
  constructor({ entityNames }: { readonly entityNames: readonly string[] }) {
    super('RetrieveTotalRecordCount', { EntityNames: entityNames });
  }

  get entityNames(): readonly string[] {
    return this.parameters['EntityNames'] as readonly string[];
  }
}

/** How many records tables have. */
export class RetrieveTotalRecordCountResponse extends OrganizationResponse {
  constructor(counts: ReadonlyMap<string, number>) {
    super('RetrieveTotalRecordCount', { EntityRecordCountCollection: counts });
  }

  /** By table. */
  get entityRecordCountCollection(): ReadonlyMap<string, number> {
    return this.results['EntityRecordCountCollection'] as ReadonlyMap<string, number>;
  }
}

/** WhoAmIRequest and its response. */
import type { Guid } from '../records/guid.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** Asks who the caller is. */
export class WhoAmIRequest extends OrganizationRequest<WhoAmIResponse> {
  constructor() {
    super('WhoAmI');
  }
}

/** Who the caller is. */
export class WhoAmIResponse extends OrganizationResponse {
  constructor(ids: {
    readonly userId: Guid;
    readonly businessUnitId: Guid;
    readonly organizationId: Guid;
  }) {
    super('WhoAmI', {
      UserId: ids.userId,
      BusinessUnitId: ids.businessUnitId,
      OrganizationId: ids.organizationId,
    });
  }

  get userId(): Guid {
    return this.results['UserId'] as Guid;
  }

  get businessUnitId(): Guid {
    return this.results['BusinessUnitId'] as Guid;
  }

  get organizationId(): Guid {
    return this.results['OrganizationId'] as Guid;
  }
}

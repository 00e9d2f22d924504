/** Caller: on whose behalf a request is handled. */
import type { EntityReference } from '../records/entity-reference.ts';

/** On whose behalf a request is handled. Never changes. */
export interface Caller {
  /** Who calls. */
  readonly callerId: EntityReference;
  /** As whom, if not as himself. */
  readonly impersonatedUserId: EntityReference | undefined;
  readonly businessUnitId: EntityReference;
  readonly organizationId: string;
}

/** Who is said to have done what a request does. */
export function effectiveUser({ callerId, impersonatedUserId }: Caller): EntityReference {
  return impersonatedUserId ?? callerId;
}

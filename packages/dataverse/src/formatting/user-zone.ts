/** userZone: the time zone in which a user is shown moments. */
import type { Caller } from '../context/caller.ts';
import type { OrganizationContext } from '../context/request-context.ts';
import type { DateZone } from '../query/date-zone.ts';
import { QueryEnvironment } from '../query/query-environment.ts';

/** The zone of whoever calls. */
export function userZone(context: OrganizationContext, caller: Caller): DateZone {
  return new QueryEnvironment(context, caller).zone;
}

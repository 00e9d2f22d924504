/** auditTrail: keeps a list of what was asked for, and when. */
import { tap } from '@interpose/kernel';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import { CreateRequest } from '../requests/crud-requests.ts';

/** Adds `2026-01-31 12:00:00 - Create - account` to a list for each request; the time is that of the organization, in UTC. */
export function auditTrail(entries: string[]): OrganizationMiddleware {
  return tap({
    name: 'audit-trail',
    before({ context, request }) {
      const at = new Date(context.clock.wall()).toISOString().slice(0, 19).replace('T', ' ');
      const table = request instanceof CreateRequest ? ` - ${request.target.logicalName}` : '';
      entries.push(`${at} - ${request.requestName}${table}`);
    },
  });
}

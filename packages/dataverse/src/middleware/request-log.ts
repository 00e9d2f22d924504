/** requestLog: writes down each request when it comes and when it is done. */
import { tap } from '@interpose/kernel';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { WriteLine } from './write-line.ts';

/** Writes `[BEFORE] Create` and, when it has gone well, `[AFTER] Create`. A `write` that fails disturbs nobody. */
export function requestLog({ write }: { readonly write: WriteLine }): OrganizationMiddleware {
  return tap({
    name: 'request-log',
    before: ({ request }) => write(`[BEFORE] ${request.requestName}`),
    after: ({ request }) => write(`[AFTER] ${request.requestName}`),
  });
}

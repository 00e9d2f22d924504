/** An audit trail: what was asked for and when, one line a request. */
import { pathToFileURL } from 'node:url';
import {
  CreateRequest,
  type DelegateMiddleware,
  Entity,
  MiddlewareBuilder,
  type XrmFakedContext,
} from '@interpose/dataverse';
import { fakeClock } from '@interpose/testing';

/** Makes the middleware. `auditTrail` is the same, and comes along. */
export const AuditMiddleware = {
  create(auditLog: string[]): DelegateMiddleware {
    return (next) => (context, request) => {
      const now = new Date(context.clock.wall()).toISOString();
      let entry = `${now.slice(0, 10)} ${now.slice(11, 19)} - ${request.requestName}`;
      if (request instanceof CreateRequest) entry += ` - ${request.target.logicalName}`;
      auditLog.push(entry);
      return next(context, request);
    };
  },
};

/** An organization in which it is noon. */
export function build(auditLog: string[]): XrmFakedContext {
  const clock = fakeClock({ wallMs: Date.UTC(2026, 0, 31, 12) });
  return MiddlewareBuilder.new({ clock })
    .addCrud()
    .use(AuditMiddleware.create(auditLog))
    .useCrud()
    .build();
}

/** A Create and an Update. */
export function main(print: (line: string) => void = console.log): void {
  const auditLog: string[] = [];
  const service = build(auditLog).getOrganizationService();
  const id = service.create(new Entity('account', { name: 'Contoso' }));
  service.update(new Entity('account', id, { name: 'Fabrikam' }));
  for (const entry of auditLog) print(entry);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();

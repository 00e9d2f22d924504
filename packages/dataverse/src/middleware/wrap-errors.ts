/** wrapErrors: writes down what goes wrong, and tells the caller in the form in which plug-ins do. */
import { createMiddleware } from '@interpose/kernel';
import { unharmed } from '@interpose/kernel/unharmed';
import type { RequestContext } from '../context/request-context.ts';
import { InvalidPluginExecutionException } from '../faults/dataverse-fault.ts';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { OrganizationResponse } from '../requests/organization-request.ts';
import type { WriteLine } from './write-line.ts';

/** Writes `Error in Create: …`, and throws an InvalidPluginExecutionException `Request failed: …` whose cause is what went wrong. A `write` that fails disturbs nobody. */
export function wrapErrors({ write }: { readonly write: WriteLine }): OrganizationMiddleware {
  return createMiddleware<RequestContext, OrganizationResponse>({
    name: 'wrap-errors',
    onError({ request }, error) {
      const text = error instanceof Error ? error.message : String(error);
      unharmed(() => write(`Error in ${request.requestName}: ${text}`));
      throw new InvalidPluginExecutionException(`Request failed: ${text}`, { cause: error });
    },
  });
}

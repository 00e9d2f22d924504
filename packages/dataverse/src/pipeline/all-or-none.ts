/** allOrNone: sends requests one after the other within a transaction, and gives what came of them. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import type {
  OrganizationRequest,
  OrganizationResponse,
} from '../requests/organization-request.ts';
import { andThen } from './and-then.ts';
import { inTurn } from './in-turn.ts';

/** Sends requests for a request that they are a part of; if one fails, with what `failed` gives for it, nothing of any of them stays. */
export function allOrNone<Response extends OrganizationResponse>(
  ctx: RequestContext,
  requests: readonly OrganizationRequest<Response>[],
  failed: (error: unknown, index: number) => unknown = (error) => error,
): Awaitable<readonly Response[]> {
  return ctx.transact((inside) => {
    const responses: Response[] = [];
    const keep = (response: OrganizationResponse): 'go on' => {
      responses.push(response as Response);
      return 'go on';
    };
    const done = inTurn(requests, (request, index) => {
      const fail = (error: unknown): never => {
        throw failed(error, index);
      };
      try {
        const response = inside.execute(request);
        return isThenable(response) ? response.then(keep, fail) : keep(response);
      } catch (error) {
        return fail(error);
      }
    });
    return andThen(done, () => responses);
  });
}

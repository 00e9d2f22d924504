/** WhoAmI: tells the caller who he is. */
import { effectiveUser } from '../context/caller.ts';
import { WhoAmIResponse } from '../requests/who-am-i-request.ts';
import type { MessageExecutor } from '../message-executor.ts';

/** The executor. */
export const whoAmI: MessageExecutor = {
  requestName: 'WhoAmI',
  execute: (_, { caller }) =>
    new WhoAmIResponse({
      userId: effectiveUser(caller).id,
      businessUnitId: caller.businessUnitId.id,
      organizationId: caller.organizationId,
    }),
};

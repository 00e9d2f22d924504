/** A request that was refused before it could be understood, in the form in which the log phase sees requests. */
import { type Exchange, RefusedMessageError, type Refusal } from '@interpose/wire';
import { silentExchange } from './streams/silent-exchange.ts';

/** An exchange that is over: the server itself has answered it. What could not be read of the request is empty. */
export function refusedExchange({ code, peer, local, secure }: Refusal): Exchange {
  return silentExchange(
    { peer, local, secure },
    {
      refuse: () => {
        throw new RefusedMessageError(code);
      },
      onSettled: (listener) => listener(),
    },
  );
}

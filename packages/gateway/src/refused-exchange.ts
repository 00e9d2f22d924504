/** A request that was refused before it could be understood, in the form in which the log phase sees requests. */
import { type Exchange, RefusedMessageError, type Refusal } from '@interpose/wire';

const NEVER = new AbortController().signal;
const nothing = (): void => {};

/** An exchange that is over: the server itself has answered it. What could not be read of the request is empty. */
export function refusedExchange({ code, peer, local, secure }: Refusal): Exchange {
  const refuse = (): never => {
    throw new RefusedMessageError(code);
  };
  return {
    method: '',
    target: '/',
    version: '1.1',
    rawHeaders: [],
    peer,
    local,
    secure,
    body: null,
    upgrade: undefined,
    clientLeft: false,
    signal: NEVER,
    headSent: true,
    sentBytes: 0,
    header: () => undefined,
    onClientLeft: nothing,
    onSettled: (listener) => listener(),
    onDrain: (listener) => listener(),
    answer: refuse,
    sendInformation: refuse,
    sendHead: refuse,
    write: refuse,
    end: refuse,
    splice: refuse,
    takeOver: refuse,
    destroy: nothing,
  };
}

/** An exchange on which nothing can be said: of a request that nobody waits for. */
import type { Exchange } from '@interpose/wire';

/** What is known of the request. */
export type SilentRequest = Pick<Exchange, 'peer' | 'local' | 'secure'> &
  Partial<Pick<Exchange, 'method' | 'target' | 'version' | 'rawHeaders' | 'body'>>;

const NEVER = new AbortController().signal;
const nothing = (): void => {};

/** What cannot be said is told to `refuse`; what waits for the end of the answer goes to `onSettled`. */
export function silentExchange(
  { peer, local, secure, ...request }: SilentRequest,
  {
    refuse,
    onSettled,
  }: { readonly refuse: () => never; readonly onSettled: Exchange['onSettled'] },
): Exchange {
  return {
    method: '',
    target: '/',
    version: '1.1',
    rawHeaders: [],
    body: null,
    ...request,
    peer,
    local,
    secure,
    upgrade: undefined,
    clientLeft: false,
    signal: NEVER,
    headSent: true,
    sentBytes: 0,
    header: () => undefined,
    onClientLeft: nothing,
    onSettled,
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

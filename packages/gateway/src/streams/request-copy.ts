/** A copy of a request that nobody waits for. */
import { ClientLeftError, IncomingBody } from '@interpose/wire';
import { GatewayRequest, type RequestServices } from '../context.ts';
import { silentExchange } from './silent-exchange.ts';

/** The copy. */
export interface RequestCopy {
  readonly ctx: GatewayRequest;
  /** It is over. */
  settle(): void;
}

const nothing = (): void => {};
const NO_SOURCE = {
  begin: nothing,
  pause: nothing,
  resume: nothing,
  cancel: nothing,
};

/** The request as it stands, with this body, and with a header that says what it is. */
export function requestCopy(
  ctx: GatewayRequest,
  bytes: Uint8Array | null,
  services: RequestServices,
): RequestCopy {
  const { method, version, peer, local } = ctx.exchange;
  const listeners: (() => void)[] = [];
  const exchange = silentExchange(
    {
      method,
      version,
      target: ctx.path + ctx.search,
      rawHeaders: [...ctx.headers.toRaw(), 'X-Mirrored', 'true'],
      body: bytes && wholeBody(bytes),
      peer,
      local,
      secure: ctx.secure,
    },
    {
      refuse: () => {
        throw new ClientLeftError();
      },
      onSettled: (listener) => void listeners.push(listener),
    },
  );
  const copy = new GatewayRequest(exchange, services);
  copy.route = ctx.route;
  copy.params = ctx.params;
  copy.consumer = ctx.consumer;
  copy.requestId = ctx.requestId;
  copy.clientAddress = ctx.clientAddress;
  return {
    ctx: copy,
    settle() {
      for (const listener of listeners.splice(0)) listener();
    },
  };
}

/** A body that has arrived already. */
function wholeBody(bytes: Uint8Array): IncomingBody {
  const body = new IncomingBody(bytes.length, NO_SOURCE);
  if (bytes.length) body.push(bytes, true);
  body.finish([]);
  return body;
}

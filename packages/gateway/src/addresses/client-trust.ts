/** ClientTrust: which proxies a gateway believes what they say of clients; for all routes, before any of them is looked for. */
import { ClientResolver } from '@interpose/http';
import type { GatewayRequest } from '../context.ts';

/** Says who the client of a request is. */
export class ClientTrust {
  readonly #resolver: ClientResolver;

  /** @throws TypeError for what is no address and no range */
  constructor(proxies: readonly string[]) {
    this.#resolver = new ClientResolver({ proxies });
  }

  /** Puts what trusted proxies say in the place of what the connection says; from anybody else it is taken out. */
  apply(ctx: GatewayRequest): void {
    const client = this.#resolver.resolve(ctx.headers, ctx.clientAddress);
    if (!client) return;
    ctx.clientAddress = client.address;
    if (client.secure !== undefined) ctx.secure = client.secure;
  }
}

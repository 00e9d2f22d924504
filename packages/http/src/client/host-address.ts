/** The address of the client, as hosts that speak fetch tell it beside the request. */

/** What some host hands over beside a request; each has something else. */
interface Beside {
  /** Bun: its server. */
  readonly requestIP?: (request: Request) => { readonly address: string } | null;
  /** Deno. */
  readonly remoteAddr?: { readonly hostname?: string };
  /** Node's own request, where one stands behind. */
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
  /** What a framework puts round the server of Bun. */
  readonly server?: Beside;
}

/** The address, in the form in which everybody writes it; empty if the host tells none. */
export function addressBeside(request: Request, beside: unknown): string {
  if (typeof beside !== 'object' || beside === null) return '';
  const { remoteAddr, incoming, server } = beside as Beside;
  // Asked on the object itself: Bun's server wants to be `this`.
  const told = isServer(beside) ? beside.requestIP(request)?.address : undefined;
  const address = told ?? remoteAddr?.hostname ?? incoming?.socket?.remoteAddress;
  return address === undefined ? addressBeside(request, server) : plainAddress(address);
}

/** An address without the dress that IPv4 wears on an IPv6 socket. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

const isServer = (beside: object): beside is Required<Pick<Beside, 'requestIP'>> =>
  typeof (beside as Beside).requestIP === 'function';

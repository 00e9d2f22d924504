/** What the ten layers of the realistic stack do, apart from how they are joined. */

// Each step is as cheap as it can be, so that it does not hide what the joining costs: ids and times are counted, and
// the body comes parsed.

/** What a caller asks. */
export interface Request {
  readonly method: string;
  readonly origin: string;
  readonly key: string;
  readonly id?: string;
  readonly sent: unknown;
}

/** What a caller gets. */
export interface Response {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: unknown;
}

/** What passes through the stack. The fields below `body` are where koa and hono keep what they need. */
export interface Exchange {
  readonly request: Request;
  startedAt: number;
  id: string;
  client: string;
  remaining: number;
  body: unknown;
  res: Response | undefined;
  finalized: boolean;
  readonly req: { routeIndex: number };
}

export function createExchange(request: Request): Exchange {
  return {
    request,
    startedAt: 0,
    id: '',
    client: '',
    remaining: 0,
    body: undefined,
    res: undefined,
    finalized: false,
    req: { routeIndex: 0 },
  };
}

/** An answer that is thrown, for those who cannot return it. */
export class Refusal extends Error {
  readonly response: Response;
  constructor(response: Response) {
    super(`Refused with ${response.status}`);
    this.response = response;
  }
}

const LIMIT = 1_000_000_000;
const clients = new Map(Array.from({ length: 100 }, (_, n) => [`key-${n}`, `client-${n}`]));
const used = new Map<string, number>();
const events: unknown[] = Array.from({ length: 64 });
let ids = 0;
let ticks = 0;
let recorded = 0;

/** Forgets the calls so far; one client has then spent all it has. */
export function forget(): void {
  used.clear();
  used.set('client-99', LIMIT);
}

export const now = (): number => ++ticks;

export const idOf = (request: Request): string => request.id ?? `r${++ids}`;

export const isPreflight = (request: Request): boolean => request.method === 'OPTIONS';

export const preflight = (request: Request): Response => ({
  status: 204,
  headers: { 'access-control-allow-origin': request.origin },
  body: null,
});

export const clientOf = (request: Request): string | undefined => clients.get(request.key);

export const refused = (status: number): Response => ({ status, headers: {}, body: null });

/** How many calls the client has left; negative if this one was too many. */
export function takeOne(client: string): number {
  const count = (used.get(client) ?? 0) + 1;
  used.set(client, count);
  return LIMIT - count;
}

/** The one step that waits; the exchange has the body then. */
export async function parseBody(exchange: Exchange): Promise<void> {
  exchange.body = exchange.request.sent;
}

export function validate(body: unknown): void {
  if (typeof (body as { amount?: unknown }).amount !== 'number')
    throw new TypeError('amount is missing');
}

export function record(id: string, { status }: Response): void {
  events[recorded++ & 63] = { id, status };
}

export const failed = (error: unknown): Response => ({
  status: 422,
  headers: {},
  body: (error as Error).message,
});

/** The innermost of all. */
export async function answer(exchange: Exchange): Promise<Response> {
  return { status: 200, headers: {}, body: exchange.body };
}

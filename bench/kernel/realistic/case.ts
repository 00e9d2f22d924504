/** The realistic stack as a case: five requests that take every way through it, one of them measured. */
import type { Bench, Call, Case, Kind, Subject } from '../../suite.ts';
import { createExchange, forget, type Request } from './work.ts';

type Load = () => Promise<{ readonly handle: unknown }>;

const benchOf = async (load: Load): Promise<Bench> => ({ calls: [(await load()).handle as Call] });

const subject = (name: string, kind: Kind, load: Load): Subject => ({
  name,
  kind,
  load: () => benchOf(load),
});

const request: Request = {
  method: 'POST',
  origin: 'https://app.example',
  key: 'key-7',
  sent: { amount: 5 },
};

function trial(changes: Partial<Request>, answer: unknown): Case['trials'][number] {
  const input = (): unknown => {
    forget();
    return createExchange({ ...request, id: 'seven', ...changes });
  };
  return { input, answer };
}

const outer = { 'x-request-id': 'seven', 'server-timing': 1 };
const headers = { ...outer, 'access-control-allow-origin': request.origin };

export const realistic: Case = {
  name: 'a realistic stack of ten',
  input: () => createExchange(request),
  trials: [
    trial(
      {},
      {
        status: 200,
        headers: {
          ...headers,
          'ratelimit-remaining': 999_999_999,
          'x-content-type-options': 'nosniff',
        },
        body: { amount: 5 },
      },
    ),
    trial({ method: 'OPTIONS' }, { status: 204, headers, body: null }),
    trial({ key: 'unknown' }, { status: 401, headers, body: null }),
    trial({ key: 'key-99' }, { status: 429, headers, body: null }),
    trial({ sent: {} }, { status: 422, headers: {}, body: 'amount is missing' }),
  ],
  limit: () => benchOf(() => import('./hand.ts')),
  subjects: [
    subject('hand-written function', 'limit', () => import('./hand.ts?copy=again')),
    {
      ...subject('interpose hooks', 'ours', () => import('./interpose.ts')),
      target: { ratio: 1.45 },
    },
    subject('interpose layers', 'variant', () => import('./interpose-onion.ts')),
    subject('koa-compose', 'peer', () => import('./koa-compose.ts')),
    subject('hono/compose', 'peer', () => import('./hono.ts')),
    subject('h3', 'peer', () => import('./h3.ts')),
    subject('@middy/core', 'peer', () => import('./middy.ts')),
    subject('@trpc/server', 'peer', () => import('./trpc.ts')),
  ],
};

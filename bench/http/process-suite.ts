/** The suite of the HTTP host: what a request costs a whole server process, beside other frameworks. */
import { BEST_ON_NODE, type Case, type ProcessSuite, type Target } from '../processes/case.ts';
import { eachLayer, hello, orders, routes, stack } from './contenders.ts';
import { POSTED, REFUSED } from './orders.ts';
import { HELLO_WITH_KEY, SHOWING } from './seed-stack.ts';
import { MIX, ONE_PARAMETER, STATIC, TWO_PARAMETERS } from './two-hundred-routes.ts';

const caseOf = (part: Pick<Case, 'name' | 'contenders' | 'asked'> & Partial<Case>): Case => ({
  kind: 'capacity',
  connections: 64,
  targets: [],
  ...part,
});

const cpu = (of: string, atMost: number): Target => ({ figure: 'CPU', of, atMost });

const HELLO = {
  path: '/hello',
  answer: '{"hello":"world"}',
  answerHeaders: { 'content-type': /^application\/json\b/, 'content-length': '17' },
};

/** CPU time, memory and latency of servers on one core. */
export const processSuite: ProcessSuite = {
  name: 'http',
  programs: [],
  cases: [
    caseOf({
      name: 'hello',
      contenders: hello,
      asked: [HELLO],
      targets: [cpu('Fastify', 0.6), cpu(BEST_ON_NODE, 1)],
    }),
    caseOf({
      name: 'the full stack of the seed',
      contenders: stack,
      asked: [HELLO_WITH_KEY],
      alsoAsked: SHOWING,
      targets: [cpu('Fastify', 0.55), cpu(BEST_ON_NODE, 0.55)],
    }),
    caseOf({ name: '200 routes, no parameter', contenders: routes, asked: [STATIC] }),
    caseOf({ name: '200 routes, one parameter', contenders: routes, asked: [ONE_PARAMETER] }),
    caseOf({ name: '200 routes, two parameters', contenders: routes, asked: [TWO_PARAMETERS] }),
    caseOf({
      name: '200 routes, a mix',
      contenders: routes,
      asked: MIX,
      targets: [cpu('Fastify', 0.6), cpu(BEST_ON_NODE, 1)],
    }),
    caseOf({
      name: 'JSON posted and checked by a schema',
      contenders: orders,
      asked: [POSTED],
      alsoAsked: REFUSED,
      targets: [cpu(BEST_ON_NODE, 1)],
    }),
    caseOf({
      name: 'each middleware of the seed',
      contenders: eachLayer,
      asked: [{ ...HELLO, headers: HELLO_WITH_KEY.headers ?? [] }],
      morePairs: 3,
      targets: [{ figure: 'added CPU', of: 'hello', atMost: 3 }],
    }),
  ],
};

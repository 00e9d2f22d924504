/** The suite of the HTTP host in one process: what its own code costs, without sockets. */
import type { Asked } from '../processes/case.ts';
import type { Bench, Case, Subject, Suite, Target } from '../suite.ts';
import { exchanges } from './fake-exchange.ts';
import type { LayerName } from './seed-layers.ts';
import { HELLO_WITH_KEY } from './seed-stack.ts';
import { MIX, ONE_PARAMETER, STATIC, TWO_PARAMETERS } from './two-hundred-routes.ts';

type Handlers = typeof import('./handlers.ts');

const load = (bench: (handlers: Handlers) => Bench) => async (): Promise<Bench> =>
  bench(await import('./handlers.ts'));
/** Functions of their own, so that V8 does not learn of the limit from the subject. */
const loadAgain = (bench: (handlers: Handlers) => Bench) => async (): Promise<Bench> =>
  bench(await import('./handlers.ts?copy=again'));

function subject(name: string, bench: (handlers: Handlers) => Bench, target?: Target): Subject {
  const kind = target ? 'ours' : 'variant';
  return { name, kind, ...(target && { target }), load: loadAgain(bench) };
}

function caseOf(
  name: string,
  asked: readonly [Asked, ...Asked[]],
  limit: (handlers: Handlers) => Bench,
  subjects: readonly Subject[],
): Case {
  const again: Subject = { name: 'the limit again', kind: 'limit', load: loadAgain(limit) };
  const trials = asked.map((one) => ({ input: exchanges([one]), answer: one.answer }));
  return {
    name,
    input: exchanges(asked),
    trials,
    limit: load(limit),
    subjects: [again, ...subjects],
    synchronous: true,
    warmUpMs: 800,
  };
}

const layer = (name: LayerName, seed: string): Subject =>
  subject(`${name} (the seed: ${seed} us)`, ({ hello }) => hello(name), { beyond: 3000 });

const routing = (name: string, ...asked: [Asked, ...Asked[]]): Case =>
  caseOf(name, asked, ({ byHand }) => byHand(asked), [
    subject('interpose', ({ routes }) => routes()),
  ]);

/** CPU time and heap of requests through an app. */
export const suite: Suite = {
  name: 'http',
  cases: [
    caseOf('hello, without sockets', [HELLO_WITH_KEY], ({ byHand }) => byHand([HELLO_WITH_KEY]), [
      subject('interpose', ({ hello }) => hello()),
    ]),
    caseOf(
      'each middleware of the seed, without sockets',
      [HELLO_WITH_KEY],
      ({ hello }) => hello(),
      [
        layer('detectDisconnect', '100'),
        layer('httpEvents', '1000 to 2000'),
        layer('cors', '200'),
        layer('apiKey', '300'),
        subject('all four', ({ stack }) => stack()),
      ],
    ),
    routing('200 routes, no parameter, without sockets', STATIC),
    routing('200 routes, one parameter, without sockets', ONE_PARAMETER),
    routing('200 routes, two parameters, without sockets', TWO_PARAMETERS),
    routing('200 routes, a mix, without sockets', ...MIX),
  ],
};

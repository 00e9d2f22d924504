/** The kernel's suite: what middleware costs beside hand-written closures, and beside what others offer. */
import type { Case, Kind, Subject, Suite, Target } from '../suite.ts';
import {
  chainsOf,
  type Contender,
  createCtx,
  type Join,
  type Measure,
  type Shape,
} from './chain.ts';
import { realistic } from './realistic/case.ts';

const hand = (): Promise<Contender> => import('./hand.ts?copies');
const handAgain = (): Promise<Contender> => import('./hand.ts?copies=again');
const interpose = (): Promise<Contender> => import('./interpose.ts?copies');
const bare = (): Promise<Contender> => import('./interpose-bare.ts?copies');
const joinedBy = (join: 'joinComposed' | 'joinObserved') => async (): Promise<Contender> => ({
  ...(await interpose()),
  join: (await import('./interpose.ts'))[join] satisfies Join,
});

const PEERS: Readonly<Record<string, () => Promise<Contender>>> = {
  'koa-compose': () => import('./koa-compose.ts?copies'),
  'hono/compose': () => import('./hono.ts?copies'),
  h3: () => import('./h3.ts?copies'),
  '@middy/core': () => import('./middy.ts?copies'),
  '@trpc/server': () => import('./trpc.ts?copies'),
};

/** One of our own ways to write a chain. */
interface Way {
  readonly name: string;
  readonly contender: () => Promise<Contender>;
  /** @default the shape of the case */
  readonly shape?: Shape;
  /** Without one it is only there to be looked at. */
  readonly target?: Target;
}

/** A case of chains, with our ways to write them; the limit and the peers come by themselves. */
interface Chains extends Measure, Pick<Case, 'name' | 'synchronous' | 'warmUpMs'> {
  readonly ways: readonly Way[];
  /** The shape that the peers must take where theirs has none of that name. */
  readonly peerShape?: (peer: string) => Shape;
}

function caseOf({ ways, peerShape, ...on }: Chains): Case {
  const limitShape = on.shape === 'hooks' ? 'awaits' : on.shape;
  const subject = (name: string, kind: Kind, way: Omit<Way, 'name'>): Subject => ({
    name,
    kind,
    ...(way.target && { target: way.target }),
    load: async () => chainsOf(await way.contender(), { ...on, shape: way.shape ?? on.shape }),
  });
  const touches = on.shape === 'passes' ? 1 : 2 * on.layers + 1;
  return {
    ...on,
    input: createCtx,
    trials: [{ input: createCtx, answer: touches }],
    limit: async () => chainsOf(await hand(), { ...on, shape: limitShape }),
    subjects: [
      subject('hand-written closures', 'limit', { contender: handAgain, shape: limitShape }),
      ...ways.map(({ name, ...way }) => subject(name, way.target ? 'ours' : 'variant', way)),
      ...Object.entries(PEERS).map(([name, contender]) =>
        subject(name, 'peer', { contender, shape: peerShape?.(name) ?? on.shape }),
      ),
    ],
  };
}

/** The targets are those of `next(ctx)`; `next()` has to remember its context, and must be ahead of the peers. */
const both = (target: Target): Way[] => [
  { name: 'interpose next(ctx)', contender: interpose, target },
  { name: 'interpose next()', contender: bare, target: {} },
];
const observed: Way = { name: 'interpose, observed', contender: joinedBy('joinObserved') };
const watched: Way = { name: 'interpose, watched', contender: interpose, shape: 'watched' };
/** Eight chains take V8 long to learn. */
const eight = { chains: 8, warmUpMs: 1200 } as const;

/** CPU time and heap of calls through our kernel, hand-written code and five peers. */
export const suite: Suite = {
  name: 'kernel',
  cases: [
    caseOf({
      name: 'ten async layers, one chain',
      shape: 'awaits',
      layers: 10,
      chains: 1,
      ways: [
        ...both({ ratio: 1.1 }),
        {
          name: 'interpose compose()',
          contender: joinedBy('joinComposed'),
          target: { ratio: 1.1 },
        },
        watched,
        observed,
      ],
    }),
    caseOf({
      name: 'ten async layers, eight chains in turn',
      shape: 'awaits',
      layers: 10,
      ...eight,
      ways: [...both({ ratio: 1.1 }), watched],
    }),
    caseOf({
      name: 'ten layers that pass through',
      shape: 'passes',
      layers: 10,
      chains: 1,
      ways: [...both({ ratio: 1.15 }), observed],
    }),
    caseOf({
      name: 'ten synchronous layers, eight chains in turn',
      shape: 'sync',
      layers: 10,
      ...eight,
      synchronous: true,
      ways: [...both({ median: 70 }), observed],
    }),
    caseOf({ name: 'no layer', shape: 'awaits', layers: 0, chains: 1, ways: both({}).slice(0, 1) }),
    caseOf({ name: 'one async layer', shape: 'awaits', layers: 1, chains: 1, ways: both({}) }),
    caseOf({
      name: 'ten hooks, in place of ten async layers',
      shape: 'hooks',
      layers: 10,
      chains: 1,
      ways: [
        { name: 'interpose createMiddleware()', contender: interpose, target: { ratio: 0.3 } },
        {
          name: 'interpose before() + after()',
          contender: interpose,
          shape: 'halves',
          target: { ratio: 0.3 },
        },
      ],
      // middy has hooks too; the others have nothing but async layers.
      peerShape: (peer) => (peer === '@middy/core' ? 'sync' : 'awaits'),
    }),
    realistic,
  ],
};

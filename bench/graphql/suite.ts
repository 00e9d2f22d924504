/** The suite of resolvers: what a middleware that does nothing costs on ten thousand fields, beside graphql-js alone. */
import type { Bench, Case, Kind, Subject, Suite, Target } from '../suite.ts';
import { ANSWER, answerOf } from './rows.ts';

type Wrapping = typeof import('./wrapping.ts');

const benchOf = (call: (contextValue: unknown) => unknown): Bench => ({ calls: [call], answerOf });
const load = async (key: keyof Wrapping): Promise<Bench> =>
  benchOf((await import('./wrapping.ts'))[key]());

const subject = (name: string, kind: Kind, key: keyof Wrapping, target?: Target): Subject => ({
  name,
  kind,
  ...(target && { target }),
  load: () => load(key),
});

function caseOf(name: string, ...subjects: readonly Subject[]): Case {
  return {
    name,
    input: () => ({}),
    trials: [{ input: () => ({}), answer: ANSWER }],
    limit: () => load('plain'),
    subjects: [subject('graphql-js alone', 'limit', 'plain'), ...subjects],
    warmUpMs: 1500,
  };
}

/** CPU time and heap of a query over 2,000 rows of five fields. */
export const suite: Suite = {
  name: 'graphql',
  cases: [
    caseOf(
      'no-op round every field, 10,000 fields',
      subject('interpose', 'ours', 'oursAll', { ratio: 1.05 }),
      subject('interpose, watched', 'variant', 'oursWatched'),
      subject('interpose, seven layers', 'variant', 'oursSeven'),
      subject('hand-written', 'variant', 'byHandAll'),
      subject('graphql-middleware, async', 'peer', 'peerAllAsync'),
      subject('graphql-middleware, sync', 'peer', 'peerAllSync'),
      subject('@envelop/on-resolve', 'peer', 'hookAll'),
    ),
    caseOf(
      'no-op round resolvers of their own, 2,001 of 10,000 fields',
      subject('interpose', 'ours', 'oursOwn', { ratio: 1.05 }),
      subject('graphql-middleware, async', 'peer', 'peerOwnAsync'),
      subject('graphql-middleware, sync', 'peer', 'peerOwnSync'),
      subject('@envelop/on-resolve', 'peer', 'hookOwn'),
    ),
  ],
};

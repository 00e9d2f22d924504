/** The 200 routes that every contender has: what they are, what is asked of them, and what is right. */
import type { Asked } from '../processes/case.ts';

/** One route, with parameters as most write them. */
export interface Route {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly index: number;
}

/** What a route's path may have caught. */
export interface Caught {
  readonly id?: string | undefined;
  readonly part?: string | undefined;
}

const KINDS: readonly (readonly [Route['method'], string])[] = [
  ['get', ''],
  ['post', ''],
  ['get', '/search'],
  ['get', '/:id'],
  ['get', '/:id/parts/:part'],
];

const RESOURCES = 40;

const resource = (index: number): string => `/api/v1/resource-${index}`;

/** In the order in which they are added. */
export const ROUTES: readonly Route[] = Array.from({ length: RESOURCES }, (_, of) =>
  KINDS.map(([method, rest], kind) => ({
    method,
    path: resource(of) + rest,
    index: of * KINDS.length + kind,
  })),
).flat();

/** What a route answers. */
export const answerOf = (index: number, { id, part }: Caught): object => ({
  route: index,
  id,
  part,
});

function asking(of: number, kind: number): Asked {
  const [method = 'get', rest = ''] = KINDS[kind] ?? [];
  const caught = {
    ...(rest.includes(':id') && { id: `id-${of}` }),
    ...(rest.includes(':part') && { part: 'wheel' }),
  };
  return {
    method: method.toUpperCase(),
    path: resource(of) + rest.replace(':id', `id-${of}`).replace(':part', 'wheel'),
    answer: JSON.stringify(answerOf(of * KINDS.length + kind, caught)),
    answerHeaders: { 'content-type': /^application\/json\b/ },
  };
}

const LAST = RESOURCES - 1;

/** A path without parameters, of the resource that was added last. */
export const STATIC: Asked = asking(LAST, 2);
/** A path with one parameter, of the same. */
export const ONE_PARAMETER: Asked = asking(LAST, 3);
/** The route that was added last, with two parameters. */
export const TWO_PARAMETERS: Asked = asking(LAST, 4);
/** Twenty requests of every kind to resources from the first to the last. */
export const MIX: readonly [Asked, ...Asked[]] = [
  asking(0, 0),
  ...Array.from({ length: 19 }, (_, at) => asking((at + 1) * 2, (at + 1) % KINDS.length)),
];

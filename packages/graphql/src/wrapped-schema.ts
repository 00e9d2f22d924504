/** WrappedSchema: a schema with middleware round its fields, and what can be asked about it. */
import { suggestion } from '@interpose/kernel/options';
import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { describeField, explainField, type FieldDescription } from './building/describe-field.ts';
import { bindTo, type Candidate, type Choice, chooseLayers } from './building/field-choice.ts';
import { objectTypesOf } from './building/named-fields.ts';
import { copySchema, type FieldChange } from './building/schema-copy.ts';
import type { Standing } from './building/standing-order.ts';
import { partsOf, type Resolver, wrapResolver } from './building/wrap-resolver.ts';
import { AlreadyAppliedError, UnknownFieldError } from './errors.ts';
import { type FieldFacts, fieldFacts } from './field-facts.ts';

/** A schema whose resolvers have middleware round them. The schema that it was made of is as it was. */
export interface WrappedSchema {
  readonly schema: GraphQLSchema;
  /** The fields that have something round them, as in `User.email`, in the order of the schema. */
  readonly wrapped: readonly string[];
  /**
   * What runs round a field in what order, and what does not and why, in words.
   *
   * @throws UnknownFieldError if there is no such field
   */
  explain(coordinate: string): string;
  /**
   * The same as plain data.
   *
   * @throws UnknownFieldError if there is no such field
   */
  describe(coordinate: string): readonly FieldDescription[];
}

/** What to put round the fields, and on whose behalf. */
export interface WrapParts {
  readonly standings: readonly Standing[];
  /** Who answers for fields without a resolver of their own. */
  readonly fieldResolver: Resolver | undefined;
  /** A resolver that has been wrapped in the same name is left as it is. */
  readonly by: object;
}

/** One field of the schema as it was before, with what was decided of it. */
interface Decided {
  readonly facts: FieldFacts;
  readonly resolve: Resolver | undefined;
  readonly choices: readonly Choice[];
  readonly starts: readonly Choice[];
}

/** Puts the layers round the fields of a copy of a schema. */
export function wrapSchema(schema: GraphQLSchema, parts: WrapParts): WrappedSchema {
  const candidates = bindTo(schema, parts.standings);
  const decided = new Map<string, Decided>();
  const streams = schema.getSubscriptionType();
  for (const type of objectTypesOf(schema)) {
    for (const field of Object.values(type.getFields())) {
      const one = decide(candidates, { type, field, isStream: type === streams });
      decided.set(one.facts.coordinate, one);
    }
  }
  const changes = new Map<string, FieldChange>();
  for (const [coordinate, one] of decided) {
    const change = changeOf(one, parts);
    if (change) changes.set(coordinate, change);
  }
  const find = (coordinate: string): Decided =>
    decided.get(coordinate) ?? missing(coordinate, decided);
  return {
    schema:
      changes.size > 0
        ? copySchema(schema, (type, field) => changes.get(`${type}.${field}`))
        : schema,
    wrapped: [...decided.values()]
      .filter(({ choices, starts }) => [...choices, ...starts].some(runs))
      .map(({ facts }) => facts.coordinate),
    explain: (coordinate) => explainField(find(coordinate)),
    describe: (coordinate) => describeField(find(coordinate)),
  };
}

const runs = ({ layers }: Choice): boolean => layers.length > 0;

/** What others have put round a field before does not count as a resolver of its own. */
function decide(candidates: readonly Candidate[], { type, field, isStream }: Placed): Decided {
  const resolve = partsOf(field.resolve).base;
  const subscribe = partsOf(field.subscribe).base;
  const { hasResolver } = fieldFacts(type, { ...field, resolve, subscribe } as typeof field);
  const facts = { ...fieldFacts(type, field), hasResolver };
  const starts = isStream || subscribe ? chooseLayers(candidates, facts, 'subscribe') : [];
  return {
    facts,
    resolve,
    choices: chooseLayers(candidates, facts, 'resolve'),
    // Without a function of its own the root value gives the events, and whoever guards them has to stand there, too.
    starts: subscribe || starts.some(runs) ? starts : [],
  };
}

/** A field where it is in the schema. */
interface Placed {
  readonly type: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  /** Whether it gives the events of a subscription. */
  readonly isStream: boolean;
}

/** The new resolvers of a field; nothing if it keeps its own. */
function changeOf(
  { facts, choices, starts }: Decided,
  { by, fieldResolver = defaultFieldResolver }: WrapParts,
): FieldChange | undefined {
  const { resolve, subscribe } = facts.field;
  const wrap = (
    inner: Resolver | undefined,
    chosen: readonly Choice[],
    fallback: Resolver,
  ): Resolver | undefined => {
    if (!chosen.some(runs) || partsOf(inner).by.has(by)) return inner;
    const layers = chosen.flatMap((choice) => choice.layers);
    const around = aroundOf(chosen, inner, facts);
    return wrapResolver({ inner, fallback, layers, by, around });
  };
  const change = {
    resolve: wrap(resolve, choices, fieldResolver),
    subscribe: wrap(subscribe, starts, defaultFieldResolver),
  };
  return change.resolve === resolve && change.subscribe === subscribe ? undefined : change;
}

function aroundOf(
  chosen: readonly Choice[],
  inner: Resolver | undefined,
  { coordinate }: FieldFacts,
): readonly unknown[] {
  const standing = chosen.filter(runs).map(({ standing: { layer } }) => layer);
  const before = partsOf(inner).around;
  const again = standing.find(({ run }) => before.has(run));
  if (again) throw new AlreadyAppliedError(again.name, coordinate);
  return standing.map(({ run }) => run);
}

function missing(coordinate: string, known: ReadonlyMap<string, unknown>): never {
  throw new UnknownFieldError(
    `There is no field "${coordinate}". ${suggestion(coordinate, known.keys())}`,
  );
}

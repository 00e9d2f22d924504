/** chooseLayers: which of all layers run round one field, and why the others do not. */
import { OrderError } from '@interpose/kernel';
import { type Layer, layersOf } from '@interpose/kernel/layers';
import type { GraphQLSchema } from 'graphql';
import type { FieldFacts } from '../field-facts.ts';
import type { Catch } from './selector.ts';
import type { Standing } from './standing-order.ts';

/** A standing layer, with its questions put to one schema. */
export interface Candidate {
  readonly standing: Standing;
  readonly catches: ((field: FieldFacts) => Catch) | undefined;
  readonly make: ((field: FieldFacts) => unknown) | undefined;
}

/** What was decided of one layer for one field. */
export interface Choice {
  readonly standing: Standing;
  /** What runs: nothing, or the layers that stand for it. */
  readonly layers: readonly Layer[];
  readonly why: string;
}

/**
 * Checks selectors and plans against a schema.
 *
 * @throws UnknownFieldError for what the schema does not have
 */
export function bindTo(
  schema: GraphQLSchema,
  standings: readonly Standing[],
): readonly Candidate[] {
  const bound = new Map<unknown, (field: FieldFacts) => Catch>();
  return standings.map((standing) => {
    const { selection } = standing.entry;
    if (selection && !bound.has(selection)) bound.set(selection, selection.bind(schema));
    return { standing, catches: bound.get(selection), make: standing.plan?.(schema) };
  });
}

/**
 * Decides layer by layer. A layer for all fields also runs where something else has been put round a field on purpose, so that
 * what it provides is there.
 *
 * @throws OrderError if a layer requires what nobody provides on this field
 */
export function chooseLayers(
  candidates: readonly Candidate[],
  field: FieldFacts,
  during: 'resolve' | 'subscribe',
): readonly Choice[] {
  const first = candidates.map((candidate) => chooseOne(candidate, field, during));
  const wrapped = first.some(({ layers }) => layers.length > 0);
  const choices = first.map((choice) =>
    choice.why === IN_WAITING && wrapped
      ? { ...choice, layers: [choice.standing.layer], why: 'the field is named by others' }
      : choice,
  );
  checkRequirements(choices, field);
  return choices;
}

const IN_WAITING = 'the field has no resolver of its own';

function chooseOne(
  { standing, catches, make }: Candidate,
  field: FieldFacts,
  during: 'resolve' | 'subscribe',
): Choice {
  const { entry, layer } = standing;
  const no = (why: string): Choice => ({ standing, layers: [], why });
  if (!standing.active) return no('disabled');
  if (standing.during !== during && standing.during !== 'both') {
    return no(`runs during ${standing.during} only`);
  }
  const caught = catches ? catches(field) : undefined;
  if (catches && !caught) return no(`not selected by ${entry.selection?.text}`);
  const asks = field.hasResolver || entry.defaults || caught === 'named';
  // A plan knows by itself for which fields it is: what masks a field must not need a resolver there.
  if (catches && !asks && !make) return no(`${IN_WAITING}; ask with { defaults: true }`);
  const why = catches ? `selected by ${entry.selection?.text}` : 'every field';
  if (make) {
    const made = make(field);
    if (made === undefined) return no('makes nothing for this field');
    return { standing, layers: renamed(made, layer), why: `${why}, made for it` };
  }
  return asks ? { standing, layers: [layer], why } : no(IN_WAITING);
}

/** What was made for a field bears the name of who has made it. */
function renamed(made: unknown, { name, traits }: Layer): readonly Layer[] {
  const layers = layersOf(made as Parameters<typeof layersOf>[0], 0);
  return layers.map((layer) => ({
    ...layer,
    name,
    traits:
      layers.length === 1 && !layer.traits.link ? { ...traits, ...layer.traits } : layer.traits,
  }));
}

function checkRequirements(choices: readonly Choice[], { coordinate }: FieldFacts): void {
  const given = new Set<string>();
  for (const { standing, layers } of choices) {
    if (layers.length === 0) continue;
    const missing = standing.requires.find((need) => !given.has(need));
    if (missing !== undefined) {
      throw new OrderError(
        `On ${coordinate} the middleware "${standing.layer.name}" requires "${missing}", which nobody further out provides.`,
      );
    }
    given.add(standing.layer.name);
    for (const name of standing.provides) given.add(name);
  }
}

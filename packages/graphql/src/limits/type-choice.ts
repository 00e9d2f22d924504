/** TypeChoice: the object types that a selection must be counted on, so that the dearest of all that there can be is among them. */
import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  isAbstractType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { type CostBook, groupOf, type TypeGroup } from './cost-book.ts';
import type { FieldCollector } from './field-collector.ts';

/** A type, and what is asked of it; without a type if nobody knows it. */
export interface Choice {
  readonly type: GraphQLObjectType | undefined;
  readonly fields: ReadonlyMap<string, readonly FieldNode[]>;
}

/** Chooses types for the selections of one operation. An interface of hundreds of types is seldom more than one or two choices. */
export class TypeChoice {
  readonly #book: CostBook;
  readonly #collector: FieldCollector;
  readonly #parts = new Map<string, readonly TypeGroup[]>();

  constructor(book: CostBook, collector: FieldCollector) {
    this.#book = book;
    this.#collector = collector;
  }

  /** The choices for selections on a type. */
  of(type: GraphQLCompositeType | undefined, sets: readonly SelectionSetNode[]): readonly Choice[] {
    if (!isAbstractType(type)) return [this.#choice(type, sets)];
    return this.#groupsOf(type, sets).flatMap((group) => this.#ofGroup(group, sets));
  }

  #choice(type: GraphQLObjectType | undefined, sets: readonly SelectionSetNode[]): Choice {
    return { type, fields: this.#collector.fieldsOn(type, sets) };
  }

  /** The object types that a type may turn out to be, by the fragments that are for them. */
  #groupsOf(type: GraphQLAbstractType, sets: readonly SelectionSetNode[]): readonly TypeGroup[] {
    const { schema } = this.#book;
    const types = [...this.#collector.conditionsIn(sets)]
      .filter((name) => name !== type.name)
      .sort()
      .map((name) => schema.getType(name));
    // A type that a fragment names is looked at by itself, and all others together.
    const alone = types.filter(isObjectType).filter((one) => schema.isSubType(type, one));
    const parts = this.#partsOf(type, types.filter(isAbstractType));
    if (alone.length === 0) return parts;
    const except = new Set(alone.map(({ name }) => name));
    return [...alone.map((one) => groupOf([one])), ...parts.map((part) => ({ ...part, except }))];
  }

  /** All that a type may turn out to be, parted by who is of which interface or union. */
  #partsOf(type: GraphQLAbstractType, among: readonly GraphQLAbstractType[]): readonly TypeGroup[] {
    const whole = this.#book.groupOf(type);
    if (among.length === 0) return [whole];
    const key = [type, ...among].map(({ name }) => name).join(' ');
    const kept = this.#parts.get(key);
    if (kept) return kept;
    this.#collector.visit(whole.types.length * among.length);
    const parts = new Map<string, GraphQLObjectType[]>();
    for (const one of whole.types) {
      const of = among.filter((other) => this.#book.schema.isSubType(other, one));
      const name = of.map((other) => other.name).join(' ');
      const part = parts.get(name);
      if (part) part.push(one);
      else parts.set(name, [one]);
    }
    const groups = [...parts.values()].map(groupOf);
    this.#parts.set(key, groups);
    return groups;
  }

  /** One type of a group, and others only if a field of theirs does not cost the same. */
  #ofGroup({ types, alike, except }: TypeGroup, sets: readonly SelectionSetNode[]): Choice[] {
    const first = types.find(({ name }) => !except.has(name));
    if (!first) return [];
    const choices = [this.#choice(first, sets)];
    if (types.length === 1) return choices;
    const unlike = [...(choices[0]?.fields.values() ?? [])]
      .map(([node]) => node?.name.value ?? '')
      .filter((name) => !this.#isAlike(name, types, alike));
    const seen = new Set<string>([this.#marksOf(first, unlike)]);
    for (const type of unlike.length > 0 ? types : []) {
      const marks = this.#marksOf(type, unlike);
      if (seen.has(marks) || except.has(type.name)) continue;
      seen.add(marks);
      choices.push(this.#choice(type, sets));
    }
    return choices;
  }

  #isAlike(
    name: string,
    types: readonly GraphQLObjectType[],
    alike: Map<string, boolean>,
  ): boolean {
    let is = alike.get(name);
    if (is === undefined) {
      this.#collector.visit(types.length);
      const marks = new Set(types.map((type) => this.#book.factsOf(type, name)?.mark));
      is = marks.size <= 1 && this.#book.settings.estimators.length === 0;
      // Only what exists is kept, as anybody can ask for what does not.
      if (!marks.has(undefined)) alike.set(name, is);
    }
    return is;
  }

  #marksOf(type: GraphQLObjectType, names: readonly string[]): string {
    this.#collector.visit(names.length);
    // Estimators may tell types apart by whatever they like.
    if (this.#book.settings.estimators.length > 0) return type.name;
    return names.map((name) => this.#book.factsOf(type, name)?.mark ?? '').join('\n');
  }
}

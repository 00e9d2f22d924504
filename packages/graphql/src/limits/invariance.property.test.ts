/** Depth and cost are those of the execution, inline or through fragments, for schemas and documents nobody has thought of. */
import { expect, test } from 'vitest';
import fc from 'fast-check';
import {
  buildSchema,
  type DocumentNode,
  type FieldNode,
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isListType,
  Kind,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  specifiedRules,
  validate,
  visit,
} from 'graphql';
import { queryComplexity } from './complexity-limit.ts';
import { queryDepth } from './depth-limit.ts';

/** Gives numbers below another, from a list that fast-check can make smaller. */
type Draw = (below: number) => number;

function drawing(numbers: readonly number[]): Draw {
  let at = 0;
  return (below) => Math.abs(numbers[at++ % numbers.length] ?? 0) % below;
}

const DIRECTIVES = [
  '',
  '',
  '',
  '@include(if: false)',
  '@skip(if: true)',
  '@include(if: $yes)',
  '@skip(if: $no)',
];

/** Types `T0`, `T1`, … some of which are an `I`, and a union of some of them. */
function schemaOf(draw: Draw): GraphQLSchema {
  const count = 2 + draw(3);
  const target = (): string =>
    ['I', 'U', ...Array.from({ length: count }, (_, at) => `T${at}`)][draw(count + 2)] ?? 'I';
  const fieldOf = (name: string): string => {
    const type = target();
    return (
      [`${name}: ${type}`, `${name}: [${type}!]`, `${name}(first: Int): [${type}]`][draw(3)] ?? ''
    );
  };
  const shared = [fieldOf('x'), fieldOf('y')];
  const types = Array.from({ length: count }, (_, at) => {
    // What an interface gives, its types may give more exactly.
    const exact = shared.map((field) =>
      draw(2) ? field.replace(/\bI\b/, `T${draw(count)}`) : field,
    );
    const own = Array.from({ length: 1 + draw(3) }, (_, index) => fieldOf(`f${index}`));
    return `type T${at} implements I { s: String ${[...exact, ...own].join(' ')} }`;
  });
  return buildSchema(
    `interface I { s: String ${shared.join(' ')} } ${types.join(' ')}
     union U = ${draw(2) ? 'T0 | T1' : 'T1'} type Query { q: T0 i: I u: U l(first: Int): [I] s: String }`,
  );
}

/** A document with fragments that are spread here and there, each only within those before it. */
function documentOf(schema: GraphQLSchema, draw: Draw): string {
  const fragments: string[] = [];
  const composite = Object.values(schema.getTypeMap())
    .filter(isCompositeType)
    .filter(({ name }) => !name.startsWith('__'));
  const kept = new Map<string, string[]>();
  let left = 60;

  const selections = (type: GraphQLCompositeType, depth: number): string => {
    const list = Array.from({ length: 1 + draw(4) }, () => selection(type, depth));
    return `{ ${[...list, '__typename'].join(' ')} }`;
  };
  const selection = (type: GraphQLCompositeType, depth: number): string => {
    if (left-- <= 0) return '__typename';
    const directive = DIRECTIVES[draw(DIRECTIVES.length)] ?? '';
    const kind = draw(6);
    if (kind === 0) return `... ${directive} ${selections(type, depth)}`;
    if (kind === 1 || kind === 2) {
      const other = composite[draw(composite.length)] ?? type;
      const on = meets(schema, type, other) ? other : type;
      if (kind === 1) return `... on ${on.name} ${directive} ${selections(on, depth)}`;
      const known = kept.get(on.name) ?? [];
      const again = known[draw(known.length + 1)];
      if (again) return `...${again} ${directive}`;
      const text = selections(on, depth);
      const name = `F${fragments.length}`;
      fragments.push(`fragment ${name} on ${on.name} ${text}`);
      kept.set(on.name, [...(kept.get(on.name) ?? []), name]);
      return `...${name} ${directive}`;
    }
    if (!('getFields' in type)) return '__typename';
    const fields = Object.values(type.getFields());
    const field = fields[draw(fields.length)];
    const named = field && getNamedType(field.type);
    if (!field || !named) return '__typename';
    const first = field.args.length > 0 ? draw(4) : 0;
    const alias = first ? `${field.name}_${first}: ` : draw(4) ? '' : `b_${field.name}: `;
    const args = first ? `(first: ${first})` : '';
    if (!isCompositeType(named)) return `${alias}${field.name} ${directive}`;
    if (depth === 0) return '__typename';
    return `${alias}${field.name}${args} ${directive} ${selections(named, depth - 1)}`;
  };
  const query = selections(schema.getQueryType() as GraphQLObjectType, 4);
  return `query ($yes: Boolean!, $no: Boolean!) ${query} ${fragments.join(' ')}`;
}

function meets(
  schema: GraphQLSchema,
  one: GraphQLCompositeType,
  other: GraphQLCompositeType,
): boolean {
  const of = (type: GraphQLCompositeType): readonly GraphQLObjectType[] =>
    isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return of(one).some((type) => of(other).includes(type));
}

/** The same document with what fragments hold in the place where they are spread. */
function inlined(document: DocumentNode): DocumentNode {
  const fragments = new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
  // What takes the place of a spread is visited in its turn, with the spreads in it.
  return visit(document, {
    FragmentSpread(node) {
      const fragment = fragments.get(node.name.value);
      if (!fragment) return undefined;
      const { typeCondition, selectionSet } = fragment;
      return {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition,
        directives: node.directives ?? [],
        selectionSet,
      };
    },
    FragmentDefinition: () => null,
  });
}

const isOut = (node: SelectionNode): boolean =>
  /@include\(if: false\)|@skip\(if: true\)/.test(
    (node.directives ?? []).map((directive) => print(directive)).join(' '),
  );

/** How deep a document without fragments goes, by the book. */
function plainDepth(set: SelectionSetNode): number {
  return Math.max(
    0,
    ...set.selections
      .filter((node) => !isOut(node))
      .map((node) => {
        if (
          node.kind === Kind.FRAGMENT_SPREAD ||
          (node.kind === Kind.FIELD && node.name.value === '__typename')
        )
          return 0;
        if (node.kind === Kind.INLINE_FRAGMENT) return plainDepth(node.selectionSet);
        return 1 + (node.selectionSet ? plainDepth(node.selectionSet) : 0);
      }),
  );
}

/** What execution would run at most, one type after the other, by the book: nothing is remembered. */
function plainCost(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
): number {
  const types = isAbstractType(type) ? schema.getPossibleTypes(type) : [type];
  return Math.max(
    0,
    ...types.map((one) => {
      const fields = new Map<string, FieldNode[]>();
      const collect = (set: SelectionSetNode): void => {
        for (const node of set.selections) {
          if (isOut(node) || node.kind === Kind.FRAGMENT_SPREAD) continue;
          if (node.kind === Kind.FIELD) {
            const key = (node.alias ?? node.name).value;
            fields.set(key, [...(fields.get(key) ?? []), node]);
          } else {
            const on = node.typeCondition && schema.getType(node.typeCondition.name.value);
            if (!on || on === one || (isAbstractType(on) && schema.isSubType(on, one)))
              collect(node.selectionSet);
          }
        }
      };
      for (const set of sets) collect(set);
      let total = 0;
      for (const nodes of fields.values()) {
        const field = one.getFields()[nodes[0]?.name.value ?? ''];
        if (!field) continue;
        const inner = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
        const named = getNamedType(field.type);
        const children =
          isCompositeType(named) && inner.length > 0 ? plainCost(schema, named, inner) : 0;
        total += 1 + sizeOf(field.type, nodes[0]) * children;
      }
      return total;
    }),
  );
}

function sizeOf(type: GraphQLOutputType, node: FieldNode | undefined): number {
  if (!isListType(type)) return 1;
  const [argument] = node?.arguments ?? [];
  return argument?.value.kind === Kind.INT ? Number(argument.value.value) : 10;
}

const setOf = (document: DocumentNode): SelectionSetNode => {
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  return operation.selectionSet;
};

test('M-145 M-146 depth and cost are the same inline and through fragments, and those of the execution', () => {
  let [withFragments, valid, deepest] = [0, 0, 0];
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000), { minLength: 40, maxLength: 400 }), (numbers) => {
      const draw = drawing(numbers);
      const schema = schemaOf(draw);
      const document = parse(documentOf(schema, draw));
      const inline = inlined(document);
      expect(print(inline)).not.toMatch(/\.\.\.F\d|fragment /);
      const set = setOf(inline);
      const depth = plainDepth(set);
      expect(queryDepth(document)).toBe(depth);
      expect(queryDepth(inline)).toBe(depth);
      const cost = plainCost(schema, schema.getQueryType() as GraphQLObjectType, [set]);
      expect(queryComplexity({ schema, document: inline })).toBe(cost);
      expect(queryComplexity({ schema, document })).toBe(cost);
      if (document.definitions.length > 1) withFragments++;
      if (validate(schema, document, specifiedRules).length === 0) valid++;
      deepest = Math.max(deepest, depth);
    }),
    { numRuns: 120, seed: 7 },
  );
  // The generator is worth something only if it makes what it is for.
  expect(withFragments).toBeGreaterThan(50);
  expect(valid).toBeGreaterThan(20);
  expect(deepest).toBeGreaterThan(3);
});

/** CostBook: what is known of the fields of one schema, looked up once each and kept. */
import {
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { suggestion } from '@interpose/kernel/options';
import type { ComplexityEstimator, ComplexitySettings, ListSize } from './complexity-options.ts';
import { costDirective, listSizeDirective } from './cost-directives.ts';

/** What is known of a field of a type before anybody asks for it. */
export interface FieldFacts {
  readonly field: GraphQLField<unknown, unknown> | undefined;
  readonly own: number;
  /** The type of what is asked of it, if that is an object, an interface or a union. */
  readonly returns: GraphQLCompositeType | undefined;
  /** How many lists lie one in the other. */
  readonly lists: number;
  readonly size: ListSize;
  /** Asked in turn what the field costs. */
  readonly estimators: readonly ComplexityEstimator[];
  /** Fields of types that are alike in all of this have the same. */
  readonly mark: string;
}

/** The object types that something may be, of which no selection is known to tell them apart. */
export interface TypeGroup {
  readonly types: readonly GraphQLObjectType[];
  /** Types that are not meant, by their names. */
  readonly except: ReadonlySet<string>;
  /** Whether a field costs the same whichever of the types it is. */
  readonly alike: Map<string, boolean>;
}

/** A group of these types. */
export function groupOf(types: readonly GraphQLObjectType[]): TypeGroup {
  return { types, except: NOBODY, alike: new Map<string, boolean>() };
}

const NOBODY: ReadonlySet<string> = new Set<string>();

/** What a schema says of its fields, in the sense of the settings. */
export class CostBook {
  readonly schema: GraphQLSchema;
  readonly settings: ComplexitySettings;
  readonly #facts = new Map<GraphQLCompositeType, Map<string, FieldFacts>>();
  readonly #groups = new Map<GraphQLCompositeType, TypeGroup>();
  readonly #functions = new Map<unknown, number>();

  /** @throws TypeError if the settings name a field that the schema does not have */
  constructor(schema: GraphQLSchema, settings: ComplexitySettings) {
    this.schema = schema;
    this.settings = settings;
    for (const name of settings.costs.keys()) this.#checkName('costs', name);
    for (const name of settings.listSizes.keys()) this.#checkName('listSizes', name);
  }

  /** The facts of a field; of one that does not exist, too, as nobody may have validated the document. */
  factsOf(type: GraphQLCompositeType, name: string): FieldFacts | undefined {
    const kept = this.#facts.get(type)?.get(name);
    if (kept) return kept;
    const field = this.#fieldOf(type, name);
    // Only what exists is kept, as anybody can ask for what does not.
    if (!field) return undefined;
    const facts = this.#factsFor(type, field);
    let ofType = this.#facts.get(type);
    if (!ofType) this.#facts.set(type, (ofType = new Map<string, FieldFacts>()));
    ofType.set(name, facts);
    return facts;
  }

  /** All object types that a type may turn out to be. */
  groupOf(type: GraphQLCompositeType): TypeGroup {
    let group = this.#groups.get(type);
    if (!group) {
      const types = isAbstractType(type) ? this.schema.getPossibleTypes(type) : [type];
      this.#groups.set(type, (group = groupOf(types)));
    }
    return group;
  }

  #fieldOf(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
    if (!('getFields' in type)) return undefined;
    const fields = type.getFields();
    return Object.hasOwn(fields, name) ? fields[name] : undefined;
  }

  #factsFor(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): FieldFacts {
    const { objectCost, scalarCost, costs, estimators } = this.settings;
    const name = `${type.name}.${field.name}`;
    const named = getNamedType(field.type);
    const returns = isCompositeType(named) ? named : undefined;
    // The schema's own description of itself is short, and its lists are as long as they are.
    const isOfSchema = type.name.startsWith('__');
    const said =
      costs.get(name) ??
      extensionOf(field) ??
      costDirective(field) ??
      this.#inherited(
        type,
        field.name,
        (at, own) => costs.get(at) ?? extensionOf(own) ?? costDirective(own),
      );
    const usual =
      (returns ? costDirective(returns) : undefined) ?? (returns ? objectCost : scalarCost);
    const facts = {
      field,
      own: typeof said === 'number' ? said : usual,
      returns,
      lists: isOfSchema ? 0 : listsIn(field.type),
      size: this.#sizeOf(type, field, returns),
      estimators: typeof said === 'function' ? [said] : said === undefined ? estimators : [],
    };
    return { ...facts, mark: this.#markOf(facts) };
  }

  /** What is said of the field of an interface is said of those that implement it. */
  #inherited<T>(
    type: GraphQLCompositeType,
    name: string,
    saidOf: (coordinate: string, field: GraphQLField<unknown, unknown>) => T | undefined,
  ): T | undefined {
    const interfaces = 'getInterfaces' in type ? type.getInterfaces() : [];
    for (const one of interfaces) {
      const field = one.getFields()[name];
      const said = field && saidOf(`${one.name}.${name}`, field);
      if (said !== undefined) return said;
    }
    return undefined;
  }

  #sizeOf(
    type: GraphQLCompositeType,
    field: GraphQLField<unknown, unknown>,
    returns: GraphQLCompositeType | undefined,
  ): ListSize {
    const { listSizes } = this.settings;
    const said =
      listSizes.get(`${type.name}.${field.name}`) ??
      listSizeDirective(field) ??
      this.#inherited(type, field.name, (at, own) => listSizes.get(at) ?? listSizeDirective(own)) ??
      {};
    const slicingArguments =
      said.slicingArguments ??
      this.settings.listArguments.filter((path) =>
        field.args.some((arg) => arg.name === path.split('.')[0]),
      );
    const isConnection =
      !said.sizedFields && listsIn(field.type) === 0 && slicingArguments.length > 0;
    const sizedFields = isConnection ? listsOfConnection(returns) : (said.sizedFields ?? []);
    return { ...said, slicingArguments, sizedFields };
  }

  #markOf({ own, returns, lists, size, estimators }: Omit<FieldFacts, 'mark'>): string {
    const asked = estimators.map((one) => {
      if (!this.#functions.has(one)) this.#functions.set(one, this.#functions.size);
      return this.#functions.get(one);
    });
    return JSON.stringify([own, returns?.name, lists, size, asked]);
  }

  #checkName(option: string, name: string): void {
    const [typeName = '', fieldName = ''] = name.split('.');
    const type = this.schema.getType(typeName);
    const fields = type && 'getFields' in type ? Object.keys(type.getFields()) : undefined;
    if (fields?.includes(fieldName)) return;
    const near = fields
      ? suggestion(fieldName, fields)
      : suggestion(typeName, Object.keys(this.schema.getTypeMap()));
    throw new TypeError(`There is no \`${name}\`, which \`${option}\` names. ${near}`);
  }
}

function extensionOf(
  field: GraphQLField<unknown, unknown>,
): number | ComplexityEstimator | undefined {
  const said: unknown = field.extensions['complexity'];
  if (typeof said === 'function') return said as ComplexityEstimator;
  return typeof said === 'number' && Number.isFinite(said) && said >= 0 ? said : undefined;
}

function listsIn(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listsIn(type.ofType);
  return isListType(type) ? 1 + listsIn(type.ofType) : 0;
}

/** The lists of a connection, which are as long as was asked of the field that gives the connection. */
function listsOfConnection(type: GraphQLCompositeType | undefined): readonly string[] {
  if (!isObjectType(type)) return [];
  const fields = type.getFields();
  return ['edges', 'nodes'].filter(
    (name) => Object.hasOwn(fields, name) && listsIn(fields[name]?.type as GraphQLOutputType) > 0,
  );
}

/** OperationValues: the variables of an operation, and the values of arguments, as far as they are known. */
import {
  type FieldNode,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  isInputObjectType,
  Kind,
  type OperationDefinitionNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql';
import type { ListSize } from './complexity-options.ts';

/** Stands for a value that nobody knows yet. */
export const UNKNOWN: unique symbol = Symbol('unknown');

/** A field, and what is known of the length of its list. */
interface SizedField {
  readonly field: GraphQLField<unknown, unknown> | undefined;
  readonly size: ListSize;
}

type Variables = Readonly<Record<string, unknown>> | undefined;

/** What is known of the values in one operation. */
export class OperationValues {
  readonly #variables: Variables;
  readonly #defaults = new Map<string, ValueNode>();

  /** @param variables none if they are not known; an empty object if there are none */
  constructor(operation: OperationDefinitionNode, variables: Variables) {
    this.#variables = variables;
    for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
      if (defaultValue) this.#defaults.set(variable.name.value, defaultValue);
    }
  }

  /** The value of a variable; `UNKNOWN` if variables are not known, `undefined` if it has none. */
  readonly variableOf = (name: string): unknown => {
    if (!this.#variables) return UNKNOWN;
    if (Object.hasOwn(this.#variables, name)) {
      const given = this.#variables[name];
      if (given !== undefined) return given;
    }
    const usual = this.#defaults.get(name);
    return usual && this.#valueOf(usual);
  };

  /** The arguments of a field by name, defaults of the schema filled in. What is unknown is left out. */
  argumentsOf(
    node: FieldNode,
    field: GraphQLField<unknown, unknown> | undefined,
  ): Readonly<Record<string, unknown>> {
    const values = Object.create(null) as Record<string, unknown>;
    for (const arg of field?.args ?? []) {
      const usual = defaultOf(arg);
      if (usual !== undefined) values[arg.name] = usual;
    }
    for (const { name, value } of node.arguments ?? []) {
      const given = this.#valueOf(value);
      if (given === UNKNOWN) delete values[name.value];
      else if (given !== undefined) values[name.value] = known(given);
    }
    return values;
  }

  /** How many items are asked for: a number, `UNKNOWN`, or nothing if no argument says it. */
  sizeOf(node: FieldNode, { field, size }: SizedField): number | typeof UNKNOWN | undefined {
    let largest: number | undefined;
    for (const path of size.slicingArguments ?? []) {
      const [name = '', ...inner] = path.split('.');
      const given = node.arguments?.find((argument) => argument.name.value === name)?.value;
      let value = given ? this.#valueOf(given) : undefined;
      const arg = field?.args.find((one) => one.name === name);
      if (value === undefined) value = arg && defaultOf(arg);
      let type: GraphQLInputType | undefined = arg?.type;
      for (const member of inner) {
        const of: GraphQLInputField | undefined = inputFieldOf(type, member);
        const written = memberOf(value, member);
        // Only where there is an object has it defaults.
        const isObject = typeof value === 'object' && value !== null;
        value = written === undefined && isObject && of ? defaultOf(of) : written;
        type = of?.type;
      }
      const wanted = wantedOf(value);
      if (wanted === UNKNOWN) return UNKNOWN;
      if (wanted !== undefined && wanted > (largest ?? 0)) largest = wanted;
    }
    return largest;
  }

  #valueOf(node: ValueNode): unknown {
    switch (node.kind) {
      case Kind.VARIABLE:
        return this.variableOf(node.name.value);
      case Kind.INT:
      case Kind.FLOAT:
        return Number(node.value);
      case Kind.NULL:
        return null;
      case Kind.LIST:
        return node.values.map((one) => this.#valueOf(one));
      case Kind.OBJECT: {
        const fields = Object.create(null) as Record<string, unknown>;
        for (const { name, value } of node.fields) fields[name.value] = this.#valueOf(value);
        return fields;
      }
      case Kind.STRING:
      case Kind.BOOLEAN:
      case Kind.ENUM:
        return node.value;
    }
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (value === UNKNOWN) return UNKNOWN;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** How many items a value asks for. 0, less, and what is no number say nothing: to many a source they mean all there is. */
function wantedOf(value: unknown): number | typeof UNKNOWN | undefined {
  if (value === UNKNOWN) return UNKNOWN;
  const isWritten = typeof value === 'string' && /^\d{1,20}$/.test(value);
  const number = isWritten || typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !(number > 0)) return undefined;
  return Math.min(Math.ceil(number), Number.MAX_SAFE_INTEGER);
}

function inputFieldOf(
  type: GraphQLInputType | undefined,
  name: string,
): GraphQLInputField | undefined {
  const named = type && getNamedType(type);
  return isInputObjectType(named) ? named.getFields()[name] : undefined;
}

/** The default of an argument or of a field of an input object, as graphql 16 and 17 keep it. */
function defaultOf(arg: GraphQLArgument | GraphQLInputField): unknown {
  if (arg.defaultValue !== undefined) return arg.defaultValue;
  const { default: usual } = arg as { readonly default?: { value?: unknown; literal?: ValueNode } };
  return usual?.literal ? valueFromASTUntyped(usual.literal) : usual?.value;
}

/** A value without what is unknown in it. */
function known(value: unknown): unknown {
  if (value === UNKNOWN) return undefined;
  if (Array.isArray(value)) return value.map(known);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== null) {
    return value;
  }
  const copy = Object.create(null) as Record<string, unknown>;
  for (const [name, one] of Object.entries(value)) copy[name] = known(one);
  return copy;
}

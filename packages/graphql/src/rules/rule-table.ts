/** RuleTable: rules by the fields that they are for, found once when the schema is built. */
import { suggestion } from '@interpose/kernel/options';
import { type GraphQLObjectType, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { UnknownFieldError } from '../errors.ts';
import type { FieldFacts } from '../field-facts.ts';

/** Rules by `Type.field`, `Type.*`, `*.field` or `*`; a type may be an interface, and means all types that implement it. */
export type Rules<R> = Readonly<Record<string, R>>;

/** The rules for one field, each kind by itself. Every list is empty where there is no such rule. */
export interface Found<R> {
  /** For just this field of its own type. */
  readonly exact: readonly R[];
  /** For just this field of interfaces of its type. */
  readonly inherited: readonly R[];
  /** For fields of this name. */
  readonly named: readonly R[];
  /** For all fields of its type or of its interfaces. */
  readonly whole: readonly R[];
  /** For everything. */
  readonly all: readonly R[];
}

/** A table of rules that have been checked. */
export class RuleTable<R> {
  readonly #rules: ReadonlyMap<string, R>;

  constructor(rules: ReadonlyMap<string, R>) {
    this.#rules = rules;
  }

  find({ type, field }: FieldFacts): Found<R> {
    const interfaces = type.getInterfaces().map(({ name }) => name);
    return {
      exact: this.#at([`${type.name}.${field.name}`]),
      inherited: this.#at(interfaces.map((name) => `${name}.${field.name}`)),
      named: this.#at([`*.${field.name}`]),
      whole: this.#at([type.name, ...interfaces].map((name) => `${name}.*`)),
      all: this.#at(['*']),
    };
  }

  #at(coordinates: readonly string[]): readonly R[] {
    return coordinates
      .filter((coordinate) => this.#rules.has(coordinate))
      .map((coordinate) => this.#rules.get(coordinate) as R);
  }

  /**
   * Checks that each rule is for something that there is: one for a field that is spelt differently would protect nothing.
   *
   * @throws UnknownFieldError that names the rule and what was probably meant
   */
  check(of: string, schema: GraphQLSchema): void {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => (isObjectType(type) || isInterfaceType(type)) && !type.name.startsWith('__'),
    ) as GraphQLObjectType[];
    const fields = new Map(types.map((type) => [type.name, Object.keys(type.getFields())]));
    for (const rule of this.#rules.keys()) {
      if (rule === '*') continue;
      const [typeName = '', fieldName = ''] = rule.split('.');
      const known = typeName === '*' ? [...fields.values()].flat() : fields.get(typeName);
      if (!known) {
        throw new UnknownFieldError(
          `${of} has a rule for "${rule}", and the schema has no type "${typeName}". ${suggestion(typeName, fields.keys())}`,
        );
      }
      if (fieldName === '*' || known.includes(fieldName)) continue;
      const where = typeName === '*' ? 'no type has' : `"${typeName}" has no`;
      throw new UnknownFieldError(
        `${of} has a rule for "${rule}", and ${where} field "${fieldName}". ${suggestion(fieldName, new Set(known))}`,
      );
    }
  }
}

/** Whether a text is of one of the forms that a rule may be for. */
export function isCoordinate(text: string): boolean {
  return text === '*' || /^(?:\*\.[_A-Za-z]\w*|[_A-Za-z]\w*\.(?:\*|[_A-Za-z]\w*))$/.test(text);
}

/** parseFilter: reads a filter of OData, by recursive descent; `or` binds less than `and`, `and` less than `not`. */
import type { Comparison, FilterNode, Operand, Path, TextFunction } from './filter-node.ts';
import { badQuery } from './odata-fault.ts';
import { type ParameterAliases, TokenCursor } from './token-cursor.ts';
import type { Literal } from './tokens.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);
const TEXT_FUNCTIONS: ReadonlySet<string> = new Set(['contains', 'startswith', 'endswith']);
const NAMESPACE = 'Microsoft.Dynamics.CRM.';

/** How deep a filter may be. */
const MOST_DEPTH = 100;

/**
 * Reads a filter.
 *
 * @throws DataverseFault for what is none, with the place
 */
export function parseFilter(text: string, aliases: ParameterAliases = new Map()): FilterNode {
  const parser = new FilterParser(text, aliases);
  return parser.whole();
}

class FilterParser {
  readonly #words: TokenCursor;
  /** The names that lambdas have for their records, the innermost one last. */
  readonly #variables: string[] = [];
  #depth = 0;

  constructor(text: string, aliases: ParameterAliases) {
    this.#words = new TokenCursor(text, aliases);
  }

  whole(): FilterNode {
    const node = this.#or();
    if (this.#words.peek().kind !== 'end') throw this.#words.unexpected('Syntax error');
    return node;
  }

  #or(): FilterNode {
    if (++this.#depth > MOST_DEPTH)
      throw badQuery('The recursion depth of the filter exceeded the allowed limit.');
    const parts = [this.#and()];
    while (this.#words.takeName('or')) parts.push(this.#and());
    this.#depth--;
    return parts.length === 1 ? (parts[0] as FilterNode) : { kind: 'or', parts };
  }

  #and(): FilterNode {
    const parts = [this.#not()];
    while (this.#words.takeName('and')) parts.push(this.#not());
    return parts.length === 1 ? (parts[0] as FilterNode) : { kind: 'and', parts };
  }

  #not(): FilterNode {
    let isNot = false;
    while (this.#words.takeName('not')) isNot = !isNot;
    const part = this.#primary();
    return isNot ? { kind: 'not', part } : part;
  }

  #primary(): FilterNode {
    if (this.#words.takeMark('(')) {
      const inner = this.#or();
      this.#words.expectMark(')', "')' or operator expected");
      return inner;
    }
    const start = this.#words.peek();
    if (start.kind !== 'name') return this.#comparison(this.#operand());
    const names = this.#words.names();
    if (!this.#words.takeMark('(')) return this.#comparison(this.#path(names, start.at));
    const name = names.at(-1) as string;
    if (name === 'any' || name === 'all') return this.#lambda(name, names.slice(0, -1), start.at);
    if (name.startsWith(NAMESPACE)) return this.#queryFunction(name, names.slice(0, -1), start.at);
    if (names.length === 1 && TEXT_FUNCTIONS.has(name))
      return this.#textFunction(name as TextFunction);
    throw badQuery(
      `An unknown function with name '${name}' was found. This may also be a function import or a key lookup on a navigation property, which is not allowed.`,
    );
  }

  #comparison(left: Operand): FilterNode {
    const token = this.#words.peek();
    if (token.kind === 'name' && COMPARISONS.has(token.text)) {
      const comparison = this.#words.name() as Comparison;
      return { kind: 'compare', comparison, left, right: this.#operand(), at: token.at };
    }
    if (left.kind !== 'path') throw this.#words.unexpected('Syntax error');
    // A property alone is one of two choices.
    const right: Operand = {
      kind: 'value',
      literal: { kind: 'boolean', value: true },
      at: left.at,
    };
    return { kind: 'compare', comparison: 'eq', left, right, at: left.at };
  }

  #operand(): Operand {
    const { kind, at } = this.#words.peek();
    if (kind === 'name') return this.#path(this.#words.names(), at);
    return { kind: 'value', literal: this.#words.literal(), at };
  }

  /** Inside of a lambda each path begins with the name that it has for its records. */
  #path(names: readonly string[], at: number): Path {
    const variable = this.#variables.at(-1);
    if (variable === undefined) return { kind: 'path', names, at };
    if (names[0] !== variable || names.length < 2) {
      throw badQuery(
        `'${names.join('/')}' does not begin with the range variable '${variable}' of the lambda in which it stands.`,
      );
    }
    return { kind: 'path', names: names.slice(1), at };
  }

  #lambda(test: 'any' | 'all', names: readonly string[], at: number): FilterNode {
    if (names.length === 0) throw this.#words.unexpected('Syntax error', at);
    const path = this.#path(names, at);
    if (test === 'any' && this.#words.takeMark(')'))
      return { kind: 'lambda', test, path, part: undefined };
    const variable = this.#words.name();
    this.#words.expectMark(':', "':' expected");
    this.#variables.push(variable);
    const part = this.#or();
    this.#variables.pop();
    this.#words.expectMark(')', "')' or operator expected");
    return { kind: 'lambda', test, path, part };
  }

  #textFunction(name: TextFunction): FilterNode {
    const { at } = this.#words.peek();
    const path = this.#path(this.#words.names(), at);
    this.#words.expectMark(',', "')' or ',' expected");
    const literal = this.#words.literal();
    this.#words.expectMark(')', "')' or ',' expected");
    return { kind: 'text', name, path, literal };
  }

  #queryFunction(fullName: string, through: readonly string[], at: number): FilterNode {
    const values = new Map<string, Literal>();
    while (!this.#words.takeMark(')')) {
      if (values.size) this.#words.expectMark(',', "')' or ',' expected");
      const name = this.#words.name();
      this.#words.expectMark('=', "'=' expected");
      values.set(name, this.#words.literal());
    }
    const inside = this.#variables.length
      ? this.#path([...through, ''], at).names.slice(0, -1)
      : through;
    return {
      kind: 'function',
      name: fullName.slice(NAMESPACE.length),
      through: inside,
      values,
      at,
    };
  }
}

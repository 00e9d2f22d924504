/** TokenCursor: goes through the words of an expression, one after the other. */
import { badQuery, badSyntax } from './odata-fault.ts';
import { type Literal, type Token, tokensOf } from './tokens.ts';

/** The values of parameter aliases, `@p1`, as they are written. */
export type ParameterAliases = ReadonlyMap<string, string>;

/** Goes through an expression. */
export class TokenCursor {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #aliases: ParameterAliases;
  #next = 0;

  constructor(text: string, aliases: ParameterAliases) {
    this.#text = text;
    this.#tokens = tokensOf(text);
    this.#aliases = aliases;
  }

  /** The next word. */
  peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  /** Goes on if a name comes, and tells whether it did. */
  takeName(text: string): boolean {
    return this.#take('name', text);
  }

  /** Goes on if a mark comes, and tells whether it did. */
  takeMark(text: string): boolean {
    return this.#take('mark', text);
  }

  /** @throws DataverseFault if another word than the mark comes */
  expectMark(mark: string, complaint: string): void {
    if (!this.takeMark(mark)) throw this.unexpected(complaint);
  }

  /** @throws DataverseFault if no name comes */
  name(): string {
    const token = this.peek();
    if (token.kind !== 'name') throw this.unexpected('Expression expected');
    this.#next++;
    return token.text;
  }

  /** Names with slashes between them. */
  names(): readonly string[] {
    const names: string[] = [];
    do names.push(this.name());
    while (this.takeMark('/'));
    return names;
  }

  /** @throws DataverseFault if neither a value nor the alias of one comes */
  literal(): Literal {
    const token = this.peek();
    if (token.kind !== 'literal' && token.kind !== 'alias') {
      throw this.unexpected('Expression expected');
    }
    this.#next++;
    return token.kind === 'literal' ? token.literal : aliasValue(token.text, this.#aliases);
  }

  /** What is wrong with the next word. */
  unexpected(what: string, at: number = this.peek().at): Error {
    return badSyntax(what, at, this.#text);
  }

  #take(kind: Token['kind'], text: string): boolean {
    const token = this.peek();
    if (token.kind !== kind || token.text !== text) return false;
    this.#next++;
    return true;
  }
}

/** One that nobody has set is empty. */
function aliasValue(name: string, aliases: ParameterAliases): Literal {
  const text = aliases.get(name);
  if (text === undefined) return { kind: 'null' };
  const [token, end] = tokensOf(text);
  if (token?.kind === 'literal' && end?.kind === 'end') return token.literal;
  throw badQuery(`The value '${text}' of the parameter alias '${name}' is not valid.`);
}

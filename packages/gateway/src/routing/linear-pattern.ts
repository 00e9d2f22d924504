/** LinearPattern: a regular expression whose time grows with the length of a value alone, whoever wrote it and whatever it is asked. */
import { PatternFault, type PatternPart, readPattern } from './pattern-syntax.ts';

/** Each character of a value costs so many steps at most. */
const MOST_STATES = 300;
/** Values of strangers that are longer than this are not looked at. */
const LONGEST_VALUE = 2048;

/** Tells whether a character, by its code, belongs to a class. */
class CharacterClass {
  readonly #low = new Uint8Array(256);
  readonly #pattern: RegExp;

  constructor(source: string) {
    this.#pattern = new RegExp(`^${source}$`);
    for (let code = 0; code < 256; code++) this.#low[code] = Number(this.#slow(code));
  }

  has(code: number): boolean {
    return code < 256 ? this.#low[code] === 1 : this.#slow(code);
  }

  #slow(code: number): boolean {
    return this.#pattern.test(String.fromCharCode(code));
  }
}

/** A state: it takes one character, or leads on without one. */
interface State {
  readonly takes: CharacterClass | undefined;
  /** Where it leads; the number of the last state is the end. */
  readonly to: number[];
}

/** A pattern that has to match a value as a whole. */
export class LinearPattern {
  readonly source: string;
  readonly #states: State[] = [];
  readonly #start: number;
  readonly #end: number;

  /** @throws PatternFault for what is no pattern, or could not be done in linear time */
  constructor(source: string) {
    this.source = source;
    const part = readPattern(source);
    this.#start = this.#state(undefined);
    const last = this.#build(part, this.#start);
    this.#end = this.#state(undefined);
    this.#join(last, this.#end);
  }

  /** True if the value is matched from its beginning to its end. */
  matches(value: string): boolean {
    if (value.length > LONGEST_VALUE) return false;
    const seen = new Int32Array(this.#states.length).fill(-1);
    let now: number[] = [];
    this.#enter(this.#start, now, { seen, step: 0 });
    for (let at = 0; at < value.length && now.length; at++) {
      const code = value.charCodeAt(at);
      const next: number[] = [];
      for (const index of now) {
        const { takes, to } = this.#states[index] as State;
        if (!takes?.has(code)) continue;
        for (const target of to) this.#enter(target, next, { seen, step: at + 1 });
      }
      now = next;
    }
    return seen[this.#end] === value.length;
  }

  /** Follows all that leads on without a character; each state once a step. */
  #enter(
    first: number,
    into: number[],
    { seen, step }: { readonly seen: Int32Array; readonly step: number },
  ): void {
    const open = [first];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen[index] === step) continue;
      seen[index] = step;
      const { takes, to } = this.#states[index] as State;
      if (takes) into.push(index);
      else open.push(...to);
    }
  }

  #state(takes: CharacterClass | undefined): number {
    if (this.#states.length >= MOST_STATES) throw new PatternFault('it is too large');
    return this.#states.push({ takes, to: [] }) - 1;
  }

  #join(from: number, to: number): void {
    this.#states[from]?.to.push(to);
  }

  /** Adds the states of a part behind one, and gives the one behind them. */
  #build(part: PatternPart, from: number): number {
    if (part.kind === 'one') {
      const taking = this.#state(new CharacterClass(part.source));
      this.#join(from, taking);
      const behind = this.#state(undefined);
      this.#join(taking, behind);
      return behind;
    }
    if (part.kind === 'row') return part.parts.reduce((at, one) => this.#build(one, at), from);
    const behind = this.#state(undefined);
    if (part.kind === 'choice') {
      for (const one of part.parts) this.#join(this.#build(one, this.#fresh(from)), behind);
      return behind;
    }
    let at = from;
    for (let times = 0; times < part.min; times++) at = this.#build(part.part, at);
    this.#join(at, behind);
    if (part.max === Infinity) {
      const again = this.#fresh(at);
      this.#join(this.#build(part.part, again), again);
      this.#join(again, behind);
    }
    for (let times = part.min; times < part.max && part.max !== Infinity; times++) {
      at = this.#build(part.part, at);
      this.#join(at, behind);
    }
    return behind;
  }

  /** A state of its own behind another, so that what is joined to it does not lead elsewhere. */
  #fresh(from: number): number {
    const state = this.#state(undefined);
    this.#join(from, state);
    return state;
  }
}

/** Account: what is kept of one middleware by its name, whichever pipelines it stands in: circuit and figures. */
import { REFUSED } from '../circuit-breaker/circuit.ts';
import type { MiddlewareCircuit } from './middleware-circuit.ts';
import type { MiddlewareRecord } from './middleware-record.ts';

/** What an account is opened with. */
export interface AccountParts {
  readonly name: string;
  readonly record: MiddlewareRecord;
  /** None: it is always let run. */
  readonly circuit: MiddlewareCircuit | undefined;
}

/** Charges a middleware with what it does. */
export class Account {
  readonly name: string;
  readonly record: MiddlewareRecord;
  readonly circuit: MiddlewareCircuit | undefined;
  /** Whoever calls it gets promises, and so must get its refusals. */
  givesPromises = false;

  constructor({ name, record, circuit }: AccountParts) {
    this.name = name;
    this.record = record;
    this.circuit = circuit;
  }

  /** Lets a run begin and gives the generation that it belongs to, or `REFUSED`. */
  admit(): number {
    return this.circuit ? this.circuit.admit() : REFUSED + 1;
  }

  /** A call goes past it. */
  skipped(): void {
    this.record.skipped++;
    this.circuit?.rejected();
  }

  /** A call is refused; gives what it is refused with. */
  refused(): Error | undefined {
    this.record.rejected++;
    this.circuit?.rejected();
    return this.circuit?.refusal();
  }

  succeeded(generation: number): void {
    this.circuit?.succeeded(generation);
  }

  failed(generation: number, error: unknown): void {
    this.circuit?.failed(generation, error);
  }

  ignored(generation: number): void {
    this.record.ignored++;
    this.circuit?.ignored(generation);
  }
}

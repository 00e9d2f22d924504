/** Instruction: an error that says to the host what to do, and is no failure of what was called. */

/**
 * The mark of an error that is an instruction. `'pass'`: nothing has failed, and no policy in between may count it, try it again or answer
 * in its place. `'final'`: a failure like any other, but one that is never tried again.
 */
export const INSTRUCTION: unique symbol = Symbol.for('interpose.instruction');

/** What an error says that bears the mark. */
export type Instruction = 'pass' | 'final';

/** What an error says to policies, if it says anything. */
export function instructionOf(error: unknown): Instruction | undefined {
  try {
    const said = (error as { readonly [INSTRUCTION]?: unknown } | null | undefined)?.[INSTRUCTION];
    return said === 'pass' || said === 'final' ? said : undefined;
  } catch {
    // An error that cannot be read is an error like any other.
    return undefined;
  }
}

/** Puts the mark on all errors of a class, also on one of others: what their word means to their host, policies cannot know. */
export function markInstruction(
  errorClass: { readonly prototype: Error },
  instruction: Instruction,
): void {
  Object.defineProperty(errorClass.prototype, INSTRUCTION, {
    value: instruction,
    configurable: true,
  });
}

/** True for an error that is to reach the host as it is. */
export function passes(error: unknown): boolean {
  return instructionOf(error) === 'pass';
}

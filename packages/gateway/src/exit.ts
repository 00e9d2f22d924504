/** ExitSignal: leaves a handler whose request is over. */

/** Thrown by `ctx.exit()`; whoever catches it can hand it on, but cannot undo the exit. */
export class ExitSignal extends Error {
  /** One for all, so that an exit costs no stack trace. */
  static readonly instance: ExitSignal = new ExitSignal('The request has been ended');
  override readonly name: string = 'ExitSignal';
}

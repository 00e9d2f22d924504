/** nameOf: what a call is called in logs, metrics and traces. */

/** The name given, else the `funcName` of the context, else `unknown`. */
export function nameOf(ctx: unknown, given: string | undefined): string {
  if (given !== undefined) return given;
  const { funcName } = (ctx ?? {}) as { readonly funcName?: unknown };
  return typeof funcName === 'string' && funcName !== '' ? funcName : 'unknown';
}

/** headerOf: a header of whatever kind of request a context stands for. */

/** The header of a context that has `headers`, as a record with names in lower case or as web `Headers`; `undefined` if there is none. */
export function headerOf(ctx: unknown, name: string): string | undefined {
  const { headers } = (ctx ?? {}) as { readonly headers?: unknown };
  if (typeof headers !== 'object' || headers === null) return undefined;
  const value: unknown =
    headers instanceof Headers ? headers.get(name) : headers[name as keyof typeof headers];
  return typeof value === 'string' ? value : undefined;
}

/** Origin: whether an error is one that came from further in, or says that it was caused by one. */

/** A chain of causes longer than this is not followed to its end. */
const DEEPEST = 16;

/** True where an error is one of others, or has one of them among its causes or, if it stands for several, among these. */
export function comesFrom(error: unknown, others: readonly unknown[], depth = 0): boolean {
  if (others.includes(error)) return true;
  if (!(error instanceof Error) || depth >= DEEPEST) return false;
  if (error.cause !== undefined && comesFrom(error.cause, others, depth + 1)) return true;
  const { errors } = error as { readonly errors?: unknown };
  return Array.isArray(errors) && errors.some((one: unknown) => comesFrom(one, others, depth + 1));
}

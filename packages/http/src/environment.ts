/** The environment of the process, wherever there is one. */

/** Variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Host {
  readonly process?: { readonly env?: Environment };
}

/** The variables of the process; none where there is no process. */
export function processEnvironment(): Environment {
  return (globalThis as Host).process?.env ?? {};
}

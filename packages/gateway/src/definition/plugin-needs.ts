/** Needs: which plugins have to run before or after another one, by names that the compiler knows. */

/** The names of the plugins that come along. */
export const STANDARD_NAMES = [
  'exception-boundary',
  'trusted-proxies',
  'request-id',
  'trace-context',
  'server-timing',
  'http-events',
  'detect-disconnect',
  'secure-headers',
  'ip-block',
  'ip-restriction',
  'suspicious-paths',
  'cors',
  'csrf',
  'trailing-slash',
  'method-override',
  'session-cookie',
  'key-auth',
  'api-key',
  'basic-auth',
  'bearer-auth',
  'jwt',
  'client-certificate',
  'acl',
  'rate-limit',
  'body-limit',
  'decompress',
  'content-negotiation',
  'request-transform',
  'response-transform',
  'timeout',
  'idempotency-key',
  'response-cache',
  'conditional-requests',
  'compress',
  'access-log',
] as const;

/** The name of a plugin that comes along. */
export type StandardName = (typeof STANDARD_NAMES)[number];

/** One name or several. */
export type Names<Name extends string = string> = Name | readonly Name[];

/**
 * Which plugins have to be there, and where. Needs move nothing: places follow from priorities, and a place that contradicts a need is an
 * error when the gateway starts, when its config is read, and when another config comes.
 */
export interface Needs<Name extends string = string> {
  /** The plugins that have to run before this one, in each phase that both take part in. */
  readonly after?: Names<Name>;
  /** The plugins that have to run after this one, in each phase that both take part in. */
  readonly before?: Names<Name>;
}

/** A plugin by its name, if it comes along, or by its definition. */
export type NeededPlugin = StandardName | { readonly name: string };

/** Needs as `definePlugin` takes them: a name that does not come along is known by its definition. */
export interface PluginNeeds {
  /** The plugins that have to run before this one, in each phase that both take part in. */
  readonly after?: NeededPlugin | readonly NeededPlugin[];
  /** The plugins that have to run after this one, in each phase that both take part in. */
  readonly before?: NeededPlugin | readonly NeededPlugin[];
}

/** Needs by names alone, without those that are not said. */
export function needsOf({ after, before }: PluginNeeds | Needs): Needs {
  return {
    ...(after !== undefined && { after: namesOf(after) }),
    ...(before !== undefined && { before: namesOf(before) }),
  };
}

type Named = string | { readonly name: string };

/** The names of one or several plugins. */
export function namesOf(needed: Named | readonly Named[] = []): readonly string[] {
  const nameOf = (one: Named): string => (typeof one === 'string' ? one : one.name);
  return isList(needed) ? needed.map(nameOf) : [nameOf(needed)];
}

const isList = (needed: Named | readonly Named[]): needed is readonly Named[] =>
  Array.isArray(needed);

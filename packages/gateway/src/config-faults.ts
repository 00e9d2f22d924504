/** Finds what in a config does not fit together, all of it at once. */
import { nearest } from '@interpose/kernel/options';
import { InvalidConfigError } from './errors.ts';
import type { GatewayConfig, RouteConfig } from './gateway-config.ts';
import { answersOf, upstreamsOf } from './routing/route-answer.ts';

/** Collects errors, so that nobody has to mend a config one error a start. */
export class Faults {
  readonly errors: Error[] = [];

  add(error: Error): void {
    this.errors.push(error);
  }

  /** What `make` gives, or nothing if it throws. */
  try<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (error) {
      this.add(error as Error);
      return undefined;
    }
  }
}

/** An error for a name that nothing has, with the one that was probably meant. */
export function unknownName(
  kind: string,
  name: string,
  known: readonly string[],
): InvalidConfigError {
  const near = nearest(name, known);
  const hint = near ? `Did you mean "${near}"?` : `Known: ${known.join(', ') || 'none'}.`;
  return new InvalidConfigError(`Unknown ${kind} "${name}". ${hint}`);
}

/** What code has for the routes of a config. */
interface InCode {
  readonly routes?: Readonly<Record<string, unknown>>;
  readonly handlers?: Readonly<Record<string, unknown>>;
}

/** What in the routes contradicts itself or names what there is not. */
export function configFaults(
  { routes, upstreams }: GatewayConfig,
  { routes: inCode = {}, handlers = {} }: InCode,
): InvalidConfigError[] {
  const names = routes.map(({ name }) => name);
  return [
    ...routes.flatMap((route) => [
      ...answerFaults(route),
      ...upstreamsOf(route)
        .filter((upstream) => !Object.hasOwn(upstreams, upstream))
        .map((upstream) =>
          unknownName(`upstream of route "${route.name}"`, upstream, Object.keys(upstreams)),
        ),
      ...(route.handler === undefined || Object.hasOwn(handlers, route.handler)
        ? []
        : [unknownName(`handler of route "${route.name}"`, route.handler, Object.keys(handlers))]),
    ]),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => new InvalidConfigError(`There is more than one route "${name}".`)),
    ...Object.keys(inCode)
      .filter((name) => !names.includes(name))
      .map((name) => unknownName('route', name, names)),
  ];
}

function answerFaults(route: RouteConfig): InvalidConfigError[] {
  const answers = answersOf(route);
  if (answers.length === 1) return [];
  const got = answers.length ? answers.join(' and ') : 'none';
  return [
    new InvalidConfigError(
      `Route "${route.name}" must have one of upstream, split, handler, redirect and respond, got ${got}.`,
    ),
  ];
}

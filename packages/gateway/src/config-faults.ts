/** Finds what in a config does not fit together, all of it at once. */
import { nearest } from '@interpose/kernel/options';
import { InvalidConfigError } from './errors.ts';
import type { GatewayConfig } from './gateway-config.ts';

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

/** What in the routes contradicts itself or names what there is not. */
export function configFaults(
  { routes, upstreams }: GatewayConfig,
  inCode: readonly string[],
): InvalidConfigError[] {
  const names = routes.map(({ name }) => name);
  return [
    ...routes.flatMap(({ name, upstream, respond }) => {
      if ((upstream === undefined) === (respond === undefined)) {
        return [
          new InvalidConfigError(`Route "${name}" must have either an upstream or a fixed answer.`),
        ];
      }
      return upstream === undefined || Object.hasOwn(upstreams, upstream)
        ? []
        : [unknownName(`upstream of route "${name}"`, upstream, Object.keys(upstreams))];
    }),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => new InvalidConfigError(`There is more than one route "${name}".`)),
    ...inCode
      .filter((name) => !names.includes(name))
      .map((name) => unknownName('route', name, names)),
  ];
}

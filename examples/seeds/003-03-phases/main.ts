/** The phases: there are exactly five, in the order in which a request meets them, and the compiler knows them by name. */
import { pathToFileURL } from 'node:url';
import { createRegistry, isPhase, type PhaseName, PHASES, phaseOf } from '@interpose/gateway';

/** The set of the seed: true for each phase, by the names that it has there. */
export const VALID: Readonly<
  Record<'access' | 'content' | 'header_filter' | 'body_filter' | 'log', boolean>
> = {
  access: isPhase('access'),
  content: isPhase('content'),
  header_filter: isPhase('header_filter'),
  body_filter: isPhase('body_filter'),
  log: isPhase('log'),
};

/** Tries to put a middleware into a phase; gives what it is told. */
export function register(phase: PhaseName): string {
  try {
    createRegistry().use({ name: 'example', phase, handle: () => true });
    return 'registered';
  } catch (error) {
    return (error as Error).message;
  }
}

/** The five, and a sixth that there is not. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  for (const [name, isValid] of Object.entries(VALID)) {
    print(`${name}: ${isValid}, here also called ${phaseOf(name)}`);
  }
  print(`in the order of a request: ${PHASES.join(', ')}`);
  print(`log: ${register('log')}`);
  // A program that is not checked by the compiler might ask for it.
  print(`rewrite: ${register('rewrite' as PhaseName)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

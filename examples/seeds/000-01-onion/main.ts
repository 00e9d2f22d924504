/** The onion: middleware round a function run in the order of the list on the way in, and in reverse on the way out. */
import { pathToFileURL } from 'node:url';
import { type Policy, wrap } from '@interpose/kernel';

/** Says when it is entered and when it is left. Your own code goes where it writes. */
export function step(name: string, write: (line: string) => void): Policy {
  return async (ctx, next) => {
    write(`${name} (before)`);
    try {
      return await next(ctx);
    } finally {
      write(`${name} (after)`);
    }
  };
}

/** A function with three middleware round it. Callers see the function alone: same name, same parameters. */
export function makeGreet(write: (line: string) => void): (name: string) => Promise<string> {
  async function greet(name: string): Promise<string> {
    write('greet');
    return `Hello, ${name}!`;
  }
  return wrap(
    greet,
    step('middleware a', write), // outermost: first in, last out
    step('middleware b', write),
    step('middleware c', write), // innermost: last in, first out
  );
}

/** Calls it once and prints who ran when. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  let count = 0;
  const greet = makeGreet((line) => print(`${++count}. ${line}`));
  print(await greet('Ada'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

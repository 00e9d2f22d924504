/** A middleware for a single phase: one object with its name, its phase, its state and its handler; `true` lets the request go on. */
import { pathToFileURL } from 'node:url';
import { type MiddlewareInput, STATES } from '@interpose/gateway';
import { testPlugin } from '@interpose/gateway/testing';

/** The middleware of the seed, which tells each time that it has run. */
export function makeExample(seen: (phase: string) => void): MiddlewareInput {
  return {
    name: 'example',
    phase: 'access',
    state: STATES.ACTIVE,
    handle(ctx) {
      seen(ctx.phase);
      return true;
    },
  };
}

/** One request, with it and without it. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const example = makeExample((phase) => print(`example runs in ${phase}`));
  await using tested = await testPlugin(example);
  const answer = await tested.send();
  print(`the request goes on: ${answer.status} ${answer.text}`);
  tested.gateway.registry.setState('example', STATES.DISABLED);
  print(`switched off: ${(await tested.send()).status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

/** The context of a request: what access has written, log reads; another request has a context of its own. */
import { pathToFileURL } from 'node:url';
import { definePlugin, type PluginDefinition, type PluginParts } from '@interpose/gateway';
import { memoryGateway, type MemoryGateway } from '@interpose/gateway/testing';
import { type FakeClock, fakeClock } from '@interpose/testing';

/** What the two phases share; the compiler knows it in both. */
interface Timed {
  requestStart: number;
}

/** Logs how long each request took. */
export const duration: PluginDefinition = definePlugin({
  name: 'duration',
  description: 'Logs how long each request took.',
  options: {},
  create: (_options, { clock }): PluginParts<Timed> => ({
    access: {
      handle(ctx) {
        ctx.state.requestStart = clock.now();
      },
    },
    log: {
      handle(ctx) {
        const seconds = (clock.now() - ctx.state.requestStart) / 1000;
        ctx.logger.info({ message: `Request duration: ${seconds}` });
      },
    },
  }),
});

/** A gateway in which each request takes as many milliseconds as its path says. */
export function start(clock: FakeClock): Promise<MemoryGateway> {
  const work = definePlugin({
    name: 'work',
    description: 'Takes its time.',
    options: {},
    create: () => ({
      content: {
        async handle(ctx) {
          const ms = Number(ctx.path.slice(1));
          await new Promise<void>((resolve) => void clock.setTimer(resolve, ms));
          ctx.response.body = 'done';
        },
      },
    }),
  });
  const uses = [duration, work].map(({ name }) => ({ name, options: {} }));
  const respond = { status: 404 };
  const routes = [{ name: 'all', path: '/*', plugins: uses, respond }];
  return memoryGateway({ routes }, { definitions: [duration, work], clock });
}

/** Two requests that overlap. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const clock = fakeClock();
  await using gateway = await start(clock);
  const slow = gateway.send({ path: '/300' });
  const quick = gateway.send({ path: '/20' });
  await clock.advance(300);
  await Promise.all([slow, quick]);
  for (const message of gateway.logger.messages('info')) print(String(message));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

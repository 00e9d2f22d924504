/** Tests of warnings: whoever changes the head of an answer when it may have been sent is told so in the log. */
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import type { GatewayContext } from '../context.ts';
import { PHASES, type Phase } from '../phases.ts';
import type { PluginParts } from '../definition/plugin.ts';

const start = async (parts: PluginParts) => {
  const started = await startGateway({
    routes: [routeOf({ respond: { status: 200, body: 'x' } })],
  });
  started.gateway.registry.add(parts, { name: 'late' });
  const ask = async (): Promise<void> => {
    await send(started.url);
    await started.ended();
  };
  return { ...started, ask };
};
const warning = (phase: Phase): string =>
  `Middleware late changes the status or a header in ${phase}, when they may have been sent; do it in headerFilter`;
const change = (ctx: GatewayContext): void => ctx.response.headers.set('X-Late', '1');

describe('a header that is set', () => {
  test.each(PHASES)('G-190 in %s is warned of where it is too late, once', async (phase) => {
    const { logger, ask } = await start({ [phase]: { handle: change } });
    await ask();
    await ask();
    const isLate = phase === 'bodyFilter' || phase === 'log';
    expect(logger.messages('warn')).toEqual(isLate ? [warning(phase)] : []);
  });

  test('G-190 after a wait is warned of, too', async () => {
    const { logger, ask } = await start({
      log: {
        async handle(ctx) {
          await Promise.resolve();
          ctx.response.headers.delete('Content-Length');
          change(ctx);
        },
      },
    });
    await ask();
    expect(logger.entries.filter(({ level }) => level === 'warn')).toMatchObject([
      { message: warning('log'), phase: 'log', requestId: expect.any(String) },
    ]);
  });

  test('G-190 so is a status', async () => {
    const { logger, ask } = await start({
      log: { handle: (ctx) => void (ctx.response.status = 500) },
    });
    await ask();
    expect(logger.messages('warn')).toEqual([warning('log')]);
  });

  test('a filter that only reads, and gives another body, is not warned of', async () => {
    const { logger, ask } = await start({
      bodyFilter: { handle: (ctx) => `${ctx.response.status}` },
      log: { handle: (ctx) => void ctx.response.headers.get('x') },
    });
    await ask();
    expect(logger.messages('warn')).toEqual([]);
  });
});

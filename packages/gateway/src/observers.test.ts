/** Tests of those who look on. */
import { expect, test } from 'vitest';
import { memoryLogger, routeOf, send, sendRaw, startGateway } from '../test-kit/loopback.ts';
import type { GatewayObserver } from './observer.ts';

const routes = [routeOf({ respond: { status: 200, body: 'ok' } })];

/** An observer that takes down what it is told. */
function watching() {
  const told: string[] = [];
  const observer: GatewayObserver = {
    requestStarted: ({ path }) => void told.push(`started ${path}`),
    requestEnded: ({ path, outcome }) => void told.push(`ended ${path} ${outcome?.status}`),
    reloaded: () => void told.push('reloaded'),
  };
  return { told, observer };
}

test('one who comes later is told from then on, until he leaves', async () => {
  const { told, observer } = watching();
  const { url, gateway, ended } = await startGateway({ routes });
  await send(`${url}/before`);
  await ended();
  const leave = gateway.observe(observer);
  await send(`${url}/while`);
  await ended();
  await gateway.reload({ ...gateway.config });
  leave();
  await send(`${url}/after`);
  await ended();
  expect(told).toEqual(['started /while', 'ended /while 200', 'reloaded']);
});

test('one who leaves while the others are told keeps none of them from being told', async () => {
  const { told, observer } = watching();
  const { url, gateway, ended } = await startGateway({ routes });
  const leave = gateway.observe({ requestStarted: () => leave() });
  gateway.observe(observer);
  await send(`${url}/a`);
  await ended();
  await send(`${url}/b`);
  await ended();
  expect(told).toEqual(['started /a', 'ended /a 200', 'started /b', 'ended /b 200']);
});

test('those who throw, now or later, are written to the log and ignored', async () => {
  const logger = memoryLogger();
  const { told, observer } = watching();
  const { url, ended, gateway } = await startGateway(
    { routes },
    {
      logger,
      observers: [
        {
          requestStarted: () => {
            throw new Error('blind');
          },
          // An async one fits the type, as nobody looks at what it returns.
          requestEnded: (() => Promise.reject(new Error('asleep'))) as () => void,
          reloaded: () => {
            throw new Error('lost');
          },
        },
        observer,
      ],
    },
  );
  expect((await send(url)).text).toBe('ok');
  await ended();
  await gateway.reload({ ...gateway.config });
  expect(told).toEqual(['started /', 'ended / 200', 'reloaded']);
  expect(logger.messages('error')).toEqual([
    'An observer failed: blind',
    'An observer failed: asleep',
    'An observer failed: lost',
  ]);
});

test('each request that ends has been started, also one that nobody could read', async () => {
  const { told, observer } = watching();
  const { port, ended, gateway } = await startGateway({ routes }, { observers: [observer] });
  await sendRaw(port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
  await ended();
  expect(told.map((one) => one.split(' ')[0])).toEqual(['started', 'ended']);
  expect(gateway.statistics.active).toBe(0);
  expect(gateway.statistics.total.requests).toBe(1);
});

/** What takes exchanges: our app, with one middleware of the seed, with all of them or with many routes, and code by hand. */
import { createApp, type App } from '@interpose/http';
import type { Exchange } from '@interpose/wire';
import type { Asked } from '../processes/case.ts';
import type { Bench } from '../suite.ts';
import type { FakeExchange } from './fake-exchange.ts';
import { type LayerName, layers } from './seed-layers.ts';
import { answerOf, ROUTES } from './two-hundred-routes.ts';

const benchOf = (handle: (exchange: Exchange) => void): Bench => ({
  calls: [
    (exchange) => {
      handle(exchange as Exchange);
      return exchange;
    },
  ],
  answerOf: (exchange) => (exchange as FakeExchange).said,
});

function helloBehind(names: readonly LayerName[]): App {
  const app = createApp();
  for (const name of names) layers[name](app);
  return app.get('/hello', () => ({ hello: 'world' }));
}

/** One route behind some of the seed's middleware. */
export const hello = (...names: readonly LayerName[]): Bench => benchOf(helloBehind(names).handle);

/** One route behind all of them. */
export const stack = (): Bench => hello(...(Object.keys(layers) as LayerName[]));

/** 200 routes. */
export function routes(): Bench {
  const app = createApp();
  for (const { method, path, index } of ROUTES) {
    app[method](path, ({ params }) => answerOf(index, params));
  }
  return benchOf(app.handle);
}

/** The least that answers: on the exchange itself, and with the answers found by the whole path. */
export function byHand(asked: readonly Asked[]): Bench {
  const answers = new Map(
    asked.map(({ path, answer }) => [path, JSON.parse(answer as string) as object]),
  );
  return benchOf((exchange) => {
    const answer = answers.get(exchange.target);
    if (answer) exchange.answer(200, ['Content-Type', 'application/json'], JSON.stringify(answer));
    else exchange.answer(404, []);
  });
}

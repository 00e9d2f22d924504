/** Ours with 200 routes. */
import { createApp } from '@interpose/http';
import { announcePort } from '../../processes/announce.ts';
import { answerOf, ROUTES } from '../two-hundred-routes.ts';

const app = createApp();
for (const { method, path, index } of ROUTES) {
  app[method](path, ({ params }) => answerOf(index, params));
}
announcePort((await app.serve()).port);

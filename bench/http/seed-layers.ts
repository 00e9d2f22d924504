/** The seed's four middleware, each as the full stack has it. */
import type { App } from '@interpose/http';
import { apiKey } from '@interpose/http/middleware/api-key';
import { cors } from '@interpose/http/middleware/cors';
import { detectDisconnect } from '@interpose/http/middleware/detect-disconnect';
import { httpEvents } from '@interpose/http/middleware/http-events';
import { KEY, KEY_HEADER, ORIGIN } from './seed-stack.ts';

/** Each puts one middleware on an app; in the order of the seed. */
export const layers = {
  detectDisconnect: (app: App) => void app.use(detectDisconnect()),
  httpEvents: (app: App) => void app.use(httpEvents()),
  cors: (app: App) => void app.use(cors({ origins: [ORIGIN] })),
  apiKey: (app: App) => void app.use(apiKey({ name: KEY_HEADER, keys: KEY })),
};

/** Which of them. */
export type LayerName = keyof typeof layers;

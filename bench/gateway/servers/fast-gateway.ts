/** fast-gateway with the six things as its middleware, by hand. */
import gateway from 'fast-gateway';
import { announce } from '../../processes/announce.ts';
import { sixThings } from './node-functions.ts';

const upstream = new URL(process.argv[2] ?? '');

const app = gateway({
  middlewares: [sixThings],
  routes: [{ prefix: '', target: upstream.origin, proxyConfig: { maxSockets: 64 } }],
} as never) as unknown as {
  start(port: number, host: string): Promise<Parameters<typeof announce>[0]>;
};
announce(await app.start(0, '127.0.0.1'));

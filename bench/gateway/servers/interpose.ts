/** Our gateway with the six things, and in some variants with more to look through. */
import { setFlagsFromString } from 'node:v8';
import { createGateway, readConfig, standardPlugins } from '@interpose/gateway';
import { announcePort } from '../../processes/announce.ts';
import { BLOCKED, CONSUMER, KEY, KEY_HEADER, LIMIT, LOG_FILE } from '../six-things.ts';

/** What there is more than in the plain one. */
export type Variant =
  | 'plain'
  | '10 more routes'
  | '1,000 more routes'
  | '1,000 more blocked ranges';

// As the command does for its gateway.
setFlagsFromString('--no-allocation-site-pretenuring');

const [, , upstream = '', variant = 'plain'] = process.argv;

const more = (count: number, make: (at: number) => unknown): unknown[] =>
  Array.from({ length: count }, (_, at) => make(at));

const routes = (count: number): unknown[] =>
  more(count, (at) => ({ name: `more-${at}`, path: `/more/${at}/:id/*`, upstream: 'origin' }));

const ranges = (count: number): string[] =>
  more(count, (at) => `10.${at >> 8}.${at & 255}.0/24`) as string[];

const config = {
  listen: { host: '127.0.0.1', port: 0 },
  upstreams: { origin: { url: upstream } },
  plugins: [
    // The line of the access log has the id as well.
    { 'request-id': { log: false } },
    { 'ip-block': { blocked: [...BLOCKED, ...ranges(variant.endsWith('ranges') ? 1000 : 0)] } },
    { 'key-auth': { header: KEY_HEADER, keys: { [CONSUMER]: KEY } } },
    { 'rate-limit': { limit: LIMIT } },
    { 'access-log': { file: LOG_FILE } },
  ],
  routes: [
    { name: 'all', path: '/*', upstream: 'origin' },
    ...routes(variant === '10 more routes' ? 10 : variant === '1,000 more routes' ? 1000 : 0),
  ],
};

const { config: read, problems } = readConfig(JSON.stringify(config), {
  file: 'gateway.json',
  plugins: standardPlugins,
});
if (!read) throw new Error(problems.map(({ message }) => message).join('\n'));
const gateway = createGateway(read);
announcePort((await gateway.listen()).port);

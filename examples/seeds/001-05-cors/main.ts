/** CORS with the lists of the seed, for a request and for a preflight; and why any origin never gets credentials. */
import { pathToFileURL } from 'node:url';
import { createApp } from '@interpose/http';
import { cors } from '@interpose/http/middleware/cors';
import { testClient, type TestRequests } from '@interpose/http/testing';

const HEADERS = ['Content-Type', 'X-Requested-With', 'Origin', 'Accept', 'Authorization'];

/** A client of an app that pages of these origins may call. */
export function makeClient(
  origins: readonly string[],
  onWarning: (warning: string) => void,
): TestRequests {
  const app = createApp()
    .use(
      cors({
        origins,
        credentials: true,
        methods: ['GET', 'POST', 'HEAD'],
        headers: HEADERS,
        exposeHeaders: HEADERS,
        onWarning,
      }),
    )
    .get('/', () => 'ok');
  return testClient(app);
}

/** The headers of CORS in an answer. */
export function corsHeaders(answer: Response): Record<string, string> {
  return Object.fromEntries([...answer.headers].filter(([name]) => /^access-|^vary/.test(name)));
}

/** A request and a preflight, first where any origin may call, then where one may. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const Origin = 'http://example.com';
  for (const origins of [['*'], ['http://example.com']]) {
    const client = makeClient(origins, (warning) => print(`warning: ${warning}`));
    const answers = [
      await client.get('/', { headers: { Origin } }),
      await client.options('/', {
        headers: { Origin, 'Access-Control-Request-Method': 'POST' },
      }),
    ];
    for (const answer of answers) {
      print(`${answer.status}`);
      for (const [name, value] of Object.entries(corsHeaders(answer))) print(`  ${name}: ${value}`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

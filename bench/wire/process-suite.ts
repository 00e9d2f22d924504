/** The suite of the engine: what a request costs a whole server process, beside other servers and other proxies. */
import { BEST_ON_NODE, type Asked, type Case, type ProcessSuite } from '../processes/case.ts';
import { launchUpstream, proxies, servers } from './contenders.ts';
import { contentOf, SIZES } from './servers/nginx-upstream.ts';

/** Everything here answers with JSON. */
const json = (asked: Asked): Asked => ({
  ...asked,
  answerHeaders: { 'content-type': /^application\/json\b/ },
});

const HELLO = json({ path: '/hello', answer: '{"hello":"world"}' });

/** What reaches the upstream through a proxy. */
const SEEN = json({
  path: '/seen',
  answer: ({ upstreamPort }) =>
    JSON.stringify({ host: `127.0.0.1:${upstreamPort}`, forwardedFor: '127.0.0.1' }),
});

/** What a browser sends; with the host, twelve. */
const BROWSER: readonly string[] = [
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: en-GB,en;q=0.7,de;q=0.3',
  'Accept-Encoding: gzip, deflate, br',
  'Referer: https://shop.example.com/catalogue/chairs?page=2',
  'Cookie: session=8f14e45fceea167a5a36dedd4bea2543; theme=dark; consent=1',
  'Upgrade-Insecure-Requests: 1',
  'Sec-Fetch-Dest: document',
  'Sec-Fetch-Mode: navigate',
  'Sec-Fetch-Site: same-origin',
  'Cache-Control: max-age=0',
];

type Part = Pick<Case, 'name' | 'asked'> & Partial<Case>;

const serving = (part: Part): Case => ({
  kind: 'capacity',
  contenders: servers,
  connections: 64,
  targets: [],
  ...part,
});

const proxying = (path: string, part: Omit<Part, 'asked'>): Case => ({
  kind: 'capacity',
  contenders: proxies,
  connections: 64,
  targets: [],
  asked: [json({ path, answer: contentOf(SIZES[path] ?? NaN) })],
  alsoAsked: [SEEN],
  // The upstream takes its share of the load's core.
  mostPerSecond: 15_000,
  ...part,
});

const posting = (name: string, postBytes: number): Case =>
  serving({
    name,
    asked: [
      json({ path: '/length', body: 'x'.repeat(postBytes), answer: `{"length":${postBytes}}` }),
    ],
  });

/** CPU time, memory and latency of servers and proxies on one core. */
export const processSuite: ProcessSuite = {
  name: 'wire',
  programs: ['nginx', 'nginx-lua', 'haproxy'],
  upstream: launchUpstream,
  cases: [
    serving({
      name: 'hello',
      asked: [HELLO],
      targets: [{ figure: 'CPU', of: 'node:http', atMost: 0.55 }],
    }),
    serving({
      name: 'hello at half load',
      kind: 'half load',
      asked: [HELLO],
      targets: [{ figure: 'p99', of: BEST_ON_NODE, atMost: 1 }],
    }),
    serving({
      name: 'hello, 12 headers',
      asked: [{ ...HELLO, headers: BROWSER }],
    }),
    posting('post 1 KB', 1024),
    posting('post 64 KB', 64 * 1024),
    proxying('/1k', {
      name: 'proxied 1 KB',
      targets: [
        { figure: 'CPU', of: 'nginx', atMost: 1.9 },
        { figure: 'CPU', of: 'undici dispatch', atMost: 0.4 },
      ],
    }),
    proxying('/1k', {
      name: 'proxied 1 KB at half load',
      kind: 'half load',
      targets: [
        { figure: 'p99', of: BEST_ON_NODE, atMost: 1 },
        { figure: 'p99', of: 'nginx with Lua', atMost: 2 },
      ],
    }),
    proxying('/64k', {
      name: 'proxied 64 KB',
      connections: 16,
      targets: [{ figure: 'CPU', of: 'nginx', atMost: 2.6 }],
    }),
    proxying('/1m', {
      name: 'proxied 1 MB',
      connections: 16,
      targets: [{ figure: 'CPU', of: 'nginx', atMost: 2 }],
    }),
  ],
};

/** The suite of the engine: what a request costs a whole server process, beside other servers and other proxies. */
import { type Contender, proxies, servers } from './contenders.ts';
import { contentOf, SIZES } from './servers/nginx-upstream.ts';
import type { Request } from './wrk.ts';

/** What a figure of ours must keep. */
export interface Target {
  readonly figure: 'CPU' | 'p99';
  /** A contender by name, or the best of the peers that run on Node. */
  readonly of: string;
  /** Our figure is at most this many of theirs. */
  readonly atMost: number;
}

/** Things that do the same work. */
export interface Case {
  readonly name: string;
  /** `capacity`: as much as it takes, paired with the reference. `half load`: at half of that, at a fixed rate. */
  readonly kind: 'capacity' | 'half load';
  /** The first is the reference. */
  readonly contenders: readonly Contender[];
  readonly request: Request;
  /** The body of every right answer. */
  readonly answer: string;
  /** They hand requests on to an upstream. */
  readonly proxied: boolean;
  readonly connections: number;
  readonly targets: readonly Target[];
}

/** The best of the peers that run on Node, as a target names it. */
export const BEST_ON_NODE = 'the best on Node';

const HELLO = { request: { path: '/hello' }, answer: '{"hello":"world"}' };

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

type Part = Pick<Case, 'name' | 'request' | 'answer'> & Partial<Case>;

const serving = (part: Part): Case => ({
  kind: 'capacity',
  contenders: servers,
  proxied: false,
  connections: 64,
  targets: [],
  ...part,
});

const proxying = (path: string, part: Omit<Part, 'request' | 'answer'>): Case => ({
  kind: 'capacity',
  contenders: proxies,
  proxied: true,
  connections: 64,
  targets: [],
  request: { path },
  answer: contentOf(SIZES[path] ?? NaN),
  ...part,
});

const posting = (name: string, postBytes: number): Case =>
  serving({
    name,
    request: { path: '/length', postBytes },
    answer: `{"length":${postBytes}}`,
  });

/** CPU time, memory and latency of servers and proxies on one core. */
export const suite: { readonly name: string; readonly cases: readonly Case[] } = {
  name: 'wire',
  cases: [
    serving({
      name: 'hello',
      ...HELLO,
      targets: [{ figure: 'CPU', of: 'node:http', atMost: 0.55 }],
    }),
    serving({
      name: 'hello at half load',
      kind: 'half load',
      ...HELLO,
      targets: [{ figure: 'p99', of: BEST_ON_NODE, atMost: 1 }],
    }),
    serving({
      name: 'hello, 12 headers',
      request: { ...HELLO.request, headers: BROWSER },
      answer: HELLO.answer,
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

/** The command in-process: what it prints where, and its exit codes. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '@interpose/kernel/clock';
import { afterEach, describe, expect, test } from 'vitest';
import type { CommandIo, StopSignal } from './command-io.ts';
import { runCommand } from './run-command.ts';

const HELLO = `listen: { port: 0 }
plugins:
  - request-id
  - cors: { origins: ['https://app.example'] }
    state: disabled
  - access-log
routes:
  - name: hello
    path: /hello
    methods: [GET, POST]
    respond: { body: hello }
    plugins:
      - key-auth: { keys: { ada: "\${ADA_KEY:-hush-hush}" } }
        priority: 5
`;

/** A world with these files, and what was written into it. */
class World {
  out = '';
  err = '';
  now = 0;
  listeners = new Set<(signal: StopSignal) => void>();
  readonly io: CommandIo;
  /** The address of the gateway, once it listens. */
  readonly ready: Promise<string>;

  constructor(files: Readonly<Record<string, string | Uint8Array | Error>> = {}) {
    let ready: (url: string) => void;
    this.ready = new Promise((resolve) => {
      ready = resolve;
    });
    this.io = {
      out: (text) => void (this.out += text),
      err: (text) => void (this.err += text),
      environment: {},
      async readFile(path) {
        const file = files[path] ?? Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
        if (file instanceof Error) throw file;
        return typeof file === 'string' ? new TextEncoder().encode(file) : file;
      },
      onStopSignal: (listener) => {
        this.listeners.add(listener);
        return () => void this.listeners.delete(listener);
      },
      clock: { ...systemClock, now: () => this.now },
      ready: (url) => ready(url),
    };
  }

  run(...argv: string[]): Promise<number> {
    return runCommand(argv, this.io);
  }

  signal(signal: StopSignal): void {
    for (const listener of this.listeners) listener(signal);
  }
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(handler: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(handler);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

describe('help and usage', () => {
  test.each([
    [['--help'], 'Usage: interpose [options] [command]'],
    [['help'], 'Usage: interpose [options] [command]'],
    [['gateway', '--help'], 'A config that is complete:'],
    [['help', 'gateway'], 'A config that is complete:'],
    [['gateway', 'run', '--help'], 'A second\nsignal ends it at once.'],
    [['gateway', 'check', '--help'], 'Exits with 1 if one of them is an error'],
    [['gateway', 'explain', '--help'], 'a\nsmaller priority runs first'],
  ])('%j is printed, with an example', async (argv, part) => {
    const world = new World();
    expect(await world.run(...argv)).toBe(0);
    expect(world.out).toContain(part);
    expect(world.out).toMatch(/Examples?:\n {2}(\$ )?interpose gateway/);
    expect(world.err).toBe('');
  });

  test('the config in the help is a good one', async () => {
    const help = new World();
    await help.run('gateway', '--help');
    const config = /complete:\n\n((?: {2}.*\n)+)/.exec(help.out)?.[1] ?? '';
    const world = new World({ 'help.yaml': config });
    expect(await world.run('gateway', 'check', 'help.yaml')).toBe(0);
    expect(world.out).toBe('help.yaml: ok (2 routes, 1 upstream, 2 plugins)\n');
  });

  test('the version is that of the package', async () => {
    const world = new World();
    expect(await world.run('--version')).toBe(0);
    expect(world.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each([
    [['gatway'], 'unknown command \'gatway\' — did you mean "gateway"? See interpose --help.'],
    [
      ['gateway', 'chek', 'f'],
      'unknown command \'chek\' — did you mean "check"? See interpose gateway --help.',
    ],
    [['gateway', 'check'], "missing required argument 'file'. See interpose gateway check --help."],
    [
      ['gateway', 'check', '--jsn', 'f'],
      'unknown option \'--jsn\' — did you mean "--json"? See interpose gateway check --help.',
    ],
    [
      ['gateway', 'run', '--nope', 'f'],
      "unknown option '--nope'. See interpose gateway run --help.",
    ],
    [
      ['gateway', 'check', 'a', 'b'],
      "too many arguments for 'check'. Expected 1 argument but got 2. See interpose gateway check --help.",
    ],
  ])('%j is one line on standard error, and 2', async (argv, line) => {
    const world = new World();
    expect(await world.run(...argv)).toBe(2);
    expect(world.err).toBe(`interpose: ${line}\n`);
    expect(world.out).toBe('');
  });

  test.each([[[]], [['gateway']]])(
    '%j alone shows the help on standard error, and 2',
    async (argv) => {
      const world = new World();
      expect(await world.run(...argv)).toBe(2);
      expect(world.err).toContain('Usage: interpose');
      expect(world.out).toBe('');
    },
  );
});

describe('a file that cannot be read', () => {
  const files = {
    folder: Object.assign(new Error('EISDIR'), { code: 'EISDIR' }),
    closed: Object.assign(new Error('EACCES'), { code: 'EACCES' }),
    odd: Object.assign(new Error('EIO'), { code: 'EIO' }),
    bytes: new Uint8Array([0xff, 0xfe, 0x00]),
  };
  for (const command of ['check', 'run', 'explain']) {
    test.each([
      ['gone', 'there is no such file'],
      ['folder', 'it is a directory; name a file in it'],
      ['closed', 'there is no permission to read it'],
      ['odd', 'EIO'],
      ['bytes', 'it is no text in UTF-8'],
    ])(`gateway ${command} %s is one line, and 1`, async (file, reason) => {
      const world = new World(files);
      expect(await world.run('gateway', command, file)).toBe(1);
      expect(world.err).toBe(`interpose: cannot read ${file}: ${reason}\n`);
      expect(world.out).toBe('');
    });
  }
});

describe('gateway check', () => {
  test('says what a good config holds', async () => {
    const world = new World({ 'g.yaml': HELLO });
    expect(await world.run('gateway', 'check', 'g.yaml')).toBe(0);
    expect(world.out).toBe('g.yaml: ok (1 route, 0 upstreams, 4 plugins)\n');
    expect(world.err).toBe('');
  });

  test('prints every problem of a bad one, and 1', async () => {
    const text = `upstreams: { orders: { url: http://a } }
plugins: [rate-limt]
routes: [{ name: r, path: /r, upstream: ordres }]`;
    const world = new World({ 'g.yaml': text });
    expect(await world.run('gateway', 'check', 'g.yaml')).toBe(1);
    expect(world.out).toBe(
      `g.yaml:1:14 warning CFG101 upstreams.orders: no route uses this upstream
g.yaml:2:11 error CFG013 plugins[0]: unknown plugin "rate-limt" — did you mean "rate-limit"?
g.yaml:3:41 error CFG012 routes[0].upstream: unknown upstream "ordres" — did you mean "orders"?
g.yaml: not usable (2 errors, 1 warning)
`,
    );
  });

  test('a warning alone is no failure', async () => {
    const text =
      'upstreams: { a: { url: http://a } }\nroutes: [{ name: r, path: /r, respond: {} }]';
    const world = new World({ 'g.yaml': text });
    expect(await world.run('gateway', 'check', 'g.yaml')).toBe(0);
    expect(world.out).toMatch(
      /^g\.yaml:1:14 warning .*\ng\.yaml: ok \(1 route, 1 upstream, 0 plugins\)\n$/,
    );
  });

  test('as JSON', async () => {
    const world = new World({ 'g.json': '{"routes": []}' });
    expect(await world.run('gateway', 'check', '--json', 'g.json')).toBe(1);
    expect(JSON.parse(world.out)).toEqual({
      file: 'g.json',
      ok: false,
      problems: [
        {
          file: 'g.json',
          line: 1,
          column: 12,
          severity: 'error',
          code: 'CFG014',
          path: 'routes',
          message: 'expected at least one route',
        },
      ],
    });
  });
});

describe('gateway explain', () => {
  test('shows the plugins of each route by phase, in their order, with priority, state and origin', async () => {
    const world = new World({ 'g.yaml': HELLO });
    expect(await world.run('gateway', 'explain', 'g.yaml')).toBe(0);
    expect(world.out).toBe(`hello: GET, POST /hello
  phase         priority  plugin      state     from
  access              10  request-id  active    all routes
                      20  cors        disabled  all routes
                       5  key-auth    active    route hello
  content                 fixed response 200
  headerFilter        10  request-id  active    all routes
                      20  cors        disabled  all routes
  log                 10  request-id  active    all routes
                     900  access-log  active    all routes

In each phase, what is for all routes runs first; then a smaller priority runs first.
`);
    expect(world.err).toBe('');
  });

  test('as JSON', async () => {
    const world = new World({ 'g.yaml': HELLO });
    expect(await world.run('gateway', 'explain', '--json', 'g.yaml')).toBe(0);
    const { file, routes } = JSON.parse(world.out);
    expect(file).toBe('g.yaml');
    expect(routes).toHaveLength(1);
    expect(routes[0]).toMatchObject({
      name: 'hello',
      path: '/hello',
      methods: ['GET', 'POST'],
      answer: 'fixed response 200',
    });
    expect(routes[0].plugins).toContainEqual({
      phase: 'access',
      name: 'key-auth',
      priority: 5,
      state: 'active',
      from: 'route hello',
    });
  });

  test('shows no secret', async () => {
    for (const form of [['--json'], []]) {
      const world = new World({ 'g.yaml': HELLO });
      await world.run('gateway', 'explain', ...form, 'g.yaml');
      expect(world.out).toContain('key-auth');
      expect(world.out + world.err).not.toContain('hush');
    }
  });

  test('of a bad config shows its problems on standard error, and 1', async () => {
    const world = new World({ 'g.yaml': 'routes: []' });
    expect(await world.run('gateway', 'explain', 'g.yaml')).toBe(1);
    expect(world.err).toBe('g.yaml:1:9 error CFG014 routes: expected at least one route\n');
    expect(world.out).toBe('');
  });
});

describe('gateway run', () => {
  test('says before it starts that what it allocates is soon done with, and no other command does', async () => {
    const world = new World({ 'g.yaml': HELLO });
    const told: string[] = [];
    const io = { ...world.io, expectShortLives: () => void told.push(world.err) };
    await runCommand(['gateway', 'check', 'g.yaml'], io);
    expect(told).toEqual([]);
    const code = runCommand(['gateway', 'run', 'g.yaml'], io);
    await world.ready;
    expect(told).toEqual(['']);
    for (const listener of world.listeners) listener('SIGINT');
    expect(await code).toBe(0);
  });

  test('says where it listens and what it serves, logs to standard output, and ends at a signal with 0', async () => {
    const world = new World({ 'g.yaml': HELLO });
    const code = world.run('gateway', 'run', 'g.yaml');
    const url = await world.ready;
    expect(world.err).toBe(`interpose gateway listens on ${url}

  route  methods    path    to
  hello  GET, POST  /hello  fixed response 200

Ctrl-C stops it; requests in flight are finished first.

`);
    const refused = await fetch(`${url}/hello`);
    const allowed = await fetch(`${url}/hello`, { headers: { 'X-API-Key': 'hush-hush' } });
    expect([refused.status, allowed.status, await allowed.text()]).toEqual([401, 200, 'hello']);
    world.signal('SIGINT');
    expect(await code).toBe(0);
    expect(world.err).toMatch(/\nstopping: .*\nstopped\n$/);
    const lines = world.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.filter(({ event }) => event === 'access').map(({ status }) => status)).toEqual([
      401, 200,
    ]);
    expect(world.out).not.toContain('hush');
    expect(world.listeners.size).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('%s lets a request in flight end', async (signal) => {
    let release = (): void => {};
    const port = await serve((_request, response) => {
      response.write('begun ');
      release = () => void response.end('ended');
    });
    const world = new World({
      'g.yaml': `listen: { port: 0 }\nshutdown: { preStopDelayMs: 0 }\nupstreams: { a: { url: "http://127.0.0.1:${port}" } }\nroutes: [{ name: r, path: /*, upstream: a }]`,
    });
    const code = world.run('gateway', 'run', 'g.yaml');
    const url = await world.ready;
    const response = await fetch(url);
    world.signal(signal);
    // The same Ctrl-C may come once more by way of npm.
    world.now += 100;
    world.signal(signal);
    await expect(fetch(url)).rejects.toThrow();
    release();
    expect(await response.text()).toBe('begun ended');
    expect(await code).toBe(0);
    expect(world.err).toMatch(/\nstopping: .*\nstopped\n$/);
  });

  test('SIGTERM goes on serving for a while, and a second one ends that', async () => {
    const world = new World({ 'g.yaml': HELLO });
    const code = world.run('gateway', 'run', 'g.yaml');
    const url = await world.ready;
    world.signal('SIGTERM');
    await expect.poll(() => world.err).toContain('not ready any more, but serving for 5 s; then');
    expect((await fetch(`${url}/hello`)).status).toBe(401);
    world.now += 1000;
    world.signal('SIGTERM');
    expect(await code).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('all listeners are told, and each that cannot be opened is a line, and 1', async () => {
    const two =
      'listeners: [{ port: 0 }, { host: "::1", port: 0 }]\nroutes: [{ name: r, path: /, respond: {} }]';
    const world = new World({ 'g.yaml': two });
    const code = world.run('gateway', 'run', 'g.yaml');
    await world.ready;
    expect(world.err).toMatch(/listens on http:\/\/127\.0\.0\.1:\d+, http:\/\/\[::1\]:\d+\n/);
    world.signal('SIGINT');
    expect(await code).toBe(0);
    const port = await serve(() => {});
    const bad = `listeners: [{ port: ${port} }, { port: 0, tls: { certificates: [{ cert: /no, key: /no }] } }]\nroutes: [{ name: r, path: /, respond: {} }]`;
    const other = new World({ 'g.yaml': bad });
    expect(await other.run('gateway', 'run', 'g.yaml')).toBe(1);
    expect(other.err).toMatch(
      /^interpose: Cannot listen on 127\.0\.0\.1:\d+: the address is already in use[^\n]*\ninterpose: The certificate \/no cannot be used: [^\n]*\n$/,
    );
  });

  test('a second signal does not wait', async () => {
    const port = await serve((_request, response) => void response.write('begun '));
    const world = new World({
      'g.yaml': `listen: { port: 0 }\nupstreams: { a: { url: "http://127.0.0.1:${port}" } }\nroutes: [{ name: r, path: /*, upstream: a }]`,
    });
    const code = world.run('gateway', 'run', 'g.yaml');
    const response = await fetch(await world.ready);
    const text = response.text().catch(() => 'cut');
    world.signal('SIGINT');
    world.now += 1000;
    world.signal('SIGINT');
    expect(await code).toBe(0);
    expect(world.err).toMatch(/\ninterpose: requests in flight are cut\nstopped\n$/);
    expect(await text).toBe('cut');
  });

  test('a port in use is one line, and 1', async () => {
    const port = await serve(() => {});
    const world = new World({ 'g.yaml': HELLO.replace('port: 0', `port: ${port}`) });
    expect(await world.run('gateway', 'run', 'g.yaml')).toBe(1);
    expect(world.err).toBe(
      `interpose: 127.0.0.1:${port} is in use already; stop what listens there, or set another "listen" in g.yaml\n`,
    );
    expect(world.listeners.size).toBe(0);
  });

  test('an address that this machine does not have is one line, and 1', async () => {
    const world = new World({ 'g.yaml': HELLO.replace('port: 0', 'port: 0, host: 192.0.2.1') });
    expect(await world.run('gateway', 'run', 'g.yaml')).toBe(1);
    expect(world.err).toBe(
      'interpose: this machine does not have the address 192.0.2.1; set another "listen" in g.yaml\n',
    );
  });

  test('a bad config shows its problems, and 1', async () => {
    const world = new World({ 'g.yaml': 'routes: 1' });
    expect(await world.run('gateway', 'run', 'g.yaml')).toBe(1);
    expect(world.err).toBe(
      'g.yaml:1:9 error CFG010 routes: expected a list of routes, each with "- " before it, got 1\n',
    );
  });
});

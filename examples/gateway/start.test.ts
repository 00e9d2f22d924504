/** The example as a new user meets it: started, and its lines put into a shell with the real curl. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Processes are started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'interpose-example-'));
const program = join(folder, 'start.mjs');
let example: ChildProcess;
let printed = '';
let url = '';
let lines: string[] = [];
let log: Promise<string>;

beforeAll(async () => {
  const curl = spawnSync('curl', ['--version'], { encoding: 'utf8' });
  if (curl.status !== 0)
    throw new Error('This suite runs the printed lines and needs the program curl on PATH');
  await build({
    entryPoints: [fileURLToPath(new URL('start.mjs', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@interpose/source'],
    banner: {
      js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
    },
    // Each module still finds its files beside its source.
    plugins: [
      {
        name: 'places',
        setup: ({ onLoad }) =>
          onLoad({ filter: /(packages|examples).*\.(ts|mjs)$/ }, ({ path }) => {
            const place = JSON.stringify(pathToFileURL(path).href);
            const contents = readFileSync(path, 'utf8').replaceAll('import.meta.url', place);
            return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
          }),
      },
    ],
  });
  const { DEMO_API_KEY: _key, ADMIN_TOKEN: _token, ...environment } = process.env;
  example = spawn(process.execPath, [program], {
    env: {
      ...environment,
      GATEWAY_PORT: '0',
      UPSTREAM_PORT: '0',
      SECOND_UPSTREAM_PORT: '0',
      // It prints the address before it could know that of a port that it was given.
      ADMIN_PORT: String(await freePort()),
    },
  });
  log = text(example.stdout as NodeJS.ReadableStream);
  await new Promise<void>((resolve, reject) => {
    example.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk;
      if (/Ctrl-C stops it, and the upstreams\.\n/.test(printed)) resolve();
    });
    example.once('exit', () => reject(new Error(`The example did not start: ${printed}`)));
  });
  url = /gateway listens on (\S+)/.exec(printed)?.[1] ?? '';
  lines = printed.split('\n').filter((line) => /^ {2}(?:\S.* )?curl /.test(line));
}, 60_000);

afterAll(() => {
  example?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

/** Puts a line into a shell, as it is. */
async function shell(line: string): Promise<string> {
  const child = spawn('sh', ['-c', line], { stdio: ['ignore', 'pipe', 'ignore'] });
  const output = await text(child.stdout);
  return output.replaceAll('\r', '');
}

test('it says where it listens, what to try, and how to stop', () => {
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(lines).toHaveLength(8);
  expect(printed).toMatch(/Ctrl-C stops it/);
});

test('the first line is open to all', async () => {
  const answer = await shell(lines[0] as string);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\n/);
  expect(answer).toMatch(/^X-Request-ID: [\w-]{36}$/m);
  expect(answer).toMatch(/^RateLimit: "default";r=\d+;t=\d+$/m);
  expect(answer).toMatch(/\n\nHello from the gateway\.\n$/);
});

test('the second line needs its key', async () => {
  const line = lines[1] as string;
  const answer = await shell(line);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\n/);
  const id = /^X-Request-ID: (.+)$/m.exec(answer)?.[1];
  expect(id).toMatch(/^[\w-]{36}$/);
  expect(JSON.parse(answer.split('\n\n')[1] as string)).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    upstream: expect.stringMatching(/^(?:first|second)$/),
    requestId: id,
  });
  const next = await shell(line);
  const names = [answer, next].map((one) => /"upstream":"(\w+)"/.exec(one)?.[1]);
  expect(new Set(names)).toEqual(new Set(['first', 'second']));
  const without = await shell(line.replace(/-H '[^']*'/, ''));
  expect(without).toMatch(/^HTTP\/1\.1 401 Unauthorized\n/);
  expect(without).toContain('"code":"API_KEY_MISSING"');
  expect(without).toMatch(/^X-Request-ID: /m);
  const wrong = await shell(line.replace('demo-key', 'wrong-key'));
  expect(wrong).toMatch(/^HTTP\/1\.1 401 Unauthorized\n/);
});

test('the third line gives back what it is sent', async () => {
  expect(await shell(lines[2] as string)).toBe('one\ntwo\nthree\n');
});

test('and gives each line back before the next is sent', async () => {
  const [, upload = ''] = (lines[2] as string).split(' | ');
  const curl = spawn('sh', ['-c', upload], { stdio: ['pipe', 'pipe', 'ignore'] });
  for (const line of ['one\n', 'two\n', 'three\n']) {
    curl.stdin.write(line);
    const [back] = await once(curl.stdout, 'data');
    expect(String(back)).toBe(line);
  }
  curl.stdin.end();
  expect(await text(curl.stdout)).toBe('');
});

test('an upstream that streams slowly is passed on as it comes', async () => {
  const key = "-H 'X-API-Key: demo-key'";
  const curl = spawn('sh', ['-c', `curl -sN ${key} ${url}/demo/stream`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [first] = await once(curl.stdout, 'data');
  expect(String(first)).toBe('line 1 of 5\n');
  expect(await text(curl.stdout)).toBe('line 2 of 5\nline 3 of 5\nline 4 of 5\nline 5 of 5\n');
});

test('the fourth line meets its limit', async () => {
  expect(await shell(lines[3] as string)).toBe('200 200 200 429 \n');
});

test('the fifth line is a preflight, and another origin is refused', async () => {
  const line = lines[4] as string;
  const answer = await shell(line);
  expect(answer).toMatch(/^HTTP\/1\.1 204 No Content\n/);
  expect(answer).toMatch(/^Access-Control-Allow-Origin: http:\/\/localhost:3000$/m);
  const other = await shell(line.replace('localhost:3000', 'localhost:4000'));
  expect(other).toMatch(/^HTTP\/1\.1 403 /);
});

test('the sixth line is led to where things are now', async () => {
  const answer = await shell(lines[5] as string);
  expect(answer).toMatch(/^HTTP\/1\.1 308 [^]*^Location: \/demo\/time\n[^]*^HTTP\/1\.1 200 OK\n/m);
  expect(answer).toMatch(/"time":/);
});

test('the seventh line shows the targets, to those who have the token', async () => {
  const line = lines[6] as string;
  const [demo] = JSON.parse(await shell(line)) as [{ name: string; targets: object[] }];
  expect(demo.name).toBe('demo');
  expect(demo.targets).toEqual([
    expect.objectContaining({ state: 'up', isHealthy: true }),
    expect.objectContaining({ state: 'up', isHealthy: true }),
  ]);
  const guessed = line.replace('demo-admin-token', 'another-admin-token').replace('-s', '-si');
  expect(await shell(guessed)).toMatch(/^HTTP\/1\.1 401 /);
  for (const path of ['/routes', '/plugins', '/requests', '/metrics']) {
    const status = line
      .replace('/upstreams', path)
      .replace('-s', "-s -o /dev/null -w '%{http_code}'");
    expect(`${path} ${await shell(status)}`).toBe(`${path} 200`);
  }
});

test('the eighth line takes the key away, and the same line brings it back', async () => {
  const line = lines[7] as string;
  const time = (lines[1] as string).replace(/-H '[^']*'/, '');
  expect(await shell(time)).toMatch(/^HTTP\/1\.1 401 /);
  expect(JSON.parse(await shell(line))).toMatchObject({ name: 'key-auth', state: 'disabled' });
  expect(await shell(time)).toMatch(/^HTTP\/1\.1 200 /);
  await shell(line.replace('disabled', 'active'));
  expect(await shell(time)).toMatch(/^HTTP\/1\.1 401 /);
});

test('whoever watches it is told that it takes requests', async () => {
  expect(await shell(`curl -s ${url}/health`)).toContain('"status":"healthy"');
});

test('a page of the allowed origin may call, another may not', async () => {
  const allowed = await shell(`curl -si -H 'Origin: http://localhost:3000' ${url}/hello`);
  expect(allowed).toMatch(/^Access-Control-Allow-Origin: http:\/\/localhost:3000$/m);
  const refused = await shell(`curl -si -H 'Origin: http://evil.example' ${url}/hello`);
  expect(refused).toMatch(/^HTTP\/1\.1 403 /);
});

// The last one, for it ends the example.
test('at SIGTERM a request in flight is finished, and everything ends with 0', async () => {
  const curl = spawn('sh', ['-c', `curl -sN -H 'X-API-Key: demo-key' ${url}/demo/stream`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [first] = await once(curl.stdout, 'data');
  const closed = once(example, 'close');
  example.removeAllListeners('exit');
  example.kill('SIGTERM');
  expect(String(first) + (await text(curl.stdout))).toMatch(/line 1 of 5\n.*line 5 of 5\n$/s);
  expect((await closed)[0]).toBe(0);
  const entries = (await log)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(entries).toContainEqual(
    expect.objectContaining({ event: 'access', route: 'demo', status: 200, consumer: 'demo-user' }),
  );
  expect(entries).toContainEqual(
    expect.objectContaining({ event: 'access', route: 'demo', status: 401 }),
  );
  expect(await log).not.toContain('demo-key');
});

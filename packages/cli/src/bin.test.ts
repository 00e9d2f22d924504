/** The command as a process of its own, with real signals, files and pipes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

// Processes are started, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const folder = mkdtempSync(join(tmpdir(), 'interpose-cli-'));
const program = join(folder, 'interpose.mjs');
const children = new Set<ChildProcess>();

beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('bin.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@interpose/source'],
    banner: {
      js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
    },
    // Each module still finds its package beside its source.
    plugins: [
      {
        name: 'places',
        setup: ({ onLoad }) =>
          onLoad({ filter: /packages.*\.ts$/ }, ({ path }) => {
            const place = JSON.stringify(pathToFileURL(path).href);
            return {
              contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', place),
              loader: 'ts',
            };
          }),
      },
    ],
  });
}, 60_000);

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...argv: string[]): Finished {
  return spawnSync(process.execPath, [program, ...argv], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 20_000,
  });
}

/** A gateway that runs. */
interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** Resolves once standard error has this. */
  readonly says: (words: string) => Promise<void>;
  readonly ended: Promise<Finished>;
}

async function start(config: string, ...options: string[]): Promise<Running> {
  writeFileSync(join(folder, 'gateway.yaml'), config);
  const argv = [program, 'gateway', 'run', 'gateway.yaml', ...options];
  const child = spawn(process.execPath, argv, { cwd: folder });
  children.add(child);
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => void (stderr += chunk));
  const says = async (words: string): Promise<void> => {
    while (!stderr.includes(words)) {
      if (child.exitCode !== null) throw new Error(`It ended before it said "${words}": ${stderr}`);
      await Promise.race([once(child.stderr, 'data'), once(child, 'close')]);
    }
  };
  const stdout = text(child.stdout);
  const ended = once(child, 'close').then(async ([status]) => ({
    status,
    stdout: await stdout,
    stderr,
  }));
  await says('Ctrl-C stops it');
  return { child, url: /listens on (\S+)\n/.exec(stderr)?.[1] ?? '', says, ended };
}

async function upstream(): Promise<{ port: number; release: () => void; close: () => void }> {
  let end = (): void => {};
  const server = createServer((_request, response) => {
    response.write('begun ');
    end = () => void response.end('ended');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    release: () => end(),
    close: () => void server.close(),
  };
}

const behind = (port: number): string =>
  `listen: { port: 0 }\nshutdown: { preStopDelayMs: 0 }\nupstreams: { a: { url: "http://127.0.0.1:${port}" } }\nroutes: [{ name: r, path: /*, upstream: a }]`;

async function ask(url: string): Promise<IncomingMessage> {
  const [response] = await once(get(url, { agent: false }), 'response');
  return response as IncomingMessage;
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s: a request in flight is finished, then the process ends with 0',
  async (signal) => {
    const { port, release, close } = await upstream();
    const { child, url, says, ended } = await start(behind(port));
    const response = await ask(url);
    child.kill(signal);
    await says('stopping');
    await expect(ask(url)).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
    release();
    expect(await text(response)).toBe('begun ended');
    const { status, stderr } = await ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/\nstopping: .*\nstopped\n$/);
    close();
  },
);

const answering = (path: string, body: string): string =>
  `listen: { port: 0 }\nroutes: [{ name: r, path: ${path}, respond: { body: ${body} } }]`;

test('a file that is written anew, or replaced, is taken while the gateway runs', async () => {
  const { child, url, says, ended } = await start(answering('/r', 'one'));
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, answering('/r', 'two'));
  await says('respond.body: "one" → "two"');
  expect(await text(await ask(`${url}/r`))).toBe('two');
  writeFileSync(`${file}.new`, answering('/r', 'three'));
  renameSync(`${file}.new`, file);
  await says('respond.body: "two" → "three"');
  expect(await text(await ask(`${url}/r`))).toBe('three');
  writeFileSync(file, 'routes: 5');
  await says('not reloaded (1 error)');
  expect(await text(await ask(`${url}/r`))).toBe('three');
  child.kill('SIGINT');
  expect((await ended).status).toBe(0);
});

test('SIGHUP has the file read again, with the secrets that it names', async () => {
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'one\n');
  const { child, url, says, ended } = await start(answering('/r', `"\${file:${secret}}"`));
  expect(await text(await ask(`${url}/r`))).toBe('one');
  writeFileSync(secret, 'two\n');
  child.kill('SIGHUP');
  await says('reloaded: ~ route r');
  expect(await text(await ask(`${url}/r`))).toBe('two');
  child.kill('SIGINT');
  const { status, stderr } = await ended;
  expect(status).toBe(0);
  expect(stderr).toContain('respond.body: differs ("[redacted]")');
});

test('the last good config is there for a start with a bad one', async () => {
  const good = join(folder, 'good.yaml');
  const first = await start(answering('/r', 'good'), '--keep-last-good', good);
  await vi.waitFor(() => expect(readFileSync(good, 'utf8')).toBe(answering('/r', 'good')));
  first.child.kill('SIGINT');
  await first.ended;
  expect(statSync(good).mode & 0o777).toBe(0o600);
  const second = await start('routes: 5', '--keep-last-good', good);
  expect(await text(await ask(`${second.url}/r`))).toBe('good');
  second.child.kill('SIGINT');
  expect((await second.ended).stderr).toContain('starting with the last good config');
});

test('without requests in flight it ends at once', async () => {
  const { child, ended } = await start(
    'listen: { port: 0 }\nshutdown: { preStopDelayMs: 0 }\nroutes: [{ name: r, path: /r, respond: {} }]',
  );
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ status: 0, stdout: '' });
});

test('SIGUSR1 has log files opened anew', async () => {
  const log = join(folder, 'access.log');
  const { child, url } = await start(
    `listen: { port: 0 }\nplugins: [{ access-log: { file: '${log}', format: brief } }]\nroutes: [{ name: r, path: /*, respond: {} }]`,
  );
  const written = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  (await ask(`${url}/one`)).resume();
  await expect.poll(() => written(log)).toContain('/one');
  renameSync(log, `${log}.1`);
  child.kill('SIGUSR1');
  await expect
    .poll(async () => {
      (await ask(`${url}/two`)).resume();
      return written(log);
    })
    .toContain('/two');
  child.kill('SIGINT');
});

test('a port in use, a missing file, a directory and an unknown flag: one line each, no stack', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  writeFileSync(
    join(folder, 'taken.yaml'),
    `listen: { port: ${port} }\nroutes: [{ name: r, path: /r, respond: {} }]`,
  );
  mkdirSync(join(folder, 'directory'));
  expect(run('gateway', 'run', 'taken.yaml')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `interpose: 127.0.0.1:${port} is in use already; stop what listens there, or set another "listen" in taken.yaml\n`,
  });
  server.close();
  expect(run('gateway', 'run', 'gone.yaml')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'interpose: cannot read gone.yaml: there is no such file\n',
  });
  expect(run('gateway', 'check', 'directory')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'interpose: cannot read directory: it is a directory; name a file in it\n',
  });
  expect(run('gateway', 'run', '--fast', 'taken.yaml')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: "interpose: unknown option '--fast'. See interpose gateway run --help.\n",
  });
});

test('variables come from the environment of the process', () => {
  writeFileSync(
    join(folder, 'variable.yaml'),
    'routes: [{ name: r, path: "${INTERPOSE_PATH}", respond: {} }]',
  );
  process.env['INTERPOSE_PATH'] = '/right';
  expect(run('gateway', 'check', 'variable.yaml').status).toBe(0);
  process.env['INTERPOSE_PATH'] = 'wrong';
  const { status, stdout } = run('gateway', 'check', 'variable.yaml');
  delete process.env['INTERPOSE_PATH'];
  expect(status).toBe(1);
  expect(stdout).toContain('got the value of "${INTERPOSE_PATH}" (it must begin with "/")');
});

test('a reader that leaves early is no failure', async () => {
  const routes = Array.from(
    { length: 3000 },
    (_, index) => `  - { name: r${index}, path: /r${index}, respond: {} }`,
  );
  writeFileSync(join(folder, 'long.yaml'), `routes:\n${routes.join('\n')}`);
  const child = spawn(process.execPath, [program, 'gateway', 'explain', 'long.yaml'], {
    cwd: folder,
  });
  children.add(child);
  const stderr = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  const [status] = await once(child, 'close');
  expect(await stderr).toBe('');
  expect(status).toBe(0);
});

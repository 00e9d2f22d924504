/** Starts what the tests need as processes of their own: the origin of the tests, their client, and nginx. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Results } from './score.ts';

/** A server that runs. */
export interface Running extends AsyncDisposable {
  readonly port: number;
}

/** No process outlives this, whatever becomes of the test. */
const LIFE_S = '300';
const START_MS = 15_000;

/** Starts the origin of the tests. */
export async function startOrigin(folder: string): Promise<Running> {
  const own = mkdtempSync(join(tmpdir(), 'http-cache-origin-'));
  const child = spawn('timeout', [LIFE_S, process.execPath, join(folder, 'server/server.mjs')], {
    cwd: own,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      npm_config_protocol: 'http',
      npm_config_port: '0',
      npm_config_pidfile: join(own, 'pid'),
    },
  });
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /Listening on http:\/\/.*:(\d+)\//.exec(said)?.[1];
      if (found) resolve(Number(found));
    });
    child.once('exit', () => reject(new Error(`The origin ended: ${said}`)));
  });
  return running(port, child, own);
}

/** Starts nginx as a cache with the settings that the authors of the tests use. */
export async function startNginx(command: string, originPort: number): Promise<Running> {
  const own = mkdtempSync(join(tmpdir(), 'http-cache-nginx-'));
  const port = await freePort();
  writeFileSync(join(own, 'nginx.conf'), nginxConfig(own, port, originPort));
  const args = [LIFE_S, command, '-e', 'stderr', '-c', join(own, 'nginx.conf')];
  const child = spawn('timeout', args, { cwd: own, stdio: 'ignore' });
  const nginx = running(port, child, own);
  const until = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (Date.now() > until || child.exitCode !== null) {
      await nginx[Symbol.asyncDispose]();
      throw new Error('nginx did not start.');
    }
    await sleep(50);
  }
  return nginx;
}

const nginxConfig = (own: string, port: number, originPort: number): string => `
daemon off;
master_process off;
pid ${own}/nginx.pid;
error_log ${own}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${own}/body;
  fastcgi_temp_path ${own}/fastcgi;
  uwsgi_temp_path ${own}/uwsgi;
  scgi_temp_path ${own}/scgi;
  proxy_cache_path ${own}/cache levels=1:2 keys_zone=own:8m max_size=1000m inactive=600m;
  proxy_temp_path ${own}/proxy;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${originPort};
      proxy_cache own;
      proxy_cache_revalidate on;
    }
  }
}
`;

/** Runs tests against a cache: all, or those with these ids. */
export async function runClient(
  folder: string,
  base: string,
  ids: readonly string[] = [],
): Promise<Results> {
  const client = fileURLToPath(new URL('client.mjs', import.meta.url));
  const child = spawn('timeout', [LIFE_S, process.execPath, client, folder, base, ids.join(',')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  // What the tests themselves print stands before it.
  const found = /\{.*\}$/s.exec(output.trim())?.[0];
  if (code !== 0 || !found) throw new Error(`The client ended with ${code}: ${errors}`);
  return JSON.parse(found) as Results;
}

function running(port: number, child: ChildProcess, folder: string): Running {
  const ended = once(child, 'exit');
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

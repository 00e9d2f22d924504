/** A real Postgres for tests: started on a free port of this machine, with a folder of its own, by a user without rights. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from './free-port.ts';

/** A running Postgres. */
export interface PostgresServer {
  readonly url: string;
  /** Ends it, and removes what it has kept. */
  stop(): Promise<void>;
}

/** Where the commands of Postgres are, or why they are not to be had. */
const commands: string | Error = foundPostgres();

/** True where suites that need Postgres are left out: on a machine of a developer that has none. In CI they fail. */
export const isWithoutPostgres: boolean =
  typeof commands !== 'string' && process.env['CI'] === undefined;

if (isWithoutPostgres) {
  process.stderr.write(`Skipped, for want of Postgres: ${(commands as Error).message}\n`);
}

/** What is not needed where all may be lost. */
const SETTINGS = [
  'fsync=off',
  'full_page_writes=off',
  'synchronous_commit=off',
  'max_connections=200',
  'shared_buffers=32MB',
  'timezone=UTC',
].flatMap((setting) => ['-c', setting]);

/** Starts a Postgres with an empty database. */
export async function startPostgres(): Promise<PostgresServer> {
  if (typeof commands !== 'string') throw commands;
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const user = unprivileged();
  if (user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const as = { ...user, cwd: folder };
  let child: ChildProcess | undefined;
  const killNow = (): void => void child?.kill('SIGKILL');
  const stop = async (): Promise<void> => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      // At once, but with the shared memory and the processes of its own cleared away.
      child.kill('SIGQUIT');
      await ended;
    }
    process.off('exit', killNow);
    rmSync(folder, { recursive: true, force: true });
  };
  process.on('exit', killNow);
  try {
    const init = ['-D', data, '-U', 'jobs', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'];
    execFileSync(join(commands, 'initdb'), init, { ...as, stdio: 'pipe' });
    const port = await freePort();
    const where = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
    child = spawn(join(commands, 'postgres'), [...where, ...SETTINGS], {
      ...as,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await isReady(child);
    return { url: `postgres://jobs@127.0.0.1:${port}/postgres`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Resolves once it says that it takes connections. */
async function isReady(child: ChildProcess): Promise<void> {
  let said = '';
  for await (const text of child.stderr?.setEncoding('utf8') ?? []) {
    said += String(text);
    if (!said.includes('ready to accept connections')) continue;
    child.stderr?.resume();
    return;
  }
  throw new Error(`postgres has ended: ${said}`);
}

/** Postgres refuses to run as root: then somebody without rights runs it. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = (flag: string): number =>
    Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: idOf('-u'), gid: idOf('-g') };
}

/** The repository's own script finds it, or installs it where it may. */
function foundPostgres(): string | Error {
  const script = join(import.meta.dirname, '../../../scripts/debian.mjs');
  const args = [script, 'initdb'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) return new Error(stderr.trim());
  // The others are beside it, but links to them need not be.
  return dirname(realpathSync(stdout.trim().replace('initdb ', '')));
}

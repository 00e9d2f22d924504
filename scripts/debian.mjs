/** Sees to it that commands from Debian's packages are there: `node scripts/debian.mjs nginx haproxy`. */
import { spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** @typedef {(command: string, args: readonly string[], env: Record<string, string>, limitMs: number) => Promise<{ code: number | null, output: string }>} Run */
/**
 * @typedef {object} Machine what there is to work with; replaced in tests
 * @property {(name: string) => string | undefined} find the path of a command or module, if it is there
 * @property {() => boolean} mayInstall
 * @property {Run} run runs a command to its end
 * @property {string} lock a file that is there while somebody installs
 * @property {string} policy the file that Debian asks before it starts a service
 */

/** Which package a command is in. @type {Readonly<Record<string, string>>} */
export const PACKAGES = {
  apache2: 'apache2',
  caddy: 'caddy',
  haproxy: 'haproxy',
  initdb: 'postgresql',
  nginx: 'nginx-light',
  'nginx-lua': 'libnginx-mod-http-lua',
  'redis-server': 'redis-server',
  wrk: 'wrk',
};

/** What is no command but a file. @type {Readonly<Record<string, string>>} */
const FILES = { 'nginx-lua': '/usr/lib/nginx/modules/ngx_http_lua_module.so' };

const SEARCHED = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/bin'];

/** Debian keeps the commands of each version of Postgres in a folder of its own. */
const POSTGRES = '/usr/lib/postgresql';

/** A command is not there, and it could not be installed. */
export class MissingCommandsError extends Error {
  static code = 'MISSING_COMMANDS';
  code = MissingCommandsError.code;
}

/** @type {Machine} */
const HERE = {
  find(name) {
    const folders = [...SEARCHED, ...postgresFolders()];
    const places = FILES[name] ? [FILES[name]] : folders.map((folder) => join(folder, name));
    return places.find((place) => isThere(place, FILES[name] ? constants.R_OK : constants.X_OK));
  },
  mayInstall: () =>
    process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get'),
  run: runToEnd,
  lock: join(tmpdir(), 'interpose-debian.lock'),
  policy: '/usr/sbin/policy-rc.d',
};

/**
 * The paths of commands, installed first if they are missing.
 *
 * @param {readonly string[]} names keys of `PACKAGES`
 * @param {{ readonly limitMs?: number, readonly machine?: Machine }} [options]
 * @returns {Promise<Record<string, string>>}
 */
export async function ensureCommands(names, { limitMs = 480_000, machine = HERE } = {}) {
  const unknown = names.filter((name) => !PACKAGES[name]);
  if (unknown.length)
    throw new TypeError(
      `Expected names out of ${Object.keys(PACKAGES).join(', ')}, got ${unknown.join(', ')}.`,
    );
  const missing = () => names.filter((name) => !machine.find(name));
  if (missing().length) {
    if (!machine.mayInstall()) throw notThere(missing(), 'only root on Debian may install them');
    await alone(machine.lock, limitMs, async () => {
      if (missing().length) await install(missing(), machine, limitMs);
    });
    if (missing().length) throw notThere(missing(), 'they are missing after an installation');
  }
  return Object.fromEntries(names.map((name) => [name, machine.find(name) ?? '']));
}

/**
 * @param {readonly string[]} names
 * @param {string} reason
 */
function notThere(names, reason) {
  const packages = names.map((name) => PACKAGES[name]).join(' ');
  return new MissingCommandsError(
    `Not there: ${names.join(', ')} (Debian: ${packages}); ${reason}.`,
  );
}

/**
 * @param {readonly string[]} names
 * @param {Machine} machine
 * @param {number} limitMs
 */
async function install(names, { run, policy }, limitMs) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const wait = ['-o', 'DPkg::Lock::Timeout=120'];
  const packages = names.map((name) => PACKAGES[name] ?? name);
  const steps = [
    ['update', '-q'],
    ['install', '-q', '-y', '--no-install-recommends', ...wait, ...packages],
  ];
  // Nothing is to run as a service: the tests start what they need with their own settings.
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    for (const args of steps) {
      const { code, output } = await run('apt-get', args, env, limitMs);
      const said = output.trim().split('\n').slice(-5).join('\n');
      if (code !== 0) throw notThere(names, `apt-get ${args[0]} failed (${code}): ${said}`);
    }
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
}

/**
 * Does something while nobody else does.
 *
 * @param {string} lock
 * @param {number} limitMs
 * @param {() => Promise<void>} work
 */
async function alone(lock, limitMs, work) {
  const until = Date.now() + limitMs;
  while (!take(lock)) {
    if (!isHeld(lock)) rmSync(lock, { force: true });
    else if (Date.now() > until)
      throw new MissingCommandsError(`Somebody else has been installing for too long: ${lock}.`);
    else await sleep(100);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** @param {string} lock */
function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Whether the one who took the lock still runs. @param {string} lock */
function isHeld(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')) || process.pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The newest first. */
function postgresFolders() {
  if (!existsSync(POSTGRES)) return [];
  const versions = readdirSync(POSTGRES).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(POSTGRES, version, 'bin'));
}

/**
 * @param {string} path
 * @param {number} mode
 */
function isThere(path, mode) {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** @type {Run} */
function runToEnd(command, args, env, limitMs) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: limitMs,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    const paths = await ensureCommands(process.argv.slice(2));
    for (const [name, path] of Object.entries(paths)) console.log(`${name} ${path}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

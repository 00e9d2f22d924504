/** Commands that are missing are installed once, by one at a time, without starting a service; or somebody is told. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureCommands, type Machine, MissingCommandsError } from '../../scripts/debian.mjs';
import { ROOT } from '../architecture/house.ts';

let folder = '';
let there: Set<string>;
let ran: string[];
let machine: Machine;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'debian-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  there = new Set(['wrk']);
  ran = [];
  machine = {
    find: (name) => (there.has(name) ? `/bin/${name}` : undefined),
    mayInstall: () => true,
    async run(command, args, env) {
      await Promise.resolve();
      ran.push(
        `${env['DEBIAN_FRONTEND']} ${command} ${args.join(' ')} ${existsSync(machine.policy)}`,
      );
      if (args[0] === 'install') there.add('nginx').add('haproxy');
      return { code: 0, output: '' };
    },
    lock: join(folder, 'lock'),
    policy: join(folder, 'policy'),
  };
});

const INSTALL = 'noninteractive apt-get install -q -y --no-install-recommends';

test('installs nothing when everything is there', async () => {
  expect(await ensureCommands(['wrk'], { machine })).toEqual({ wrk: '/bin/wrk' });
  expect(ran).toEqual([]);
});

test('installs what is missing, under the name of its package, and lets no service start', async () => {
  const paths = await ensureCommands(['nginx', 'wrk', 'haproxy'], { machine });
  expect(paths).toEqual({ nginx: '/bin/nginx', wrk: '/bin/wrk', haproxy: '/bin/haproxy' });
  expect(ran).toEqual([
    'noninteractive apt-get update -q true',
    `${INSTALL} -o DPkg::Lock::Timeout=120 nginx-light haproxy true`,
  ]);
  expect(existsSync(machine.policy)).toBe(false);
  expect(existsSync(machine.lock)).toBe(false);
});

test('leaves a policy of the machine as it is', async () => {
  writeFileSync(machine.policy, 'mine');
  await ensureCommands(['nginx'], { machine });
  expect(readFileSync(machine.policy, 'utf8')).toBe('mine');
  rmSync(machine.policy);
});

test('two at once install once', async () => {
  await Promise.all([
    ensureCommands(['nginx'], { machine }),
    ensureCommands(['nginx', 'haproxy'], { machine }),
  ]);
  expect(ran).toHaveLength(2);
});

test('a lock that outlived its process holds nobody up; one that is held does', async () => {
  const gone = execFileSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).trim();
  writeFileSync(machine.lock, gone);
  await ensureCommands(['nginx'], { machine });
  expect(ran).toHaveLength(2);

  writeFileSync(machine.lock, String(process.pid));
  const refused = ensureCommands(['caddy'], { machine, limitMs: 1 });
  await expect(refused).rejects.toThrow('installing for too long');
  rmSync(machine.lock);
});

test('says what is missing when it may not install, when apt-get fails, and when that does not help', async () => {
  const mayNot = ensureCommands(['caddy'], { machine: { ...machine, mayInstall: () => false } });
  await expect(mayNot).rejects.toThrow('Not there: caddy (Debian: caddy); only root on Debian');
  const fails = { ...machine, run: async () => Promise.resolve({ code: 100, output: 'no route' }) };
  await expect(ensureCommands(['caddy'], { machine: fails })).rejects.toThrow(
    'apt-get update failed (100): no route',
  );
  await expect(ensureCommands(['caddy'], { machine })).rejects.toThrow(MissingCommandsError);
  await expect(ensureCommands(['gcc'], { machine })).rejects.toThrow('got gcc.');
  expect(existsSync(machine.policy)).toBe(false);
  expect(existsSync(machine.lock)).toBe(false);
});

test('as a command it prints paths, or a sentence and fails', () => {
  const run = (...names: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'scripts/debian.mjs'), ...names], { encoding: 'utf8' });
  expect(run()).toMatchObject({ status: 0, stdout: '' });
  expect(run('gcc')).toMatchObject({ status: 1, stdout: '' });
  expect(run('gcc').stderr).toContain('got gcc.');
});

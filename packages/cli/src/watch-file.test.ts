/** watchFile on a real file system: editors, links, folders that come later. */
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@interpose/kernel/clock';
import { fakeClock } from '@interpose/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchFile } from './watch-file.ts';

let folder: string;
const endings: (() => void)[] = [];
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'interpose-watch-'))));
afterEach(() => {
  for (const end of endings.splice(0)) end();
  rmSync(folder, { recursive: true });
});

/** Watches a file; gives a promise of the next event each time it is called. */
function watched(name: string): () => Promise<void> {
  let told = (): void => {};
  endings.push(watchFile(join(folder, name), systemClock, () => told()));
  return () => new Promise((resolve) => void (told = resolve));
}

test('a file that is written is told of', async () => {
  writeFileSync(join(folder, 'f'), 'a');
  const next = watched('f');
  const event = next();
  writeFileSync(join(folder, 'f'), 'b');
  await event;
});

test('a file that another one takes the place of is told of, and so is the next one', async () => {
  writeFileSync(join(folder, 'f'), 'a');
  const next = watched('f');
  for (const text of ['b', 'c', 'd']) {
    writeFileSync(join(folder, '.f.new'), text);
    const event = next();
    renameSync(join(folder, '.f.new'), join(folder, 'f'));
    await event;
  }
});

test('a file that comes later is told of', async () => {
  const next = watched('f');
  const event = next();
  writeFileSync(join(folder, 'f'), 'a');
  await event;
});

test('a mounted folder whose content is swapped by a link is told of, time and again', async () => {
  const version = (name: string): void => {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'f'), name);
  };
  version('..1');
  symlinkSync('..1', join(folder, '..data'));
  symlinkSync('..data/f', join(folder, 'f'));
  const next = watched('f');
  for (const name of ['..2', '..3']) {
    version(name);
    symlinkSync(name, join(folder, '..data_tmp'));
    const event = next();
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    await event;
  }
});

test('a link above the folder that leads elsewhere is told of, and then what happens there', async () => {
  for (const name of ['one', 'two']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'f'), name);
  }
  symlinkSync(join(folder, 'one'), join(folder, 'current'));
  const next = watched('current/f');
  let event = next();
  unlinkSync(join(folder, 'current'));
  await event;
  event = next();
  symlinkSync(join(folder, 'two'), join(folder, 'current'));
  await event;
  event = next();
  writeFileSync(join(folder, 'two', 'f'), 'three');
  await event;
});

test('what no event tells of is found by looking, and other files are not told of', async () => {
  const clock = fakeClock();
  let told = 0;
  mkdirSync(join(folder, 'late'));
  rmSync(join(folder, 'late'), { recursive: true });
  endings.push(watchFile(join(folder, 'late', 'f'), clock, () => void told++));
  await clock.advance(20_000);
  expect(told).toBe(0);
  mkdirSync(join(folder, 'late'));
  writeFileSync(join(folder, 'late', 'f'), 'a');
  await clock.advance(5000);
  expect(told).toBeGreaterThan(0);
});

test('links that lead in a circle are no end of it', () => {
  symlinkSync('b', join(folder, 'a'));
  symlinkSync('a', join(folder, 'b'));
  const clock = fakeClock();
  const end = watchFile(join(folder, 'a'), clock, () => {});
  end();
  expect(clock.pending).toBe(0);
});

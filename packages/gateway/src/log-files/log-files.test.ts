/** Tests of log files: appended to, moved away under the writer, on a disk that fails. */
import { fakeClock } from '@interpose/testing';
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
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { memoryLogger } from '../../test-kit/loopback.ts';
import { LogFiles } from './log-files.ts';

function start(maxWaitingBytes?: number, flushMs = 0) {
  const folder = mkdtempSync(join(tmpdir(), 'interpose-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const clock = fakeClock();
  const logger = memoryLogger();
  const files = new LogFiles({
    clock,
    logger,
    flushMs,
    ...(maxWaitingBytes !== undefined && { maxWaitingBytes }),
  });
  onTestFinished(() => files.close());
  const path = join(folder, 'access.log');
  return { folder, clock, logger, files, path, read: (from = path) => readFileSync(from, 'utf8') };
}

test('lines come to the end of the file, in their order, whoever writes them', async () => {
  const { files, path, read } = start();
  writeFileSync(path, 'old\n');
  expect(files.at(path)).toBe(files.at(path));
  for (let at = 0; at < 100; at++) files.at(path).write(`line ${at}`);
  await files.close();
  const lines = read().split('\n');
  expect(lines).toHaveLength(102);
  expect(lines.slice(0, 3)).toEqual(['old', 'line 0', 'line 1']);
  expect(lines.at(-2)).toBe('line 99');
});

test('lines wait for others, but not for long, and not if they are many', async () => {
  const { files, path, read, clock } = start(undefined, 100);
  const file = files.at(path);
  file.write('one');
  file.write('two');
  await clock.advance(99);
  expect(existsSync(path)).toBe(false);
  await clock.advance(1);
  await expect.poll(() => existsSync(path) && read()).toBe('one\ntwo\n');
  const long = 'x'.repeat(40_000);
  file.write(long);
  expect(clock.pending).toBe(1);
  file.write(long);
  await expect.poll(() => read()).toBe(`one\ntwo\n${long}\n${long}\n`);
  expect(clock.pending).toBe(0);
});

test('nothing is opened before the first line, and a line after the end opens it again', async () => {
  const { files, path, read } = start();
  const file = files.at(path);
  await files.close();
  expect(existsSync(path)).toBe(false);
  file.write('one');
  await files.close();
  file.write('two');
  await files.close();
  expect(read()).toBe('one\ntwo\n');
});

test('a file that is moved away is noticed after a second', async () => {
  const { files, path, read, clock } = start();
  const file = files.at(path);
  file.write('one');
  await expect.poll(() => existsSync(path) && read()).toBe('one\n');
  renameSync(path, `${path}.1`);
  file.write('two');
  await expect.poll(() => read(`${path}.1`)).toBe('one\ntwo\n');
  await clock.advance(1000);
  file.write('three');
  await files.close();
  expect(read()).toBe('three\n');
  expect(read(`${path}.1`)).toBe('one\ntwo\n');
});

test('reopen says so at once, also when another file is in its place already', async () => {
  const { files, path, read } = start();
  const file = files.at(path);
  file.write('one');
  await expect.poll(() => existsSync(path) && read()).toBe('one\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'new\n');
  files.reopen();
  file.write('two');
  await files.close();
  expect(read()).toBe('new\ntwo\n');
});

test('what cannot be written is told once and counted, and goes on when it can be written again', async () => {
  const { files, folder, logger, read } = start();
  const below = join(folder, 'later');
  const path = join(below, 'access.log');
  const file = files.at(path);
  for (const lines of [['one'], ['two', 'three']]) {
    for (const line of lines) file.write(line);
    await files.close();
  }
  expect(logger.messages('error')).toEqual([
    expect.stringMatching(/^Lines for .*access\.log are lost: ENOENT/),
  ]);
  mkdirSync(below);
  file.write('four');
  await files.close();
  expect(read(path)).toBe('four\n');
  expect(logger.messages('warn')).toEqual([`3 lines for ${path} were lost`]);
});

test('a slow disk costs lines, not memory', async () => {
  const { files, path, read, logger } = start(10);
  const file = files.at(path);
  file.write('first');
  for (let at = 0; at < 5; at++) file.write('1234');
  await files.close();
  expect(read()).toBe('first\n1234\n1234\n');
  file.write('last');
  await files.close();
  expect(logger.messages('warn')).toEqual([`3 lines for ${path} were lost`]);
});

test('others cannot read what is written', async () => {
  const { files, path } = start();
  files.at(path).write('one');
  await files.close();
  expect(statSync(path).mode & 0o007).toBe(0);
});

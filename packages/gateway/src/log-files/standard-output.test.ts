/** Tests of standard output: few calls, and no harm when nobody reads. */
import { onTestFinished, expect, test, vi } from 'vitest';
import { standardOutput } from './standard-output.ts';

test('writes the lines of a turn together, and is not harmed when nobody reads any more', async () => {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  standardOutput.write('one');
  standardOutput.write('two');
  expect(written).toEqual([]);
  await new Promise(setImmediate);
  expect(written).toEqual(['one\ntwo\n']);
  const epipe = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  expect(() => process.stdout.emit('error', epipe)).not.toThrow();
});

test('does not wait for the end of the turn with very much', () => {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
  onTestFinished(() => spy.mockRestore());
  for (let at = 0; at < 100; at++) standardOutput.write('x'.repeat(1000));
  expect(written).toHaveLength(1);
});

/** Tests of names of files that strangers give. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeFilename } from './safe-filename.ts';

test.each([
  ['cat.png', 'cat.png'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\photos\\cat.png', 'cat.png'],
  ['/', ''],
  ['..', ''],
  ['.htaccess', 'htaccess'],
  ['name. . .', 'name'],
  ['a\0b\r\nc\x7f\x85.txt', 'abc.txt'],
  ['a<b>:c"d|e?f*.txt', 'abcdef.txt'],
  ['exe\u202Egnp.png', 'exegnp.png'],
  ['\uFEFFa\u200B.txt', 'a.txt'],
  ['con', '_con'],
  ['AUX.txt', '_AUX.txt'],
  ['COM1.tar.gz', '_COM1.tar.gz'],
  ['console', 'console'],
  ['Zu\u0308rich \u{1F600}.jpg', 'Zürich \u{1F600}.jpg'],
  ['lone\ud800.txt', 'lone.txt'],
  [`${'x'.repeat(300)}.jpeg`, `${'x'.repeat(195)}.jpeg`],
  ['\u{1F600}'.repeat(100), '\u{1F600}'.repeat(50)],
  [`x.${'y'.repeat(300)}`, `x.${'y'.repeat(198)}`],
])('%j is %j', (raw, safe) => {
  expect(safeFilename(raw)).toBe(safe);
});

test('whatever comes, it is one segment, short, and stays what it is', () => {
  const unit = fc.constantFrom(...'ab./\\ .:\0\n\u202E\u{1F600}ä', 'con', 'nul', '..');
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 300 }), (units) => {
      const safe = safeFilename(units.join(''));
      expect(safe).not.toMatch(/[/\\\0\n:]|^\.|\.$|^ | $/);
      expect(Buffer.byteLength(safe)).toBeLessThanOrEqual(201);
      expect(safeFilename(safe)).toBe(safe);
    }),
  );
});

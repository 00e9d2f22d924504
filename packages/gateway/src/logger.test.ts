/** Tests of the logger. */
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { jsonLogger, safeLogger } from './logger.ts';

test('writes one line of JSON an entry, whatever is in it', () => {
  const lines: string[] = [];
  const clock = fakeClock({ wallMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
  const logger = jsonLogger({ write: (line) => lines.push(line), clock });
  logger.info({ message: 'two\nlines', n: 1 });
  logger.warn({ message: '\u2028' });
  logger.error({});
  expect(lines).toEqual([
    '{"level":"info","time":"2026-01-02T03:04:05.006Z","message":"two\\nlines","n":1}',
    '{"level":"warn","time":"2026-01-02T03:04:05.006Z","message":"\u2028"}',
    '{"level":"error","time":"2026-01-02T03:04:05.006Z"}',
  ]);
});

test('a safe one keeps its failures to itself', () => {
  const broken = safeLogger(
    jsonLogger({
      write: () => {
        throw new Error('disk full');
      },
    }),
  );
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  expect(() => {
    broken.info({});
    broken.warn({});
    broken.error(circular);
  }).not.toThrow();
});

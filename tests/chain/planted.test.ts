/** The chain notices when an origin gets something else than the proxy meant: a byte, a field or a request more or less. */
import { describe, expect, test } from 'vitest';
import { ensureCommands } from '../../scripts/debian.mjs';
import { get, post } from './inputs/input.ts';
import { judge } from './judge.ts';
import { openLane } from './lane.ts';
import { ORIGINS } from './origins.ts';

const commands = await ensureCommands(ORIGINS.map(({ name }) => name)).catch(
  (error: Error) => error,
);
const isMissing = commands instanceof Error;
const SMUGGLED = 'GET /s HTTP/1.1\r\nHost: a\r\n\r\n';
const HELLO = post(['Content-Length: 5'], 'hello');
const CHUNKED = post(['Transfer-Encoding: chunked'], '5\r\nhello\r\n0\r\n\r\n');

const PLANTED: readonly (readonly [what: string, input: string, from: string, to: string])[] = [
  ['nothing', HELLO, 'nowhere', ''],
  ['a length one too short', HELLO, 'Content-Length: 5', 'Content-Length: 4'],
  ['a length one too long', HELLO, 'Content-Length: 5', 'Content-Length: 6'],
  ['no length', HELLO, 'Content-Length: 5\r\n', ''],
  ['another body', HELLO, 'hello', 'hallo'],
  ['an end of chunks too soon', CHUNKED, '5\r\nhello\r\n', '0\r\n\r\nhello'],
  ['another method', get(), 'GET /x', 'PUT /x'],
  ['another target', get(), 'GET /x', 'GET /y'],
  ['another host', get(), 'Host: a.example', 'Host: b.example'],
  ['another value', get('X-A: 1'), 'X-A: 1', 'X-A: 2'],
  ['a field less', get('X-A: 1'), 'X-A: 1\r\n', ''],
  ['a field more', get(), 'Host: a.example', 'X-B: 1\r\nHost: a.example'],
  ['a request before', get(), 'GET /x', `${SMUGGLED}GET /x`],
  [
    'the same request before',
    get(),
    'GET /x',
    'GET /x HTTP/1.1\r\nHost: a\r\nX-Chain-Id: nginx-1\r\n\r\nGET /x',
  ],
];

describe.skipIf(isMissing && !process.env['CI'])('behind the proxy the origins get', () => {
  test.each(PLANTED)(
    '%s',
    async (what, bytes, from, to) => {
      if (commands instanceof Error) throw commands;
      const found = await Promise.all(
        ORIGINS.map(async (origin) => {
          const tamper = (text: string): string => text.replace(from, () => to);
          const lane = await openLane(origin, commands[origin.name] ?? '', tamper);
          try {
            const seen = await lane.send({ bytes, manner: 'at once', followed: true });
            return judge(origin, seen).length > 0;
          } finally {
            await lane.close();
          }
        }),
      );
      expect(found).toEqual(ORIGINS.map(() => what !== 'nothing'));
    },
    30_000,
  );
});

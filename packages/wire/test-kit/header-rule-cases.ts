/** The cases of the rules for the lines of a head, and for how large it may be. */
import { answer, fill, get, head, line } from './messages.ts';
import type { CasesOf } from './rule-case.ts';

const LINE = 'GET / HTTP/1.1';
const OK = 'HTTP/1.1 200 OK';
const LINE_LIMIT = 32;
const HEAD_LIMIT = 64;
/** A head of so many bytes, the empty line not counted. */
const sized = (bytes: number): string => `${fill(`${LINE}\r\nHost: a\r\nX: `, bytes, '\r\n')}\r\n`;

/** By the code of the rule. */
export const HEADER_CASES: CasesOf<
  | 'HEAD_TOO_LARGE'
  | 'TOO_MANY_HEADERS'
  | 'BARE_LF'
  | 'BARE_CR'
  | 'LINE_FOLDED'
  | 'HEADER_NAME_MALFORMED'
  | 'HEADER_VALUE_MALFORMED'
  | 'EXPECTATION_UNKNOWN'
> = {
  HEAD_TOO_LARGE: [
    {
      limits: { maxHeadBytes: HEAD_LIMIT, maxLineBytes: LINE_LIMIT },
      pairs: [
        [sized(HEAD_LIMIT + 1), sized(HEAD_LIMIT)],
        [sized(HEAD_LIMIT + 1).slice(0, HEAD_LIMIT + 1), sized(HEAD_LIMIT)],
        [sized(3000), sized(HEAD_LIMIT)],
        [fill(get().slice(0, -2), HEAD_LIMIT + 1), sized(HEAD_LIMIT)],
      ],
    },
    {
      of: 'response',
      limits: { maxHeadBytes: HEAD_LIMIT, maxLineBytes: LINE_LIMIT },
      pairs: [
        [
          `${fill(`${OK}\r\nX: `, HEAD_LIMIT + 1, '\r\n')}\r\n`,
          `${fill('HTTP/1.1 204 No\r\nX: ', HEAD_LIMIT, '\r\n')}\r\n`,
        ],
        [answer(fill('HTTP/1.1 204 ', LINE_LIMIT + 1)), answer(fill('HTTP/1.1 204 ', LINE_LIMIT))],
      ],
    },
  ],
  TOO_MANY_HEADERS: [
    {
      limits: { maxHeaders: 3 },
      pairs: [
        [get('a:', 'b:', 'c:'), get('a:', 'b:')],
        [get('a:', 'a:', 'a:', 'a:'), get('a:', 'a:')],
      ],
    },
    {
      of: 'response',
      limits: { maxHeaders: 3 },
      pairs: [[answer(OK, 'a:', 'b:', 'c:'), answer(OK, 'a:', 'b:')]],
    },
  ],
  BARE_LF: [
    {
      pairs: [
        [get('X: y').replace('y\r\n', 'y\n'), get('X: y')],
        [get().replace('1.1\r\n', '1.1\n'), get()],
        [get().replaceAll('\r', ''), get()],
        [get().slice(0, -2).concat('\n'), get()],
        [`\n${get()}`, `\r\n${get()}`],
        [get('X: a\nb: c'), get('X: a b: c')],
        [get('X\n: y'), get('X: y')],
        [get('X:\ny'), get('X:')],
        [line('GET /\n HTTP/1.1'), line('GET / HTTP/1.1')],
        [line('GE\nT / HTTP/1.1'), line('GE / HTTP/1.1')],
        ['GET /x\nHost: a\nContent-Length: 4\n\nbody', get()],
      ],
    },
    {
      of: 'response',
      pairs: [
        [answer(OK).replace('OK\r\n', 'OK\n'), answer(OK)],
        [answer(OK).replace(': 0\r\n', ': 0\n'), answer(OK)],
        [answer('HTTP/1.1 200\n'), answer('HTTP/1.1 200')],
      ],
    },
  ],
  BARE_CR: [
    {
      pairs: [
        [get('X: a\rb'), get('X: a b')],
        [get('X: \r'), get('X: ')],
        [get('X: a\r\r'), get('X: a')],
        [get('X\r: a'), get('X: a')],
        [get('X:\ra'), get('X:\ta')],
        [line('GET /\r HTTP/1.1'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/1.1\r'), line('GET / HTTP/1.1')],
        [line('GET\r / HTTP/1.1'), line('GET / HTTP/1.1')],
        [`\r${get()}`, `\r\n${get()}`],
        [`${get().slice(0, -2)}\rX`, get()],
        [get('X: y').replace('y\r\n', 'y\r'), get('X: y')],
      ],
    },
    {
      of: 'response',
      pairs: [
        [answer('HTTP/1.1 200 O\rK'), answer(OK)],
        [answer(OK, 'X: \r'), answer(OK, 'X: ')],
      ],
    },
  ],
  LINE_FOLDED: [
    {
      pairs: [
        [get('X: a', ' b'), get('X: a b')],
        [get('X: a', '\tb'), get('X: a\tb')],
        [get('X:', ' b'), get('X: b')],
        [get('X: a', ' '), get('X: a ')],
        [head(LINE, ' Host: a'), get()],
        [head(LINE, '\tX: y', 'Host: a'), get('X: y')],
        [get(' '), get()],
      ],
    },
    {
      of: 'response',
      pairs: [
        [answer(OK, 'X: a', ' b'), answer(OK, 'X: a b')],
        [answer(OK).replace('Content', ' Content'), answer(OK)],
      ],
    },
  ],
  HEADER_NAME_MALFORMED: [
    {
      pairs: [
        [get('X : y'), get('X: y')],
        [get('X\t: y'), get('X:\ty')],
        [get('X y: z'), get('X-y: z')],
        [get('X'), get('X:')],
        [get(': y'), get('x: y')],
        [get('X(y): z'), get("!#$%&'*+-.^_`|~0aZ: z")],
        [get('X"y": z'), get('X: "y"')],
        [get('X\0: y'), get('X_: y')],
        [get('\xe9: y'), get('e: \xe9')],
        [get('X\x7f: y'), get('X~: y')],
        [get('Content-Length : 5'), get('Content-Length: 0')],
        [get('[x]: y'), get('x: [y]')],
      ],
    },
    {
      of: 'response',
      pairs: [
        [answer(OK, 'X : y'), answer(OK, 'X: y')],
        [answer(OK, 'X'), answer(OK, 'X:')],
      ],
    },
  ],
  HEADER_VALUE_MALFORMED: [
    {
      pairs: [
        [get('X: \0'), get('X: ')],
        [get('X: a\0b'), get('X: a b')],
        [get('X: \x7f'), get('X: ~')],
        [get('X: \x1b[0m'), get('X: [0m')],
        [get('X: a\x0bb'), get('X: a\tb')],
        [get('X: a\x0c'), get('X: a\x80\xff')],
        [head(LINE, 'Host: a\0'), get()],
      ],
    },
    {
      of: 'response',
      pairs: [
        [answer(OK, 'X: \0'), answer(OK, 'X: ')],
        [answer(OK, 'X: \x07'), answer(OK, 'X: \xa0')],
      ],
    },
  ],
  EXPECTATION_UNKNOWN: [
    {
      pairs: [
        [get('Expect: 200-ok'), get('Expect: 100-continue')],
        [get('Expect:'), get('Expect: 100-Continue')],
        [get('Expect: 100-continue, x'), get('Expect: \t100-continue ')],
        [get('Expect: 100-continue', 'Expect: 100-continue'), get('Expect: 100-continue')],
        [get('Expect: 100-continue=1'), head('GET / HTTP/1.0', 'Expect: anything')],
      ],
    },
  ],
};

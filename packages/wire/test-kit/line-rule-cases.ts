/** The cases of the rules for the first line of a message. */
import { answer, fill, get, head, line } from './messages.ts';
import type { CasesOf } from './rule-case.ts';

const LINE = 'GET / HTTP/1.1';
const OK = 'HTTP/1.1 200 OK';
/** A head of so many bytes, the empty line not counted. */
const sized = (bytes: number): string => `${fill(`${LINE}\r\nHost: a\r\nX: `, bytes, '\r\n')}\r\n`;
const LINE_LIMIT = 32;
const HEAD_LIMIT = 64;

/** By the code of the rule. */
export const LINE_CASES: CasesOf<
  | 'REQUEST_LINE_MALFORMED'
  | 'REQUEST_LINE_TOO_LONG'
  | 'METHOD_NOT_SERVED'
  | 'TARGET_MALFORMED'
  | 'TARGET_FORM'
  | 'VERSION_MALFORMED'
  | 'VERSION_NOT_SPOKEN'
  | 'STATUS_LINE_MALFORMED'
  | 'STATUS_MALFORMED'
  | 'INTERIM_TOO_OLD'
> = {
  REQUEST_LINE_MALFORMED: [
    {
      pairs: [
        [line('GET  / HTTP/1.1'), line('GET / HTTP/1.1')],
        [line('GET /  HTTP/1.1'), line('GET / HTTP/1.1')],
        [line('GET\t/ HTTP/1.1'), line('G / HTTP/1.1')],
        [line('GET \x01 HTTP/1.1'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/1.1 '), line('GET / HTTP/1.0')],
        [line('GET /a b HTTP/1.1'), line('GET /a%20b HTTP/1.1')],
        [line('GET /'), line('GET / HTTP/1.1')],
        [line('GET'), line('GET / HTTP/1.1')],
        [line(' GET / HTTP/1.1'), line('GET / HTTP/1.1')],
        [line('/ HTTP/1.1'), line('x / HTTP/1.1')],
        [line('G(T / HTTP/1.1'), line("G!#$%&'*+-.^_`|~9 / HTTP/1.1")],
        [line('G\0T / HTTP/1.1'), line('G~T / HTTP/1.1')],
        [line('\xc9 / HTTP/1.1'), line('e / HTTP/1.1')],
        [`\r\n\r\n${get()}`, `\r\n${get()}`],
        [`\r\n ${get()}`, `\r\n${get()}`],
        ['\x16\x03\x01\x02\0\x01\0', get()],
        ['\0', get()],
      ],
    },
  ],
  REQUEST_LINE_TOO_LONG: [
    {
      limits: { maxLineBytes: LINE_LIMIT },
      pairs: [
        [
          line(fill('GET /', LINE_LIMIT + 1, ' HTTP/1.1')),
          line(fill('GET /', LINE_LIMIT, ' HTTP/1.1')),
        ],
        [
          line(fill('M', LINE_LIMIT + 1, ' / HTTP/1.1')),
          line(fill('M', LINE_LIMIT, ' / HTTP/1.1')),
        ],
        [
          `\r\n${line(fill('GET /', LINE_LIMIT + 1, ' HTTP/1.1'))}`,
          `\r\n${line(fill('GET /', LINE_LIMIT, ' HTTP/1.1'))}`,
        ],
        [fill('GET /', LINE_LIMIT + 1), line(fill('GET /', LINE_LIMIT, ' HTTP/1.1'))],
        [line(fill('GET /', 3000, ' HTTP/1.1')), line('GET / HTTP/1.1')],
      ],
    },
    {
      limits: { maxLineBytes: 1000, maxHeadBytes: HEAD_LIMIT },
      pairs: [[fill('GET /', HEAD_LIMIT + 1), sized(HEAD_LIMIT)]],
    },
  ],
  METHOD_NOT_SERVED: [
    {
      pairs: [
        [line('CONNECT a:443 HTTP/1.1'), line('connect / HTTP/1.1')],
        [line('CONNECT / HTTP/1.1'), line('CONNECTS / HTTP/1.1')],
        [line('TRACE / HTTP/1.1'), line('TRAC / HTTP/1.1')],
        [head('TRACE / HTTP/1.0'), head('TRACK / HTTP/1.0')],
      ],
    },
  ],
  TARGET_MALFORMED: [
    {
      pairs: [
        [line('GET /a#b HTTP/1.1'), line('GET /a%23b HTTP/1.1')],
        [line('GET /\0 HTTP/1.1'), line('GET /! HTTP/1.1')],
        [line('GET /\x7f HTTP/1.1'), line('GET /~ HTTP/1.1')],
        [line('GET /\xe9 HTTP/1.1'), line('GET /"<>\\^`{|} HTTP/1.1')],
        [line('GET /\tHTTP/1.1'), line('GET /t HTTP/1.1')],
        [line('GET http://a/#b HTTP/1.1'), line('GET http://a/?b HTTP/1.1')],
      ],
    },
  ],
  TARGET_FORM: [
    {
      pairs: [
        [line('GET * HTTP/1.1'), line('OPTIONS * HTTP/1.1')],
        [line('options * HTTP/1.1'), line('options / HTTP/1.1')],
        [line('OPTIONS ** HTTP/1.1'), line('OPTIONS /* HTTP/1.1')],
        [line('GET a HTTP/1.1'), line('GET /a HTTP/1.1')],
        [line('GET ?a HTTP/1.1'), line('GET /?a HTTP/1.1')],
        [line('GET a:80 HTTP/1.1'), line('GET http://a HTTP/1.1')],
        [line('GET ://a/b HTTP/1.1'), line('GET //a/b HTTP/1.1')],
        [line('GET http:/a HTTP/1.1'), line('GET http://a/ HTTP/1.1')],
        [line('GET http:///a HTTP/1.1'), line('GET HTTP://A/a HTTP/1.1')],
        [line('GET http:// HTTP/1.1'), line('GET http://a?b HTTP/1.1')],
        [line('GET http://u@a/ HTTP/1.1'), line('GET http://a/u@a HTTP/1.1')],
        [line('GET http://u:p@a/ HTTP/1.1'), line('GET http://a/?u:p@a HTTP/1.1')],
        [line('GET http://a,b/ HTTP/1.1'), line('GET http://a/,b HTTP/1.1')],
        [line('GET http://a\\b/ HTTP/1.1'), line('GET http://a/\\b HTTP/1.1')],
        [line('GET ftp://a/ HTTP/1.1'), line('GET https://a/ HTTP/1.1')],
        [line('GET http://[::g]/ HTTP/1.1'), head('GET http://[::1]/ HTTP/1.1', 'Host: [::1]')],
        [line('GET http://a:x/ HTTP/1.1'), head('GET http://a:8/ HTTP/1.1', 'Host: a:8')],
      ],
    },
  ],
  VERSION_MALFORMED: [
    {
      pairs: [
        [line('GET / http/1.1'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/1'), line('GET / HTTP/1.0')],
        [line('GET / HTTP/1.'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/1.10'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/01.1'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/.1.1'), line('GET / HTTP/1.1')],
        [line('GET / '), line('GET / HTTP/1.1')],
        [line('GET / HTTP/1.1\0'), line('GET / HTTP/1.1')],
        [line('GET / ICE/1.0'), line('GET / HTTP/1.0')],
      ],
    },
  ],
  VERSION_NOT_SPOKEN: [
    {
      pairs: [
        [line('GET / HTTP/2.0'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/1.2'), line('GET / HTTP/1.1')],
        [line('GET / HTTP/0.9'), line('GET / HTTP/1.0')],
        [line('GET / HTTP/3.1'), line('GET / HTTP/1.1')],
        ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', line('PRI / HTTP/1.1')],
      ],
    },
  ],
  STATUS_LINE_MALFORMED: [
    {
      of: 'response',
      pairs: [
        [answer('HTTP/1.1\t200 OK'), answer(OK)],
        [answer('HTTP/1.1 200OK'), answer('HTTP/1.1 200')],
        [answer('HTTP/1.1 2000'), answer('HTTP/1.1 200 ')],
        [answer('HTTP/1.1 200\tOK'), answer('HTTP/1.1 200 \tOK')],
        [answer('http/1.1 200 OK'), answer(OK)],
        [answer('HTTP/2.0 200 OK'), answer('HTTP/1.0 200 OK')],
        [answer('HTTP/1.10 200 OK'), answer(OK)],
        [answer('HTTP/1.2 200 OK'), answer(OK)],
        [answer('HTTP/1 200 OK'), answer(OK)],
        [answer('ICY 200 OK'), answer(OK)],
        [`\r\n${answer(OK)}`, answer(OK)],
        [answer('HTTP/1.1 200 O\0K'), answer('HTTP/1.1 200 \xd6\xa7 K')],
        [answer('HTTP/1.1 200 O\x7fK'), answer('HTTP/1.1 200 O~K')],
        [' HTTP/1.1 200 OK\r\n\r\n', answer(OK)],
      ],
    },
  ],
  INTERIM_TOO_OLD: [
    {
      of: 'response',
      pairs: [
        [
          `${head('HTTP/1.0 100 Continue')}${answer(OK)}`,
          `${head('HTTP/1.1 100 Continue')}${answer('HTTP/1.0 200 OK')}`,
        ],
        [head('HTTP/1.0 101 Switching Protocols'), head('HTTP/1.1 101 Switching Protocols')],
        [`${head('HTTP/1.0 199 Odd')}${answer(OK)}`, answer('HTTP/1.0 200 OK')],
      ],
    },
  ],
  STATUS_MALFORMED: [
    {
      of: 'response',
      pairs: [
        [answer('HTTP/1.1 600 Odd'), answer('HTTP/1.1 599 Odd')],
        [answer('HTTP/1.1 099 Odd'), `${head('HTTP/1.1 100 Continue')}${answer(OK)}`],
        [answer('HTTP/1.1 999 Odd'), answer('HTTP/1.1 500 Odd')],
        [answer('HTTP/1.1 20x Odd'), answer('HTTP/1.1 200 Odd')],
        [answer('HTTP/1.1 20 Odd'), answer('HTTP/1.1 200 Odd')],
        [answer('HTTP/1.1  200 Odd'), answer('HTTP/1.1 200  Odd')],
        [answer('HTTP/1.1 +20 Odd'), answer('HTTP/1.1 200 Odd')],
        [answer('HTTP/1.1 '), answer('HTTP/1.1 200 ')],
      ],
    },
  ],
};

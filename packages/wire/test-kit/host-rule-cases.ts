/** The cases of the rules for the host that a request names. */
import { get, head, line } from './messages.ts';
import type { CasesOf } from './rule-case.ts';

const LINE = 'GET / HTTP/1.1';
const hosted = (host: string): string => head(LINE, `Host: ${host}`);

/** By the code of the rule. */
export const HOST_CASES: CasesOf<
  'HOST_MISSING' | 'HOST_REPEATED' | 'HOST_MALFORMED' | 'HOST_MISMATCH'
> = {
  HOST_MISSING: [
    {
      pairs: [
        [head(LINE), head('GET / HTTP/1.0')],
        [head(LINE, 'X-Host: a'), head(LINE, 'hOST: a')],
        [head('GET http://a/ HTTP/1.1'), head('GET http://a/ HTTP/1.0')],
        [head('OPTIONS * HTTP/1.1'), line('OPTIONS * HTTP/1.1')],
      ],
    },
  ],
  HOST_REPEATED: [
    {
      pairs: [
        [get('Host: b'), get('X-Host: b')],
        [get('Host: a'), get('Hosts: a')],
        [get('hOST:'), get('hOS:')],
        [head('GET / HTTP/1.0', 'Host: a', 'host: a'), head('GET / HTTP/1.0', 'Host: a')],
      ],
    },
  ],
  HOST_MALFORMED: [
    {
      pairs: [
        [hosted(''), hosted('a')],
        [hosted(':80'), hosted('a:80')],
        [hosted('a b'), hosted('a-b')],
        [hosted('a/b'), hosted('a.b')],
        [hosted('a?b'), hosted('a_b')],
        [hosted('a#b'), hosted('a!b')],
        [hosted('u@a'), hosted('u.a')],
        [hosted('u:p@a'), hosted('u.a:8')],
        [hosted('a,b'), hosted('a;b')],
        [hosted('a, a'), hosted('a.')],
        [hosted('a\\b'), hosted('a~b')],
        [hosted('a:b'), hosted('a:')],
        [hosted('a:8:8'), hosted('a:88')],
        [hosted('a:-1'), hosted('a:1')],
        [hosted('a:65536'), hosted('a:65535')],
        [hosted('a:000080'), hosted('a:00080')],
        [hosted('http://a'), hosted('http.a')],
        [hosted('"a"'), hosted("'a'")],
        [hosted('a%'), hosted('a%20')],
        [hosted('a%2'), hosted('a%2e')],
        [hosted('a%zz'), hosted('a%c3%a9')],
        [hosted('\xe9'), hosted('xn--9ca')],
        [hosted('::1'), hosted('[::1]')],
        [hosted('[::1'), hosted('[::1]:80')],
        [hosted('[::1]a'), hosted('[::1]:')],
        [hosted('[:::]'), hosted('[::]')],
        [hosted('[1.2.3.4]'), hosted('1.2.3.4')],
        [hosted('[fe80::1%25eth0]'), hosted('[fe80::1]')],
        [hosted('[v1]'), hosted('[v1.a:b]')],
        [hosted('[]'), hosted('[::ffff:1.2.3.4]')],
        [hosted('a[1]'), hosted('a(1)')],
        [head('GET / HTTP/1.0', 'Host:'), head('GET / HTTP/1.0')],
      ],
    },
  ],
  HOST_MISMATCH: [
    {
      pairs: [
        [line('GET http://b/ HTTP/1.1'), line('GET http://a/ HTTP/1.1')],
        [line('GET http://a:80/ HTTP/1.1'), line('GET http://A/ HTTP/1.1')],
        [line('GET https://a.a/ HTTP/1.1'), line('GET https://a HTTP/1.1')],
        [line('GET http://b/ HTTP/1.0'), head('GET http://b/ HTTP/1.0')],
        [line('OPTIONS http://b HTTP/1.1'), line('OPTIONS http://a HTTP/1.1')],
      ],
    },
  ],
};

/** readWrk: reads what wrk prints, and takes no burst in which something went wrong. */
import { describe, expect, test } from 'vitest';
import { headersOf, readWrk, scriptOf } from './wrk.ts';

const GOOD = `Running 1s test @ http://127.0.0.1:8080/hello
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.87ms  337.85us   8.36ms   93.96%
    Req/Sec    33.83k     2.10k   36.25k    90.00%
  Latency Distribution
     50%  830.00us
     75%    1.93ms
     90%    2.05ms
     99%    1.31s 
  37006 requests in 1.10s, 5.68MB read
Requests/sec:  33650.23
Transfer/sec:      5.17MB
`;

describe('readWrk', () => {
  test('gives the requests, the seconds and the latencies in microseconds', () => {
    expect(readWrk(GOOD)).toEqual({ requests: 37006, seconds: 1.1, p50Us: 830, p99Us: 1_310_000 });
  });

  test('knows milliseconds and minutes', () => {
    const { p50Us, seconds } = readWrk(
      GOOD.replace('830.00us', '2.50ms').replace('in 1.10s', 'in 2.00m'),
    );
    expect({ p50Us, seconds }).toEqual({ p50Us: 2500, seconds: 120 });
  });

  test.each([
    '  Socket errors: connect 0, read 3, write 0, timeout 0',
    '  Non-2xx or 3xx responses: 17',
  ])('refuses a burst with %j', (line) => {
    const output = GOOD.replace('Requests/sec', `${line}\nRequests/sec`);
    expect(() => readWrk(output)).toThrow(`The burst is not good. ${line.trim()}`);
  });

  test('refuses a burst in which nothing was answered', () => {
    expect(() => readWrk(GOOD.replace('37006', '0'))).toThrow('Nothing was answered');
  });

  test('says what it did not find', () => {
    expect(() => readWrk('unable to connect')).toThrow('unable to connect');
  });
});

describe('scriptOf', () => {
  test('a single request without a body needs none', () => {
    expect(scriptOf([{ path: '/', headers: ['A: b'] }])).toBeUndefined();
  });

  test('a body is posted, as bytes unless it has a type', () => {
    const asked = { path: '/', body: '{"a":"\\n"}' };
    expect(scriptOf([asked])).toBe('wrk.method = "POST"\nwrk.body = "{\\"a\\":\\"\\\\n\\"}"\n');
    expect(headersOf(asked)).toEqual(['Content-Type: application/octet-stream']);
    const typed = { ...asked, headers: ['content-type: application/json'] };
    expect(headersOf(typed)).toEqual(typed.headers);
  });

  test('several take turns, each with its own head', () => {
    const script = scriptOf([
      { path: '/a', headers: ['X: y: z'] },
      { path: '/b', body: '1' },
    ]);
    expect(script).toContain('wrk.format("GET", "/a", {["X"] = "y: z"})\n');
    expect(script).toContain(
      'wrk.format("POST", "/b", {["Content-Type"] = "application/octet-stream"}, "1")\nend\n',
    );
  });

  test('refuses what Lua would read otherwise', () => {
    expect(() => scriptOf([{ path: '/', body: 'ü' }])).toThrow('Expected printable ASCII');
  });
});

/** readWrk: reads what wrk prints, and takes no burst in which something went wrong. */
import { describe, expect, test } from 'vitest';
import { postScript, readWrk } from './wrk.ts';

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

test('postScript posts a body of the size', () => {
  expect(postScript(1024)).toContain('wrk.method = "POST"');
  expect(postScript(1024)).toContain('string.rep("x", 1024)');
});

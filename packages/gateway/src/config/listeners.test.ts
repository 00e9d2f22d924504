/** How listeners, connections and the end are read, and what is said of those that are wrong. */
import { describe, expect, test } from 'vitest';
import { formatProblem } from './problem.ts';
import { type ConfigReading, readConfig } from './read-config.ts';

const ROUTES = '\nroutes: [{ name: r, path: /r, respond: {} }]';

const read = (text: string): ConfigReading =>
  readConfig(text + ROUTES, { file: 'g.yaml', plugins: [], environment: { PORT: '9000' } });
/** The problems of a text, without the name of the file. */
const problemsOf = (text: string): string[] =>
  read(text).problems.map((problem) => formatProblem(problem).replace('g.yaml:', ''));

describe('listeners', () => {
  test('are read with all that they may have', () => {
    const { config, problems } = read(`listeners:
  - { host: 0.0.0.0, port: "\${PORT}" }
  - { port: 0 }
  - {}
  - path: /run/gateway.sock
  - host: "::"
    port: 8443
    http2: false
    tls:
      minVersion: TLSv1.3
      clientCa: ca.pem
      clientAuth: request
      certificates:
        - { cert: a.pem, key: a.key }
        - { cert: b.pem, key: b.key, hosts: [b.example, "*.b.example"] }
  - { port: 80, h2c: true, redirectToHttps: { port: 8443, status: 301 } }
  - { port: 81, proxyProtocol: { trusted: [10.0.0.0/8, loopback, unix, "::1"] }, redirectToHttps: true }`);
    expect(problems).toEqual([]);
    expect(config?.listeners).toEqual([
      { host: '0.0.0.0', port: 9000 },
      { port: 0 },
      { port: 8080 },
      { path: '/run/gateway.sock' },
      {
        host: '::',
        port: 8443,
        http2: false,
        tls: {
          minVersion: 'TLSv1.3',
          clientCa: 'ca.pem',
          clientAuth: 'request',
          certificates: [
            { cert: 'a.pem', key: 'a.key' },
            { cert: 'b.pem', key: 'b.key', hosts: ['b.example', '*.b.example'] },
          ],
        },
      },
      { port: 80, h2c: true, redirectToHttps: { port: 8443, status: 301 } },
      {
        port: 81,
        proxyProtocol: { trusted: ['10.0.0.0/8', 'loopback', 'unix', '::1'] },
        redirectToHttps: true,
      },
    ]);
  });

  test('that contradict themselves or each other are told with their places', () => {
    expect(
      problemsOf(`listen: { port: 1 }
listeners:
  - { path: /a, port: 1 }
  - { port: 2, h2c: true, redirectToHttps: true, tls: { certificates: [{ cert: a, key: b }] } }
  - { port: 3 }
  - { host: 127.0.0.1, port: 3 }`),
    ).toEqual([
      '1:1 error CFG030 listen: there is "listeners" as well; put this among them',
      '3:5 error CFG030 listeners[0]: a listener has either "path" or "host" and "port"',
      '4:5 error CFG030 listeners[1]: "h2c" is HTTP/2 without TLS, which there is',
      '4:5 error CFG030 listeners[1]: "redirectToHttps" sends clients to TLS, which they have here',
      '6:5 error CFG030 listeners[3]: two listeners listen on 127.0.0.1:3',
    ]);
  });

  test('must be some, and their TLS must be whole', () => {
    expect(problemsOf('listeners: []')).toEqual([
      '1:12 error CFG014 listeners: there must be one listener or more',
    ]);
    const tls = (text: string): string[] => problemsOf(`listeners: [{ port: 1, tls: ${text} }]`);
    expect(tls('{ certificates: [] }')).toEqual([
      '1:29 error CFG014 listeners[0].tls: TLS needs one certificate or more',
    ]);
    expect(tls('{ certificates: [{ cert: a }] }')).toEqual([
      '1:46 error CFG014 listeners[0].tls.certificates[0]: a certificate needs "key"',
    ]);
    const one = 'certificates: [{ cert: a, key: b }]';
    expect(tls(`{ ${one}, clientAuth: require }`)).toEqual([
      '1:29 error CFG014 listeners[0].tls: "clientAuth" require needs "clientCa", who vouches for them',
    ]);
    expect(tls(`{ ${one}, clientAuth: none, clientCa: c }`)).toEqual([
      '1:29 error CFG030 listeners[0].tls: "clientCa" vouches for nobody where "clientAuth" is none',
    ]);
    expect(tls(`{ ${one}, clientCa: c }`)).toEqual([]);
  });

  test('say what was expected, and what was probably meant', () => {
    expect(
      problemsOf(`listeners:
  - { prot: 1, host: "a b" }
  - { port: 65536, tls: { certificates: [{ cert: a, key: b, hosts: ["*"] }], minVersion: TLSv1.1 } }
  - { port: 3, proxyProtocol: { trusted: [10.0.0.1/8, 300.0.0.1] } }
  - { port: 4, redirectToHttps: { status: 303, port: 0 } }
  - { path: "" }`),
    ).toEqual([
      '2:7 error CFG011 listeners[0].prot: a listener has no such key — did you mean "port"?',
      '2:22 error CFG015 listeners[0].host: expected a host name or an address, got "a b"',
      '3:13 error CFG015 listeners[1].port: expected a whole number from 0 to 65535, got 65536',
      '3:69 error CFG015 listeners[1].tls.certificates[0].hosts[0]: expected a host such as example.com or *.example.com, got "*"',
      '3:90 error CFG015 listeners[1].tls.minVersion: expected one of TLSv1.2, TLSv1.3, got "TLSv1.1" — did you mean "TLSv1.2"?',
      '4:43 error CFG015 listeners[2].proxyProtocol.trusted[0]: expected an address, a range such as 10.0.0.0/8, or one of loopback, private, unix, got "10.0.0.1/8"',
      '4:55 error CFG015 listeners[2].proxyProtocol.trusted[1]: expected an address, a range such as 10.0.0.0/8, or one of loopback, private, unix, got "300.0.0.1"',
      '5:43 error CFG015 listeners[3].redirectToHttps.status: expected one of 301, 302, 307, 308, got 303',
      '5:54 error CFG015 listeners[3].redirectToHttps.port: expected a whole number from 1 to 65535, got 0',
      '6:13 error CFG015 listeners[4].path: expected a path, got ""',
    ]);
  });

  test('never show a key', () => {
    const text = 'listeners: [{ tls: { certificates: [{ cert: [hush], key: { hush: hush } }] } }]';
    expect(problemsOf(text)).toHaveLength(2);
    expect(problemsOf(text).join()).not.toContain('hush');
  });
});

describe('connections and shutdown', () => {
  test('are read, and are not there if nobody says anything', () => {
    const { config } = read(
      'connections: { maxLineBytes: 100, keepAliveMs: 1000, maxConnections: 5 }\nshutdown: { preStopDelayMs: 0, graceMs: 10 }',
    );
    expect(config?.connections).toEqual({
      maxLineBytes: 100,
      keepAliveMs: 1000,
      maxConnections: 5,
    });
    expect(config?.shutdown).toEqual({ preStopDelayMs: 0, graceMs: 10 });
    expect(read('').config).not.toHaveProperty('connections');
    expect(read('').config).not.toHaveProperty('shutdown');
    expect(read('').config).not.toHaveProperty('listeners');
  });

  test('have bounds', () => {
    expect(
      problemsOf('connections: { maxLineBytes: 1, headTimeout: 5 }\nshutdown: { graceMs: -1 }'),
    ).toEqual([
      '1:30 error CFG015 connections.maxLineBytes: expected a whole number, 16 or more, got 1',
      '1:33 error CFG011 connections.headTimeout: "connections" has no such key — did you mean "headTimeoutMs"?',
      '2:22 error CFG015 shutdown.graceMs: expected a whole number, 0 or more, got -1',
    ]);
  });
});

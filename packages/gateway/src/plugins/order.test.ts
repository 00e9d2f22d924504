/** The order in which a request meets the standard plugins; to change it is to change what a gateway does. */
import { expect, test } from 'vitest';
import { configOf, memoryLogger } from '../../test-kit/loopback.ts';
import { createGateway } from '../gateway.ts';
import { PHASES } from '../phases.ts';
import { standardPlugins } from './standard.ts';

const needed: Readonly<Record<string, Record<string, unknown>>> = {
  acl: { groups: ['staff'] },
  'basic-auth': { users: { a: 'p' } },
  'bearer-auth': { tokens: { a: 't' } },
  'content-negotiation': { types: ['application/json'] },
  cors: { origins: ['https://a.example'] },
  'exception-boundary': { form: 'plain' },
  'ip-restriction': { deny: ['192.0.2.1'] },
  jwt: { algorithms: ['HS256'], secrets: ['x'.repeat(32)] },
  'key-auth': { keys: { a: 'k' } },
  'response-transform': { removeBody: ['secret'] },
  'session-cookie': { secrets: ['x'.repeat(32)] },
  'trusted-proxies': { proxies: ['loopback'] },
};

test('the standard plugins stand in this order, however a config lists them', () => {
  const plugins = standardPlugins.map(({ name }) => ({ name, options: needed[name] ?? {} }));
  for (const uses of [plugins, [...plugins].reverse()]) {
    const { otherwise } = createGateway(configOf({ plugins: uses }), {
      logger: memoryLogger(),
    }).explain();
    const order = Object.fromEntries(
      PHASES.map((phase) => [
        phase,
        otherwise.phases[phase].map(({ name, priority }) => `${name} ${priority}`),
      ]),
    );
    expect(order).toEqual({
      access: [
        'exception-boundary 0',
        'trusted-proxies 5',
        'request-id 10',
        'trace-context 11',
        'server-timing 12',
        'http-events 13',
        'detect-disconnect 14',
        'secure-headers 15',
        'ip-block 16',
        'ip-restriction 17',
        'suspicious-paths 18',
        'cors 20',
        'csrf 30',
        'trailing-slash 40',
        'method-override 45',
        'session-cookie 100',
        'key-auth 200',
        'api-key 203',
        'client-certificate 205',
        'basic-auth 210',
        'bearer-auth 220',
        'jwt 230',
        'acl 250',
        'rate-limit 300',
        'body-limit 350',
        'decompress 360',
        'content-negotiation 410',
        'request-transform 420',
        'response-transform 430',
      ],
      content: [],
      headerFilter: [
        'exception-boundary 0',
        'request-id 10',
        'cors 20',
        'rate-limit 300',
        'response-transform 430',
        'session-cookie 900',
        'conditional-requests 980',
        'http-events 987',
        'server-timing 988',
        'compress 990',
      ],
      bodyFilter: [],
      log: [
        'request-id 10',
        'server-timing 12',
        'http-events 13',
        'session-cookie 100',
        'access-log 900',
      ],
    });
    expect(otherwise.around).toEqual(['timeout', 'idempotency-key', 'response-cache']);
  }
});

test('every standard plugin and every option says what it is for', () => {
  for (const { name, description, options } of standardPlugins) {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    for (const text of [description, ...Object.values(options).map((rule) => rule.description)]) {
      expect(text).toMatch(/^[A-Z].*\.$/);
    }
  }
});

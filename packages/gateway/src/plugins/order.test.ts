/** The order in which a request meets the standard plugins; to change it is to change what a gateway does. */
import { expect, test } from 'vitest';
import { configOf, memoryLogger } from '../../test-kit/loopback.ts';
import { createGateway } from '../gateway.ts';
import { PHASES } from '../phases.ts';
import { standardPlugins } from './standard.ts';

const needed: Readonly<Record<string, Record<string, unknown>>> = {
  cors: { origins: ['https://a.example'] },
  'key-auth': { keys: { a: 'k' } },
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
        'request-id 10',
        'cors 20',
        'key-auth 200',
        'rate-limit 300',
      ],
      content: [],
      headerFilter: ['request-id 10', 'cors 20', 'rate-limit 300'],
      bodyFilter: [],
      log: ['request-id 10', 'access-log 900'],
    });
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

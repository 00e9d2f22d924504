/** Tests that no option is overlooked: one with a slip in its name would leave a door open that somebody meant to close. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';

/** What each built-in needs to be made at all. */
const NEEDED: Readonly<Record<string, readonly unknown[]>> = {
  accessLog: [{}],
  basicAuth: [{ users: { ann: 'x' } }],
  bearerAuth: [{ tokens: { ann: 'token' } }],
  contentNegotiation: [{ types: ['text/plain'] }],
  idempotencyKey: [{ scope: () => '' }],
  ipRestriction: [{ allow: ['private'] }],
  jwt: [{ secrets: ['at least thirty-two characters long'], algorithms: ['HS256'] }],
  methodOverride: [createApp(), {}],
  rateLimit: [{ limit: 1 }],
  sessionCookie: [{ secrets: ['at least thirty-two characters long'] }],
  trustedProxies: [{ proxies: ['private'] }],
};

type Maker = (...given: readonly unknown[]) => unknown;

const room = new URL('./middleware/', import.meta.url);
const files = readdirSync(room).filter((file) => /^[a-z-]+\.ts$/.test(file));
const makers = await Promise.all(
  files.map(async (file) => {
    const module = (await import(new URL(file, room).href)) as Readonly<Record<string, Maker>>;
    const kebab = file.slice(0, -'.ts'.length);
    const name = kebab.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    return [name, module[name]] as const;
  }),
);

test.each(makers)('%s refuses an option that it does not know', (name, make) => {
  const given = NEEDED[name] ?? [{}];
  const last = given.at(-1) as object;
  expect(() => make?.(...given)).not.toThrow();
  expect(() => make?.(...given.slice(0, -1), { ...last, alow: 1 })).toThrow(/`alow`/);
});

test('there are as many as there are files', () => {
  expect(makers.length).toBeGreaterThan(24);
  expect(makers.filter(([, make]) => typeof make !== 'function')).toEqual([]);
});

test.each([
  [{ onErrors: () => {} }, '`onErrors`'],
  [{ problems: { showMessage: true } }, '`showMessage`'],
  [{ trailingSlash: 'maybe' }, '`trailingSlash`'],
])('an app refuses %j', (options, message) => {
  expect(() => createApp(options as never)).toThrow(message);
});

/** Tests of needs as types: a name that the compiler does not know is refused before anything runs. */
import { expect, test } from 'vitest';
import { definePlugin } from './plugin.ts';
import { namesOf, needsOf, STANDARD_NAMES } from './plugin-needs.ts';
import { standardPlugins } from '../plugins/standard.ts';
import { createRegistry } from '../registry/registry.ts';
import { defineRegistry } from '../registry/registry-entry.ts';

const module = { access: { handle: () => true } };
const phases = { access: {} };

test('the names that the compiler knows are those of the plugins that come along', () => {
  expect([...STANDARD_NAMES].sort()).toEqual(standardPlugins.map(({ name }) => name).sort());
});

test('names can be said one by one, in a list, or by a definition', () => {
  expect(namesOf('request-id')).toEqual(['request-id']);
  expect(namesOf(['cors', { name: 'mine' }])).toEqual(['cors', 'mine']);
  expect(namesOf(undefined)).toEqual([]);
  expect(needsOf({ before: { name: 'mine' } })).toEqual({ before: ['mine'] });
});

test('definePlugin knows the names that come along, and others by their definitions', () => {
  const spec = { name: 'mine', description: 'Mine.', options: {}, create: () => ({}) } as const;
  const mine = definePlugin({ ...spec, after: 'request-id' });
  expect(mine.after).toEqual(['request-id']);
  expect(definePlugin({ ...spec, name: 'other', before: mine }).before).toEqual(['mine']);
  // @ts-expect-error -- no plugin that comes along has this name
  expect(definePlugin({ ...spec, after: 'requst-id' }).after).toEqual(['requst-id']);
});

test('entries of a registry can need one another, and what comes along', () => {
  const entries = defineRegistry({
    one: { module, phases },
    two: { module, phases, after: ['one', 'request-id'] },
  });
  expect(Object.keys(entries)).toEqual(['one', 'two']);
  defineRegistry({
    one: { module, phases },
    // @ts-expect-error -- no entry has this name
    two: { module, phases, after: 'won' },
  });
});

test('so can those that are registered at once', async () => {
  const registry = createRegistry({ logger: { info() {}, warn() {}, error() {} } });
  await registry.registerAll({
    one: { module, phases },
    // @ts-expect-error -- no entry has this name
    two: { module, phases, after: 'won' },
  });
  await expect(registry.start()).rejects.toThrow('Did you mean "one"?');
});

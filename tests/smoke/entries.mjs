/** Smoke test of every entry of every built package: it loads and exports something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';

/** @type {readonly string[]} */
const entries = JSON.parse(process.env['ENTRIES'] ?? '[]');

test('there are entries to load', () => {
  assert.ok(entries.includes('@interpose/kernel'));
});

for (const specifier of entries) {
  test(`${specifier} loads`, async () => {
    assert.ok(Object.keys(await import(specifier)).length > 0);
  });
}

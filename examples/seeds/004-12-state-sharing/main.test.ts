/** Checks that each request has a duration of its own. */
import { Entity, XrmFakedContextFactory } from '@interpose/dataverse';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { build, main } from './main.ts';

test('D-174 D-32 004-12 requests that overlap do not mix', async () => {
  const lines: string[] = [];
  await main((line) => lines.push(line));
  expect(lines).toEqual(['Processing took 20ms', 'Processing took 300ms']);
});

test('D-174 004-12 a duration is never less than nothing', async () => {
  const lines: string[] = [];
  const clock = fakeClock();
  const service = build(clock, (line) => lines.push(line)).getOrganizationServiceAsync();
  const done = service.create(new Entity('account'));
  await clock.advance(0);
  await done;
  expect(lines).toEqual(['Processing took 0ms']);
});

test('D-31 004-12 the properties of an organization are there as well, by name', () => {
  const context = XrmFakedContextFactory.new();
  const started = new Date(0);
  context.setProperty('ProcessingStarted', started);
  expect(context.getProperty<Date>('ProcessingStarted')).toBe(started);
});

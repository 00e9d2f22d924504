/** Checks the form of the entries, and that what comes along writes the same. */
import { auditTrail, Entity, MiddlewareBuilder } from '@interpose/dataverse';
import { fakeClock } from '@interpose/testing';
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('D-178 004-18 an entry is time, message and, of a Create, the table', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['2026-01-31 12:00:00 - Create - account', '2026-01-31 12:00:00 - Update']);
});

test('D-178 004-18 auditTrail writes the same', () => {
  const entries: string[] = [];
  const context = MiddlewareBuilder.new({ clock: fakeClock({ wallMs: Date.UTC(2026, 0, 31, 12) }) })
    .addCrud()
    .use(auditTrail(entries))
    .useCrud()
    .build();
  context.getOrganizationService().create(new Entity('account'));
  expect(entries).toEqual(['2026-01-31 12:00:00 - Create - account']);
});

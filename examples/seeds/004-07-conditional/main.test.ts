/** Checks that a Retrieve is not written down. */
import { forRequests, MiddlewareBuilder, requestLog } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { main, use } from './main.ts';

test('D-173 004-7 only Create and Update are written down', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['Logging: Create', 'Logged: Create', 'Logging: Update', 'Logged: Update']);
});

test('D-173 004-7 forRequests makes any middleware conditional', () => {
  const lines: string[] = [];
  const log = requestLog({ write: (line) => lines.push(line) });
  use(
    MiddlewareBuilder.new()
      .addCrud()
      .use(forRequests(['Create', 'Update'], log))
      .useCrud()
      .build(),
  );
  expect(lines).toEqual(['[BEFORE] Create', '[AFTER] Create', '[BEFORE] Update', '[AFTER] Update']);
});

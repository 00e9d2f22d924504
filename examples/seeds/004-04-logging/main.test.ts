/** Checks what is written, and that the middleware that comes along writes the same. */
import { Entity, MiddlewareBuilder, requestLog } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build, main } from './main.ts';

test('D-170 D-03 004-4 two lines for one Create', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual(['[BEFORE] Create', '[AFTER] Create']);
});

test('D-170 004-4 requestLog writes the same', () => {
  const [own, given]: [string[], string[]] = [[], []];
  const contexts = [
    build((line) => own.push(line)),
    MiddlewareBuilder.new()
      .addCrud()
      .use(requestLog({ write: (line) => given.push(line) }))
      .useCrud()
      .build(),
  ];
  for (const context of contexts) {
    const service = context.getOrganizationService();
    service.delete('account', service.create(new Entity('account')));
  }
  expect(own).toHaveLength(4);
  expect(given).toEqual(own);
});

/** Checks what is said where one of the two is missing. */
import { MiddlewareBuilder, MissingPartError } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { main } from './main.ts';

test('D-06 004-9 what was added has to be used, and what is used has to be added, in any order', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines).toEqual([
    'The organization request "Create" is not supported. addCrud() was called and useCrud() was not, so nothing of it is in the pipeline. Nothing is supported here.',
    'useCrud() needs addCrud(); call it on the same builder, before build().',
    'done',
  ]);
});

test('D-06 004-9 a part that is missing is found when the organization is built', () => {
  expect(() => MiddlewareBuilder.new().useMessages().build()).toThrow(MissingPartError);
});

/** Checks message and cause, and that what comes along does the same. */
import {
  DataverseFault,
  InvalidPluginExecutionException,
  MiddlewareBuilder,
  wrapErrors,
} from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build } from './main.ts';

const id = '33333333-3333-3333-3333-333333333333';

test('D-175 004-13 the caller gets the message, and the cause; the log has a line', () => {
  const lines: string[] = [];
  let thrown: unknown;
  try {
    build((line) => lines.push(line))
      .getOrganizationService()
      .delete('account', id);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(InvalidPluginExecutionException);
  expect(thrown).toMatchObject({
    message: `Request failed: account With Id = ${id} Does Not Exist`,
    cause: expect.any(DataverseFault),
  });
  expect(lines).toEqual([`Error in Delete: account With Id = ${id} Does Not Exist`]);
});

test('D-175 004-13 wrapErrors does the same', () => {
  const lines: string[] = [];
  const service = MiddlewareBuilder.new()
    .addCrud()
    .use(wrapErrors({ write: (line) => lines.push(line) }))
    .useCrud()
    .build()
    .getOrganizationService();
  expect(() => service.delete('account', id)).toThrow('Request failed: account With Id');
  expect(lines).toEqual([`Error in Delete: account With Id = ${id} Does Not Exist`]);
});

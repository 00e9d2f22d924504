/** Checks that the middleware answers, and that what comes along does so with the real answer. */
import { cacheResponses, MiddlewareBuilder, WhoAmIRequest } from '@interpose/dataverse';
import { expect, test } from 'vitest';
import { build, main } from './main.ts';

test('D-172 004-6 the user is the one that the middleware knows, every time', () => {
  const cachedUserId = crypto.randomUUID();
  const service = build(cachedUserId).getOrganizationService();
  expect(service.execute(new WhoAmIRequest()).userId).toBe(cachedUserId);
  expect(service.execute(new WhoAmIRequest()).userId).toBe(cachedUserId);
});

test('D-02 004-6 everything else goes on', () => {
  const lines: string[] = [];
  main((line) => lines.push(line));
  expect(lines.at(-1)).toBe('accounts: 1');
});

test('D-172 004-6 cacheResponses asks once', () => {
  let asked = 0;
  const service = MiddlewareBuilder.new()
    .addFakeMessageExecutors()
    .use(cacheResponses({ requestNames: ['WhoAmI'] }))
    .use((_, next) => {
      asked++;
      return next();
    })
    .useMessages()
    .build()
    .getOrganizationService();
  const { userId } = service.execute(new WhoAmIRequest());
  expect(service.execute(new WhoAmIRequest()).userId).toBe(userId);
  expect(asked).toBe(1);
});

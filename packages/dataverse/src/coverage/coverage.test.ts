/** Tests of the list of what there is: it is generated from the code, and `vitest -u` writes it anew. */
import { describe, expect, test } from 'vitest';
import { coverage, OrganizationRequest, XrmFakedContextFactory } from '../index.ts';
import { typedRequest } from '../requests/typed-request.ts';
import { KNOWN_MESSAGES } from './known-messages.ts';

const { messages, operators } = coverage();
const here = [...messages.supported, ...messages.partial.map(({ name }) => name)];

describe('coverage.json', () => {
  test('D-118 says of every message what the code says', async () => {
    const text = `${JSON.stringify(coverage(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../coverage.json');
  });

  test('D-118 has every message once, and all that an organization answers', () => {
    const all = [...here, ...messages.missing];
    expect(new Set(all).size).toBe(all.length);
    expect(all.toSorted()).toEqual(KNOWN_MESSAGES);
    expect(XrmFakedContextFactory.new().supportedRequests).toEqual(here.toSorted());
  });

  test('has the operators', () => {
    expect(operators.supported).toContain('eq');
    expect(operators.supported.length + operators.missing.length).toBeGreaterThan(80);
  });
});

test.each(here)('D-18 a request that says %s by name alone becomes one of a class', (name) => {
  const request = new OrganizationRequest(name, { Some: 'parameter' });
  const typed = typedRequest(request);
  expect(typed.constructor).not.toBe(OrganizationRequest);
  expect(typed).toBeInstanceOf(OrganizationRequest);
  expect(typed.parameters).toBe(request.parameters);
  expect(typedRequest(typed)).toBe(typed);
});

test.each(messages.missing)('D-09 %s is refused by name', (name) => {
  const service = XrmFakedContextFactory.new().getOrganizationService();
  expect(() => service.execute(new OrganizationRequest(name))).toThrow(
    `The organization request "${name}" is not supported.`,
  );
});

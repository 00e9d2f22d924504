/** requestId: an id for every call; a good one that came is kept, a bad one never. */
import { createTestContext, createWebContext } from '@interpose/kernel/contexts';
import { pipeline } from '@interpose/kernel';
import { middlewareContract } from '@interpose/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { requestId, type RequestIdOptions } from './request-id.ts';

afterEach(() => void vi.restoreAllMocks());

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

function idOf(ctx: object, options?: RequestIdOptions<object>): string {
  const serve = pipeline<object, string>()
    .use(requestId(options))
    .handle((inner) => inner.requestId);
  return serve(ctx) as string;
}

describe('requestId', () => {
  test('M-120 a call that comes without one gets a UUID, each its own', () => {
    expect(idOf({})).toMatch(UUID);
    expect(idOf({})).not.toBe(idOf({}));
  });

  test('M-120 it is on the context of the caller, so that those further out know it', () => {
    const ctx: { requestId?: string } = {};
    expect(idOf(ctx)).toBe(ctx.requestId);
  });

  test.each([
    ['on the context', { requestId: 'r-1' }],
    ['in a header', { headers: { 'x-request-id': 'r-1' } }],
    [
      'in the headers of a web context',
      createWebContext({ url: '/', headers: { 'X-Request-ID': 'r-1' } }),
    ],
    ['in web headers', { headers: new Headers({ 'X-Request-ID': 'r-1' }) }],
    ['on a context of a function', createTestContext({ requestId: 'r-1' })],
  ])('M-120 keeps a valid one that it finds %s', (_, ctx) => {
    expect(idOf(ctx)).toBe('r-1');
  });

  test.each([
    '',
    ' ',
    'a b',
    'a\r\nSet-Cookie: x',
    '<script>',
    'x'.repeat(129),
    'ü',
    5,
    null,
    {},
    ['r-1'],
  ])('M-120 does not keep %j', (given) => {
    expect(idOf({ requestId: given })).toMatch(UUID);
    expect(idOf({ headers: { 'x-request-id': given } })).toMatch(UUID);
  });

  test('M-120 X-R4 property: whatever comes, the id can stand in a header and on a line', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.anything()), (given) => {
        expect(idOf({ requestId: given })).toMatch(/^[\w.=:+/-]{1,128}$/);
      }),
    );
  });

  test('callers who are not trusted are not asked', () => {
    expect(idOf({ requestId: 'r-1' }, { inbound: 'ignore' })).toMatch(UUID);
  });

  test('finds, judges and makes ids as it is told', () => {
    const options: RequestIdOptions<object> = {
      inbound: (ctx) => (ctx as { readonly trace?: string }).trace,
      isValid: (id) => id.startsWith('t-'),
      generate: () => 'made',
    };
    expect(idOf({ trace: 't-1' }, options)).toBe('t-1');
    expect(idOf({ trace: 'x' }, options)).toBe('made');
    expect(idOf({ requestId: 't-1' }, options)).toBe('made');
  });

  test.each(['inbound', 'isValid', 'generate'] as const)(
    'X-R7 %s that throws stops nobody',
    (name) => {
      const said = vi.spyOn(console, 'error').mockImplementation(() => {});
      const fail = (): never => {
        throw new Error('broken');
      };
      const ctx = name === 'generate' ? {} : { requestId: 'r-1' };
      expect(idOf(ctx, { [name]: fail })).toMatch(UUID);
      expect(said).toHaveBeenCalledOnce();
    },
  );

  test('an id that is none is made anew', () => {
    expect(idOf({}, { generate: () => '' })).toMatch(UUID);
    expect(idOf({}, { generate: () => 5 as never })).toMatch(UUID);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => requestId({ inbound: 'trust' } as never)).toThrow(`a function or 'ignore'`);
    expect(() => requestId({ generate: 'x' } as never)).toThrow(
      'Expected `generate` to be a function',
    );
    expect(() => requestId({ generator: 1 } as never)).toThrow('Did you mean "generate"?');
  });

  const laws = middlewareContract(() => requestId(), { sync: true });
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});

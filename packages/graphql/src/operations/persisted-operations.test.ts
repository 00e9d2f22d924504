/** Which text a request by hash or id means, and which requests are refused. */
import { describe, expect, test, vi } from 'vitest';
import { GraphQLError } from 'graphql';
import { persistedOperations } from './persisted-operations.ts';
import { sha256Of } from './sha256.ts';

const QUERY = '{__typename}';
const HASH = 'ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38';
const byHash = (sha256Hash: unknown, version: unknown = 1) => ({
  extensions: { persistedQuery: { version, sha256Hash } },
});

async function codeOf(asked: Promise<unknown>): Promise<unknown> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(GraphQLError);
  return (error as GraphQLError).extensions['code'];
}

test('the hash is the one that clients of Apollo send', async () => {
  expect(await sha256Of(QUERY)).toBe(HASH);
});

describe('automatic', () => {
  test('a hash is unknown at first, learnt with its text, and known then', async () => {
    const persisted = persistedOperations({ mode: 'automatic' });
    const first = persisted.resolve(byHash(HASH));
    await expect(first).rejects.toThrow('PersistedQueryNotFound');
    expect(await codeOf(first)).toBe('PERSISTED_QUERY_NOT_FOUND');
    const { query, remember } = await persisted.resolve({ ...byHash(HASH), query: QUERY });
    expect(query).toBe(QUERY);
    expect(await codeOf(persisted.resolve(byHash(HASH)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    await remember?.();
    expect(await persisted.resolve(byHash(HASH))).toEqual({ query: QUERY });
    expect(await persisted.resolve(byHash(HASH.toUpperCase()))).toEqual({ query: QUERY });
    expect(await persisted.resolve({ documentId: `sha256:${HASH}` })).toEqual({ query: QUERY });
  });

  test('a plain text passes and is not kept', async () => {
    const persisted = persistedOperations({ mode: 'automatic' });
    expect(await persisted.resolve({ query: QUERY })).toEqual({ query: QUERY });
  });

  test('a hash of another text is refused, and nobody can put a text under it', async () => {
    const persisted = persistedOperations({ mode: 'automatic' });
    const asked = persisted.resolve({ ...byHash(HASH), query: '{ evil }' });
    await expect(asked).rejects.toThrow('provided sha does not match query');
    expect(await codeOf(asked)).toBe('BAD_REQUEST');
    expect(await codeOf(persisted.resolve(byHash(HASH)))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('what makes no sense is refused', async () => {
    const persisted = persistedOperations({ mode: 'automatic' });
    for (const params of [
      {},
      { query: '' },
      { query: null, extensions: null },
      { query: 5 },
      { query: ['a'] },
      byHash(HASH, 2),
      byHash(HASH, '1'),
      byHash(undefined),
      byHash({}),
      { extensions: { persistedQuery: 'x' } },
      { extensions: ['persistedQuery'] },
      { documentId: 7 },
    ]) {
      expect(await codeOf(persisted.resolve(params as never))).toBe('BAD_REQUEST');
    }
    for (const name of ['__proto__', 'constructor', 'toString', '']) {
      expect(await codeOf(persisted.resolve(byHash(name)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    }
  });

  test('only so many texts of such a length are kept', async () => {
    const persisted = persistedOperations({ mode: 'automatic', maxEntries: 2, maxQueryLength: 10 });
    const keep = async (query: string): Promise<string> => {
      const hash = await sha256Of(query);
      await (await persisted.resolve({ ...byHash(hash), query })).remember?.();
      return hash;
    };
    const [a, b, c] = [await keep('{ a }'), await keep('{ b }'), await keep('{ c }')];
    expect(await codeOf(persisted.resolve(byHash(a)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect(await persisted.resolve(byHash(b))).toEqual({ query: '{ b }' });
    expect(await persisted.resolve(byHash(c))).toEqual({ query: '{ c }' });
    const long = await keep('{ aaaaaaaaaaaaaaa }');
    expect(await codeOf(persisted.resolve(byHash(long)))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  test('a store that fails costs a second request, and nothing else', async () => {
    const onStoreError = vi.fn();
    const fail = (): never => {
      throw new Error('down');
    };
    const store = { get: async () => Promise.reject(new Error('down')), set: fail };
    const persisted = persistedOperations({ mode: 'automatic', store, onStoreError });
    expect(await codeOf(persisted.resolve(byHash(HASH)))).toBe('PERSISTED_QUERY_NOT_FOUND');
    const { query, remember } = await persisted.resolve({ ...byHash(HASH), query: QUERY });
    expect(query).toBe(QUERY);
    await remember?.();
    expect(onStoreError).toHaveBeenCalledTimes(2);
    const strange = { get: () => 5, set: () => {} };
    const odd = persistedOperations({ mode: 'automatic', store: strange as never });
    expect(await codeOf(odd.resolve(byHash(HASH)))).toBe('PERSISTED_QUERY_NOT_FOUND');
  });
});

describe('allow-list', () => {
  const store = new Map([
    [HASH, QUERY],
    ['user-page', '{ me }'],
  ]);
  const persisted = persistedOperations({ mode: 'allow-list', store });

  test('what is listed can be asked for by hash, by id and by its text', async () => {
    for (const params of [
      byHash(HASH),
      { documentId: HASH },
      { documentId: `sha256:${HASH}` },
      { id: HASH },
      { query: QUERY },
      { ...byHash(HASH), query: QUERY },
    ]) {
      expect(await persisted.resolve(params)).toEqual({ query: QUERY });
    }
    expect(await persisted.resolve({ documentId: 'user-page' })).toEqual({ query: '{ me }' });
  });

  test('all else is refused', async () => {
    expect(await codeOf(persisted.resolve({ query: '{ evil }' }))).toBe(
      'PERSISTED_OPERATION_REQUIRED',
    );
    // Its id is no hash, so nobody can tell that it is listed.
    expect(await codeOf(persisted.resolve({ query: '{ me }' }))).toBe(
      'PERSISTED_OPERATION_REQUIRED',
    );
    const other = await sha256Of('{ evil }');
    expect(await codeOf(persisted.resolve({ ...byHash(other), query: '{ evil }' }))).toBe(
      'PERSISTED_OPERATION_NOT_FOUND',
    );
    for (const id of [
      'nothing',
      '__proto__',
      'constructor',
      'sha256:',
      'sha256:user',
      'get',
      'size',
    ]) {
      expect(await codeOf(persisted.resolve({ documentId: id }))).toBe(
        'PERSISTED_OPERATION_NOT_FOUND',
      );
    }
    expect(await codeOf(persisted.resolve({ documentId: 'user-page', query: '{ evil }' }))).toBe(
      'BAD_REQUEST',
    );
    expect(await codeOf(persisted.resolve({}))).toBe('BAD_REQUEST');
  });

  test('texts may be refused altogether', async () => {
    const strict = persistedOperations({ mode: 'allow-list', store, idsOnly: true });
    expect(await codeOf(strict.resolve({ query: QUERY }))).toBe('PERSISTED_OPERATION_REQUIRED');
    expect(await strict.resolve({ documentId: HASH })).toEqual({ query: QUERY });
  });

  test('a store that fails lets nothing through', async () => {
    const onStoreError = vi.fn();
    const broken = persistedOperations({
      mode: 'allow-list',
      store: { get: async () => Promise.reject(new Error('secret address')) },
      onStoreError,
    });
    const asked = broken.resolve({ query: QUERY });
    await expect(asked).rejects.toThrow('The operation could not be looked up.');
    expect(await codeOf(asked)).toBe('INTERNAL_SERVER_ERROR');
    expect(onStoreError).toHaveBeenCalledOnce();
    const strange = persistedOperations({
      mode: 'allow-list',
      store: { get: () => ({}) as never },
    });
    expect(await codeOf(strange.resolve({ id: 'x' }))).toBe('PERSISTED_OPERATION_NOT_FOUND');
  });
});

test('options are checked', () => {
  expect(() => persistedOperations({} as never)).toThrow('Expected `mode`');
  expect(() => persistedOperations({ mode: 'allow-list' })).toThrow(
    'Expected `store` to be a store',
  );
  expect(() => persistedOperations({ mode: 'automatic', store: { get: () => undefined } })).toThrow(
    'a store with get and set',
  );
  expect(() => persistedOperations({ mode: 'automatic', maxEntries: 0 })).toThrow(
    'Expected `maxEntries`',
  );
  expect(() => persistedOperations({ mode: 'automatic', max: 1 } as never)).toThrow(
    'Unknown option `max`',
  );
});

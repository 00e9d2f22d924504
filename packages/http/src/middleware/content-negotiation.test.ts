/** Tests of contentNegotiation. */
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { contentNegotiation } from './content-negotiation.ts';

async function ask(headers: Record<string, string>) {
  const app = createApp()
    .use(contentNegotiation({ types: ['application/json', 'text/csv'], languages: ['en', 'de'] }))
    .get('/', ({ negotiated }) => {
      // The types are those that were given.
      const type: 'application/json' | 'text/csv' = negotiated.type;
      return `${type} ${negotiated.language}`;
    });
  const answer = await app.fetch(new Request('http://host/', { headers }));
  return { status: answer.status, text: await answer.text(), vary: answer.headers.get('vary') };
}

describe('contentNegotiation', () => {
  test.each([
    [{}, 'application/json en'],
    [{ accept: 'text/csv' }, 'text/csv en'],
    [{ accept: 'text/*', 'accept-language': 'de-AT, de;q=0.9' }, 'text/csv de'],
    [{ 'accept-language': 'fr' }, 'application/json en'],
  ])('%j: %s', async (headers, text) => {
    expect(await ask(headers as Record<string, string>)).toEqual({
      status: 200,
      text,
      vary: 'Accept, Accept-Language',
    });
  });

  test('refuses with 406 who wants none of the types, and says which there are', async () => {
    const { status, text, vary } = await ask({ accept: 'image/png' });
    expect([status, vary]).toEqual([406, 'Accept, Accept-Language']);
    expect(JSON.parse(text)).toMatchObject({
      code: 'NOT_ACCEPTABLE',
      detail: 'There is application/json, text/csv',
    });
  });

  test('refuses options that are none', () => {
    expect(() => contentNegotiation({})).toThrow('`types`');
    expect(() => contentNegotiation({ types: [] })).toThrow('`types`');
    expect(() => contentNegotiation({ languages: [''] })).toThrow('`languages`');
  });
});

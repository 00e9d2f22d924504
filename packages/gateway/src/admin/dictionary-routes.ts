/** The dictionaries over the admin API: how large they are and how full, and never what is in them. */
import { type App, HttpError } from '@interpose/http';
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import type { SharedDictionary } from '../dictionaries/shared-dictionary.ts';
import type { AdminTarget } from './admin-target.ts';
import { listOf, NUMBER, TEXT } from './answer-schemas.ts';

/** A dictionary without its content. */
export interface DictionaryShown {
  readonly name: string;
  readonly capacityBytes: number;
  readonly freeBytes: number;
  readonly entries: number;
}

const TAGS = ['dictionaries'] as const;

/** Adds the routes. */
export function addDictionaryRoutes(
  app: App,
  { dictionaries }: Pick<AdminTarget, 'dictionaries'>,
): void {
  app.get(
    '/dictionaries',
    {
      tags: TAGS,
      summary: 'The dictionaries, how large they are and how full',
      responses: {
        200: listOf({ name: TEXT, capacityBytes: NUMBER, freeBytes: NUMBER, entries: NUMBER }),
      },
    },
    () => dictionariesShown(dictionaries),
  );
  app.delete(
    '/dictionaries/:name',
    {
      tags: TAGS,
      summary: 'Empties a dictionary',
      description: 'What it knew is gone: counts begin again, limits are full, bans are lifted.',
      responses: { 204: { description: 'It is empty' } },
    },
    async ({ params, response }) => {
      const { name } = params;
      const dictionary = Object.hasOwn(dictionaries, name) ? dictionaries[name] : undefined;
      if (!dictionary) throw new HttpError(404, 'There is no dictionary of this name');
      await dictionary.flushAll();
      response.status = 204;
      return null;
    },
  );
}

/** The sizes of all. */
export async function dictionariesShown(
  dictionaries: Dictionaries,
): Promise<readonly DictionaryShown[]> {
  const all = Object.entries(dictionaries).filter(
    (entry): entry is [string, SharedDictionary] => entry[1] !== undefined,
  );
  return Promise.all(
    all.map(async ([name, dictionary]) => ({
      name,
      capacityBytes: dictionary.capacityBytes,
      freeBytes: await dictionary.freeBytes(),
      entries: await dictionary.size(),
    })),
  );
}

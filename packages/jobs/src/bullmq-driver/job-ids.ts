/** Ids of jobs: any text of ours as one that BullMQ takes, and back. */

/** How an id begins that is written otherwise than it is. */
const ESCAPE = '=';

/** BullMQ gives whole numbers itself, and takes ids apart at colons; two of them it allows. */
const isTaken = (id: string): boolean =>
  !/^-?\d+$/.test(id) && !id.startsWith(ESCAPE) && [1, 3].includes(id.split(':').length);

const escaped = (id: string): string => `${ESCAPE}${encodeURIComponent(id)}`;

/** The id under which a job is added that is to have this one. */
export const storedId = (id: string): string => (isTaken(id) ? id : escaped(id));

/** Where a job of this id may be: a whole number may have been given by BullMQ. */
export const storedIds = (id: string): readonly string[] =>
  /^\d+$/.test(id) ? [id, escaped(id)] : [storedId(id)];

/** The id that a job was given, by the one under which it is stored. */
export const givenId = (stored: string): string =>
  stored.startsWith(ESCAPE) ? decodeURIComponent(stored.slice(1)) : stored;

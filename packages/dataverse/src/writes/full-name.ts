/** Full name: that of a person, made of his first and his last name. */
import type { Cell } from '../store/cell.ts';

const PEOPLE: ReadonlySet<string> = new Set(['contact', 'lead', 'systemuser']);

/** Makes the name anew, if one of its parts was given. */
export function addFullName(
  logicalName: string,
  cells: Record<string, Cell>,
  names: readonly string[],
): void {
  if (!PEOPLE.has(logicalName)) return;
  if (!names.includes('firstname') && !names.includes('lastname')) return;
  const parts = [cells['firstname'], cells['lastname']].filter((part) => typeof part === 'string');
  if (parts.length) cells['fullname'] = parts.join(' ');
  else delete cells['fullname'];
}

/** countedIds: ids that are the same in every run. */
import { checkWhole } from '@interpose/kernel/options';
import type { Guid } from '../records/guid.ts';

/** The last number that there is an id for. */
const MOST = 0xffff_ffff_ffff;

/** Makes ids that count up, `00000000-0000-4000-8000-000000000001` and so on. */
export function countedIds(first = 1): () => Guid {
  let next = checkWhole('first', first);
  return () => {
    const number = checkWhole('id', next++);
    if (number > MOST) throw new RangeError(`There are no more ids behind ${MOST}.`);
    return `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
  };
}

/** inTurn: does something for one item after the other, waiting only for what is not there at once. */
import { type Awaitable, isThenable } from '@interpose/kernel';

/** Does a step for each item until one says that it was the last; synchronous as long as the steps are. */
export function inTurn<Item>(
  items: readonly Item[],
  step: (item: Item, index: number) => Awaitable<'go on' | 'stop'>,
  from = 0,
): Awaitable<void> {
  for (let index = from; index < items.length; index++) {
    const said = step(items[index] as Item, index);
    if (isThenable(said)) {
      return said.then((word) => (word === 'stop' ? undefined : inTurn(items, step, index + 1)));
    }
    if (said === 'stop') return;
  }
}

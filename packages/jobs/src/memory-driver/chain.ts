/** Chain: items in a row; they come at either end and leave from anywhere, and no step takes a search. */

/** Something that can stand in one chain at a time. */
export interface Link<T> {
  before: T | undefined;
  after: T | undefined;
}

/** A doubly linked list of items that carry their own links. */
export class Chain<T extends Link<T>> {
  first: T | undefined;
  last: T | undefined;
  size = 0;

  addFirst(item: T): void {
    item.before = undefined;
    item.after = this.first;
    if (this.first) this.first.before = item;
    else this.last = item;
    this.first = item;
    this.size++;
  }

  addLast(item: T): void {
    item.after = undefined;
    item.before = this.last;
    if (this.last) this.last.after = item;
    else this.first = item;
    this.last = item;
    this.size++;
  }

  /** The item must be in this chain. */
  remove(item: T): void {
    if (item.before) item.before.after = item.after;
    else this.first = item.after;
    if (item.after) item.after.before = item.before;
    else this.last = item.before;
    item.before = undefined;
    item.after = undefined;
    this.size--;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let item = this.first; item; item = item.after) yield item;
  }
}

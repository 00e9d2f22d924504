/** OptionSetValue and OptionSetValueCollection: one choice, and several. */
import { unexpected } from '@interpose/kernel/options';

/** One choice, by its number. Never changes. */
export class OptionSetValue {
  readonly value: number;

  /** @throws TypeError for anything but a whole number */
  constructor(value: number) {
    this.value = checked(value);
    Object.freeze(this);
  }
}

/** Several choices, each once, the smallest first. Never changes. */
export class OptionSetValueCollection {
  readonly values: readonly number[];

  /** @throws TypeError for anything but whole numbers */
  constructor(values: Iterable<number | OptionSetValue>) {
    const numbers = Array.from(values, (one) =>
      one instanceof OptionSetValue ? one.value : checked(one),
    );
    this.values = Object.freeze([...new Set(numbers)].toSorted((one, other) => one - other));
    Object.freeze(this);
  }
}

function checked(value: number): number {
  if (!Number.isInteger(value)) throw unexpected('value', 'a whole number', value);
  return value;
}

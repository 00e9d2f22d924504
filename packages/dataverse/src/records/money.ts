/** Money: an amount in the currency of its record. */
import { unexpected } from '@interpose/kernel/options';

/** An amount. Never changes. */
export class Money {
  readonly value: number;

  /** @throws TypeError for anything but a finite number */
  constructor(value: number) {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      throw unexpected('value', 'an amount', value);
    }
    this.value = value;
    Object.freeze(this);
  }
}

/** What every driver of queues owes, wherever it keeps its jobs. */
import { describe } from 'vitest';
import { addingCases } from './adding-cases.ts';
import { attemptCases } from './attempt-cases.ts';
import { dyingCases } from './dying-cases.ts';
import type { OpenDriver } from './driver-kit.ts';
import { handingOutCases } from './handing-out-cases.ts';
import { orderCases } from './order-cases.ts';
import { schedulerCases } from './scheduler-cases.ts';

/**
 * Holds drivers of one kind to the contract. `open` is called afresh for each case.
 *
 * @example
 * driverContract('memory', () => memoryKit());
 */
export function driverContract(name: string, open: OpenDriver): void {
  describe(name, () => {
    describe('adding and asking', () => {
      addingCases(open);
    });
    describe('order', () => {
      orderCases(open);
    });
    describe('attempts', () => {
      attemptCases(open);
    });
    describe('handing out', () => {
      handingOutCases(open);
    });
    describe('consumers that die', () => {
      dyingCases(open);
    });
    describe('schedulers', () => {
      schedulerCases(open);
    });
  });
}

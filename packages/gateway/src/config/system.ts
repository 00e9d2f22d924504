/** Reads how often the gateway keeps its own things in order. */
import type { SystemConfig } from '../statistics/system-config.ts';
import { CLEANUP_FAULT } from '../statistics/system-cleanup.ts';
import { number } from './scalar-shapes.ts';
import { optional, readFields, type Shape } from './shape.ts';

const MOST_MS = 2 ** 31 - 1;
const wholeMs = number({ whole: true, max: MOST_MS });

/** Below 1 in the words that operators know from before. */
const cleanupIntervalMs: Shape<number> = (node, report) => {
  const value = wholeMs(node, report);
  if (value === undefined || value >= 1) return value;
  return report.error('badValue', node, CLEANUP_FAULT);
};

/** The shape of `system`. */
export const systemShape: Shape<SystemConfig> = (node, report) =>
  readFields<SystemConfig>(
    node,
    {
      cleanupIntervalMs: optional(cleanupIntervalMs),
      statisticsIntervalMs: optional(number({ whole: true, min: 1, max: MOST_MS })),
    },
    { what: '"system"', report },
  ) as SystemConfig | undefined;

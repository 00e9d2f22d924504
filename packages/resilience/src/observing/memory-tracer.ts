/** memoryTracer: keeps the last spans in memory. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import { type ErrorFacts, errorFacts } from '../boundary/error-facts.ts';
import { safeText } from '../boundary/safe-text.ts';
import { checkFunction } from '../policy.ts';
import type { Span, SpanStart, Tracer } from './tracer.ts';

/** A span that has ended. */
export interface SpanRecord {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly error: ErrorFacts | undefined;
}

/** Options of `memoryTracer`. */
export interface MemoryTracerOptions {
  /** How many spans are kept; the oldest goes first. @default 1000 */
  readonly maxSpans?: number;
  /** @default systemClock */
  readonly clock?: Clock;
  /** Gives numbers from 0 to below 1, of which ids are made. @default Math.random */
  readonly random?: () => number;
}

/** A tracer whose spans can be read. */
export interface MemoryTracer extends Tracer {
  /** The spans that have ended, in the order in which they did. */
  spans(): readonly SpanRecord[];
}

const MOST_ATTRIBUTES = 64;

/**
 * Makes a tracer that keeps spans in memory, for tests and for a look at what happened last. Spans that whoever called does not record are
 * not kept.
 *
 * @throws TypeError or RangeError for options out of range
 */
export function memoryTracer(options: MemoryTracerOptions = {}): MemoryTracer {
  checkNames('memoryTracer()', options, ['maxSpans', 'clock', 'random']);
  const { maxSpans = 1000, clock = systemClock, random = Math.random } = options;
  checkWhole('maxSpans', maxSpans, 1);
  checkFunction('random', random);
  const kept: SpanRecord[] = [];
  const keep = (span: SpanRecord): void => {
    kept.push(span);
    if (kept.length > maxSpans) kept.shift();
  };
  return {
    spans: () => [...kept],
    start: (start) => new MemorySpan(start, { clock, random, keep }),
  };
}

interface Means {
  readonly clock: Clock;
  readonly random: () => number;
  readonly keep: (span: SpanRecord) => void;
}

class MemorySpan implements Span {
  readonly trace: Span['trace'];
  readonly #start: SpanStart;
  readonly #means: Means;
  readonly #startedAt: number;
  readonly #startedMs: number;
  readonly #attributes = new Map<string, string | number | boolean>();
  #error: ErrorFacts | undefined;
  #ended = false;

  constructor(start: SpanStart, means: Means) {
    const { parent } = start;
    const { clock, random } = means;
    this.#start = start;
    this.#means = means;
    this.trace = {
      traceId: parent?.traceId ?? hex(32, random),
      spanId: hex(16, random),
      sampled: parent?.sampled ?? true,
      ...(parent?.traceState !== undefined && { traceState: parent.traceState }),
    };
    this.#startedAt = clock.wall();
    this.#startedMs = clock.now();
  }

  setAttribute(name: string, value: string | number | boolean): void {
    if (this.#attributes.size >= MOST_ATTRIBUTES && !this.#attributes.has(name)) return;
    const shown = typeof value === 'string' ? safeText(value) : value;
    this.#attributes.set(name, isSecret(name) ? REDACTED : shown);
  }

  recordError(error: unknown): void {
    this.#error = errorFacts(error);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { traceId, spanId, sampled } = this.trace;
    if (!sampled) return;
    this.#means.keep({
      name: this.#start.name,
      traceId,
      spanId,
      parentSpanId: this.#start.parent?.spanId,
      startedAt: this.#startedAt,
      durationMs: this.#means.clock.now() - this.#startedMs,
      attributes: Object.fromEntries(this.#attributes),
      error: this.#error,
    });
  }
}

/** Hexadecimal digits, not all zero. */
function hex(digits: number, random: () => number): string {
  let text = '';
  while (text.length < digits) {
    text += Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  }
  return /[^0]/.test(text) ? text : `${text.slice(1)}1`;
}

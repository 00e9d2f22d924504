/** timingExtension: tells clients how long the fields of their operation took, under `extensions.timing`. */
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { collectTimings, type Timings, type TimingsOptions } from './timings.ts';

/** Options of `timingExtension`. */
export interface TimingExtensionOptions extends TimingsOptions {
  /** For which operations, by their context. Times tell much of what lies behind a field. @default all */
  readonly when?: (context: unknown) => boolean;
}

/** A result of GraphQL as far as it is used here. */
// oxlint-disable-next-line typescript/no-explicit-any -- results of whatever version, streams among them
type AnyResult = any;

/** What Envelop and Yoga tell a plugin before an operation is executed. */
export interface TimedStart {
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments of `execute`, of whatever version
  readonly args: any;
}

/** What Envelop and Yoga tell a plugin when it has been executed. */
export interface TimedEnd {
  readonly result: AnyResult;
  setResult(result: AnyResult): void;
}

/** What Apollo Server tells a plugin of a request. */
export interface TimedRequest {
  // oxlint-disable-next-line typescript/no-explicit-any -- the context of whatever server
  readonly contextValue: any;
  readonly response: { readonly body: AnyResult };
}

/** A plugin for Envelop, GraphQL Yoga and Apollo Server; it needs nothing of theirs. */
export interface TimingExtension {
  onExecute(start: TimedStart): { onExecuteDone(end: TimedEnd): void } | undefined;
  requestDidStart(): Promise<{
    executionDidStart(request: TimedRequest): Promise<void>;
    willSendResponse(request: TimedRequest): Promise<void>;
  }>;
}

/**
 * Puts what `fieldTiming()` has measured on the result: `{ "extensions": { "timing": { "Query.user": { "calls": 1, … } } } }`.
 *
 * @throws TypeError or RangeError for options out of range
 * @example
 * createYoga({ schema, plugins: [useInterpose({ fields: fields().use(fieldTiming()) }), timingExtension()] });
 */
export function timingExtension(options: TimingExtensionOptions = {}): TimingExtension {
  checkNames('timingExtension()', options, ['maxFields', 'when']);
  const { maxFields = 100, when } = options;
  checkWhole('maxFields', maxFields, 1);
  if (when !== undefined && typeof when !== 'function')
    throw unexpected('when', 'a function', when);
  /** Nothing if it is not wanted, or the context cannot hold it. */
  const begin = (context: unknown): Timings | undefined => {
    let timings: Timings | undefined;
    unharmed(() => {
      if (typeof context !== 'object' || context === null || when?.(context) === false) return;
      timings = collectTimings(context, { maxFields });
    });
    return timings;
  };
  return {
    onExecute({ args }) {
      const timings = begin(args.contextValue);
      if (!timings) return undefined;
      return {
        onExecuteDone({ result, setResult }) {
          // A stream of results has no one place for it.
          if (isSingle(result)) setResult(withTiming(result, timings));
        },
      };
    },
    requestDidStart() {
      let timings: Timings | undefined;
      return Promise.resolve({
        executionDidStart({ contextValue }) {
          timings = begin(contextValue);
          return Promise.resolve();
        },
        willSendResponse({ response: { body } }) {
          if (timings && body?.kind === 'single') {
            body.singleResult = withTiming(body.singleResult, timings);
          }
          return Promise.resolve();
        },
      });
    },
  };
}

function isSingle(result: AnyResult): boolean {
  return typeof result === 'object' && result !== null && !(Symbol.asyncIterator in result);
}

function withTiming(result: AnyResult, timings: Timings): AnyResult {
  return { ...result, extensions: { ...result.extensions, timing: timings.read() } };
}

/** childMain: the whole program of a child process that runs one job. It is sent as text, so that it is there however the parent was bundled. */
import type { Errand, FromChild, JobFacts, SentError, ToChild } from './child-words.ts';

/** What the program is given: nothing else of the file, nor of any other, is there when it runs. */
export interface ChildWorld {
  readonly process: NodeJS.Process;
  load(url: string): Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Waits for a job, runs it, tells what it came to and ends. Every function in it is a method or is handed on at once: to those that have a
 * name of their own, bundlers add calls of something that is not there.
 */
export function childMain({ process, load }: ChildWorld): void {
  const controller = new AbortController();
  const errands = new Map<number, (error: SentError | undefined) => void>();
  const child = {
    sent: 0,
    isOver: false,

    say(message: FromChild): void {
      process.send?.(message);
    },

    plain(error: unknown, depth: number): SentError {
      if (!(error instanceof Error)) {
        const message =
          typeof error === 'string' ? error : `Threw ${typeof error}: ${String(error)}`;
        return { name: 'Error', message, stack: undefined, own: {}, cause: undefined };
      }
      const own: Record<string, string | number | boolean | null> = {};
      for (const key of ['code', ...Object.keys(error)]) {
        const value: unknown = (error as never)[key];
        if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
          Object.defineProperty(own, key, { value, enumerable: true, configurable: true });
        }
      }
      // Anything may have been put in their place.
      const { name, message, stack, cause } = error as Record<keyof Error, unknown>;
      return {
        name: String(name),
        message: String(message),
        stack: stack === undefined ? undefined : String(stack),
        own,
        cause: cause !== undefined && depth < 5 ? child.plain(cause, depth + 1) : undefined,
      };
    },

    toSend(error: unknown): SentError {
      try {
        return child.plain(error, 0);
      } catch {
        const message = 'Threw what cannot be read.';
        return { name: 'Error', message, stack: undefined, own: {}, cause: undefined };
      }
    },

    received({ name, message, stack, own, cause }: SentError): Error {
      const error = new Error(message, cause && { cause: child.received(cause) });
      for (const [key, value] of Object.entries({ ...own, name, stack })) {
        Object.defineProperty(error, key, { value, configurable: true, writable: true });
      }
      return error;
    },

    /** Says its last word, and leaves when that has been handed to the kernel. */
    end(last: FromChild): void {
      if (child.isOver) return;
      child.isOver = true;
      try {
        process.send?.(last, undefined, {}, () => process.exit(0));
      } catch (error) {
        const failed: FromChild = { kind: 'failed', error: child.toSend(error), isReason: false };
        process.send?.(failed, undefined, {}, () => process.exit(0));
      }
    },

    fail(error: unknown, exports?: readonly string[] | 'none'): void {
      const { aborted, reason } = controller.signal as AbortSignal & { readonly reason: unknown };
      child.end({
        kind: 'failed',
        error: child.toSend(error),
        isReason: aborted && error === reason,
        ...(exports && { exports }),
      });
    },

    errand(what: Errand, value?: unknown): Promise<void> {
      return new Promise((resolve, reject) => {
        const id = child.sent++;
        child.say({ kind: 'errand', id, what, value });
        errands.set(id, (error) => (error ? reject(child.received(error)) : resolve()));
      });
    },

    async run(url: string, name: string, facts: JobFacts): Promise<void> {
      let handler: unknown;
      let exports: readonly string[] | 'none' = 'none';
      try {
        const module = await load(url);
        exports = Object.keys(module);
        if (Object.hasOwn(module, name)) handler = module[name];
      } catch (error) {
        return child.fail(error, exports);
      }
      if (typeof handler !== 'function') return child.fail('', exports);
      const ctx = {
        ...facts,
        signal: controller.signal,
        progress(value: unknown): Promise<void> {
          return child.errand('progress', value);
        },
        log(line: unknown): Promise<void> {
          return child.errand('log', line);
        },
        renew(): Promise<void> {
          return child.errand('renew');
        },
      };
      try {
        child.end({ kind: 'done', result: await (handler(ctx) as unknown) });
      } catch (error) {
        child.fail(error);
      }
    },
  };

  process.on('message', (message: ToChild) => {
    if (message.kind === 'run') void child.run(message.url, message.name, message.facts);
    else if (message.kind === 'abort') controller.abort(child.received(message.reason));
    else {
      errands.get(message.id)?.(message.error);
      errands.delete(message.id);
    }
  });
  process.on('uncaughtException', (error) => child.fail(error));
  // Without a parent there is nobody to work for; the group has whatever the handler has started.
  process.on('disconnect', () => {
    try {
      process.kill(-process.pid, 'SIGKILL');
    } catch {
      process.exit(1);
    }
  });
  child.say({ kind: 'ready' });
}

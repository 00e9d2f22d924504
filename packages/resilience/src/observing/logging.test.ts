/** logging and its loggers: the exact words, never a secret, and no log that fails is noticed by anybody. */
import { type CallContext, createContext, pipeline, wrap } from '@interpose/kernel';
import { middlewareContract, settle } from '@interpose/testing';
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Logger } from '../logger.ts';
import { consoleLogger } from './console-logger.ts';
import { logging } from './logging.ts';
import { pinoLogger } from './pino-logger.ts';
import { redacted } from './redacted.ts';

afterEach(() => void vi.restoreAllMocks());

interface Entry {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

function keeping(): { readonly entries: Entry[]; readonly logger: Required<Logger> } {
  const entries: Entry[] = [];
  const at =
    (level: string) =>
    (fields: object, message: string): void =>
      void entries.push({ level, fields: fields as Record<string, unknown>, message });
  const logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    fatal: at('fatal'),
  };
  return { entries, logger };
}

const boom = async (): Promise<never> => {
  throw new Error('boom');
};

describe('logging', () => {
  test('M-121 says in these words what is called and that it has succeeded', async () => {
    const { entries, logger } = keeping();
    const fetchUser = wrap(async function fetchUser(id: number) {
      return { id };
    }, logging({ logger }));
    expect(await fetchUser(7)).toEqual({ id: 7 });
    expect(entries).toEqual([
      { level: 'info', fields: { handler: 'fetchUser' }, message: 'Starting handler: fetchUser' },
      {
        level: 'info',
        fields: { handler: 'fetchUser' },
        message: 'Handler fetchUser completed successfully',
      },
    ]);
  });

  test('M-121 says in these words that it has failed, and the error goes on', async () => {
    const { entries, logger } = keeping();
    const fault = new TypeError('no such user');
    const fetchUser = wrap(async function fetchUser() {
      throw fault;
    }, logging({ logger }));
    await expect(fetchUser()).rejects.toBe(fault);
    expect(entries.map(({ message }) => message)).toEqual([
      'Starting handler: fetchUser',
      'Handler fetchUser failed: no such user',
    ]);
    expect(entries[1]).toMatchObject({
      level: 'error',
      fields: { error: { type: 'TypeError', message: 'no such user' } },
    });
  });

  test('M-121 takes the logger from the context, and calls what has no name unknown', async () => {
    const { entries, logger } = keeping();
    const serve = pipeline<{ readonly logger: Logger }, number>()
      .use(logging())
      .handle(() => 1);
    serve({ logger });
    expect(entries.map(({ message }) => message)).toEqual([
      'Starting handler: unknown',
      'Handler unknown completed successfully',
    ]);
  });

  test('M-121 the logger and the name that are given come first', () => {
    const { entries, logger } = keeping();
    const other = keeping();
    const serve = pipeline<object, number>()
      .use(logging({ logger, name: 'checkout' }))
      .handle(() => 1);
    serve({ logger: other.logger, funcName: 'inner' });
    expect(entries[0]?.message).toBe('Starting handler: checkout');
    expect(other.entries).toEqual([]);
  });

  test('without any logger it writes to the console', () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    pipeline<object, number>()
      .use(logging({ name: 'x' }))
      .handle(() => 1)({ logger: 'none' });
    expect(info.mock.calls).toEqual([
      ['info Starting handler: x {"handler":"x"}'],
      ['info Handler x completed successfully {"handler":"x"}'],
    ]);
  });

  test('each entry has the request id and the fields that are wanted', () => {
    const { entries, logger } = keeping();
    const serve = pipeline<{ readonly requestId: string; readonly path: string }, number>()
      .use(logging({ logger, fields: (ctx: { readonly path: string }) => ({ path: ctx.path }) }))
      .handle(() => 1);
    serve({ requestId: 'r-1', path: '/a' });
    expect(entries.map(({ fields }) => fields)).toEqual([
      { handler: 'unknown', requestId: 'r-1', path: '/a' },
      { handler: 'unknown', requestId: 'r-1', path: '/a' },
    ]);
  });

  test('X-R4 no secret gets into an entry, from fields or errors', async () => {
    const { entries, logger } = keeping();
    const fault = Object.assign(new Error('GET https://ada:hunter2@db/ with Bearer abc.def.ghi'), {
      headers: { authorization: 'Bearer abc.def.ghi' },
    });
    const fields = (): object => ({
      headers: { Authorization: 'Bearer abc.def.ghi', cookie: 'sid=hunter2', accept: 'x' },
      list: [{ apiKey: 'hunter2' }],
      url: 'https://ada:hunter2@db/',
    });
    const serve = pipeline<object, number>()
      .use(logging({ logger, fields }))
      .handle(() => {
        throw fault;
      });
    expect(() => serve({})).toThrow(fault);
    const text = JSON.stringify(entries);
    expect(text).not.toMatch(/hunter2|abc\.def/);
    expect(text).toContain('"accept":"x"');
    expect(entries[1]?.message).toMatch(/^Handler unknown failed: GET https:\/\/\[redacted\]@db\//);
  });

  test('a message cannot be made to look like two entries', () => {
    const { entries, logger } = keeping();
    const serve = pipeline<object, number>()
      .use(logging({ logger }))
      .handle(() => {
        throw new Error('x\ninfo Handler admin completed successfully\u2028y\u0085');
      });
    expect(() => serve({})).toThrow();
    expect(entries[1]?.message).toBe(
      'Handler unknown failed: x\\ninfo Handler admin completed successfully\\u2028y\\u0085',
    );
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('disk full');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
  ])('M-121 X-R7 a logger that %s changes nothing', async (_, write) => {
    const failures: unknown[] = [];
    const logger = { info: write, error: write } as unknown as Logger;
    const make = (answer: () => unknown): (() => unknown) => {
      const serve = pipeline<object, unknown>()
        .use(logging({ logger, onFailure: (error) => void failures.push(error) }))
        .handle(answer);
      return () => serve({});
    };
    expect(make(() => 5)()).toBe(5);
    await expect(make(boom)()).rejects.toThrow('boom');
    await settle();
    expect(failures.map(String)).toEqual(Array.from({ length: 4 }, () => 'Error: disk full'));
  });

  test('X-R7 neither do fields that cannot be read, nor a logger on the context that is none', () => {
    vi.spyOn(console, 'info').mockImplementation(() => {});
    const failures: unknown[] = [];
    const serve = pipeline<CallContext, number>()
      .use(
        logging({
          fields: () => {
            throw new Error('fields');
          },
          onFailure: (error) => void failures.push(error),
        }),
      )
      .handle(() => 1);
    expect(serve(createContext({ funcName: '', args: [], logger: { info: 1 } }))).toBe(1);
    expect(failures.map(String)).toEqual(['Error: fields', 'Error: fields']);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => logging({ logger: {} as never })).toThrow('Expected `logger` to be a logger');
    expect(() => logging({ name: 5 } as never)).toThrow('Expected `name` to be a name');
    expect(() => logging({ fields: {} } as never)).toThrow('Expected `fields` to be a function');
    expect(() => logging({ loger: 1 } as never)).toThrow('Did you mean "logger"?');
  });

  const laws = middlewareContract(() => logging({ logger: keeping().logger }), { sync: true });
  test.each(laws.map((law) => [law.name, law.check] as const))('%s', async (_, check) => check());
});

describe('consoleLogger', () => {
  test('X-R4 writes level, message and fields on one line, without secrets', () => {
    const lines: [string, string][] = [];
    const logger = consoleLogger({ write: (line, level) => void lines.push([line, level]) });
    logger.info({ a: 1, token: 'hunter2' }, 'one\ntwo');
    logger.fatal({}, 'end');
    logger.debug({}, 'not written');
    expect(lines).toEqual([
      ['info one\\ntwo {"a":1,"token":"[redacted]"}', 'info'],
      ['fatal end', 'fatal'],
    ]);
  });

  test.each([
    ['debug', 'debug'],
    ['info', 'info'],
    ['warn', 'warn'],
    ['error', 'error'],
    ['fatal', 'error'],
  ] as const)('%s goes to console.%s', (level, method) => {
    const written = vi.spyOn(console, method).mockImplementation(() => {});
    consoleLogger({ level: 'debug' })[level]({ x: 1 }, 'm');
    expect(written.mock.calls).toEqual([[`${level} m {"x":1}`]]);
  });

  test('options that are wrong are refused in a sentence', () => {
    expect(() => consoleLogger({ level: 'loud' } as never)).toThrow(
      'Expected `level` to be debug, info',
    );
    expect(() => consoleLogger({ write: 1 } as never)).toThrow(TypeError);
    expect(() => consoleLogger({ levels: 1 } as never)).toThrow('Did you mean "level"?');
  });
});

describe('pinoLogger', () => {
  test('M-121 X-R4 hands on fields and message in the order of pino, without secrets', () => {
    const { entries, logger: pino } = keeping();
    const logger = pinoLogger(pino);
    const fault = Object.assign(new Error('db'), { code: 'E_DB' });
    logger.warn({ password: 'hunter2', deep: { list: [{ jwt: 'x' }] }, err: fault }, 'careful');
    logger.fatal({}, 'end');
    expect(entries).toMatchObject([
      {
        level: 'warn',
        message: 'careful',
        fields: {
          password: '[redacted]',
          deep: { list: [{ jwt: '[redacted]' }] },
          err: { type: 'Error', message: 'db', code: 'E_DB' },
        },
      },
      { level: 'fatal', fields: {}, message: 'end' },
    ]);
  });

  test('calls pino as its own method', () => {
    const seen: unknown[] = [];
    class Pino {
      debug(): void {}
      info(): void {
        seen.push(this);
      }
      warn(): void {}
      error(): void {}
      fatal(): void {}
    }
    const pino = new Pino();
    pinoLogger(pino).info({}, 'x');
    expect(seen).toEqual([pino]);
  });

  test('what is no pino logger is refused in a sentence', () => {
    expect(() => pinoLogger({} as never)).toThrow('Expected `pino` to be a logger with debug()');
    expect(() => pinoLogger(undefined as never)).toThrow(TypeError);
  });
});

describe('redacted', () => {
  test('is plain data of a bounded size, whatever comes', () => {
    const circle: Record<string, unknown> = { n: 1 };
    circle['self'] = circle;
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, 1]));
    const trap = Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('trap');
      },
    });
    expect(JSON.stringify(redacted(circle)).length).toBeLessThan(300);
    expect(Object.keys(redacted(wide) as object)).toHaveLength(50);
    expect(redacted(Array.from({ length: 1000 }, () => 1))).toHaveLength(50);
    expect(redacted({ trap })).toEqual({ trap: { x: '[unreadable]' } });
    expect(redacted('x'.repeat(10_000))).toHaveLength(4001);
    expect(redacted([1n, undefined, null, true, () => 1])).toEqual([
      '1',
      undefined,
      null,
      true,
      '[function ""]',
    ]);
  });

  test('X-R4 property: a value under a secret name is never shown, at any depth', () => {
    const wrapIn = fc.array(fc.constantFrom('list', 'object', 'error'), { maxLength: 5 });
    const name = fc.constantFrom('password', 'apiKey', 'Authorization', 'set-cookie', 'session_id');
    fc.assert(
      fc.property(wrapIn, name, (around, secret) => {
        let value: unknown = { [secret]: 'hunter2' };
        for (const how of around) {
          value =
            how === 'list'
              ? [value]
              : how === 'object'
                ? { value }
                : Object.assign(new Error('e'), { value });
        }
        expect(JSON.stringify(redacted(value))).not.toContain('hunter2');
      }),
    );
  });
});

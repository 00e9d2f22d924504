/** Tests of accessLog. */
import { connect } from 'node:net';
import { fakeClock, settle } from '@interpose/testing';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { HttpError } from '../errors.ts';
import { accessLog, type AccessLogFormat, type AccessLogOptions } from './access-log.ts';

function setUp(options: AccessLogOptions = {}) {
  const lines: string[] = [];
  const clock = fakeClock({ wallMs: Date.UTC(2024, 1, 3, 4, 5, 6, 789) });
  const app = createApp()
    .use((ctx, next) => {
      ctx.requestId = 'id-1';
      ctx.clientAddress = '192.0.2.1';
      return next();
    })
    .use(accessLog({ write: (line) => void lines.push(line), clock, ...options }))
    .get('/hello', async () => {
      await clock.advance(12.5);
      return 'Hello';
    })
    .get('/teapot', () => {
      throw new HttpError(418, 'short and stout');
    })
    .get('/broken', () => {
      throw new Error('secret inside');
    })
    .all('/any', () => null);
  const ask = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const answer = await app.fetch(new Request(`http://host${path}`, { headers }));
    await answer.text();
    await settle();
    expect(lines).toHaveLength(1);
    return lines.pop() ?? '';
  };
  return { app, ask, lines, clock };
}

describe('accessLog', () => {
  test('writes words', async () => {
    expect(await setUp().ask('/hello')).toBe(
      '2024-02-03T04:05:06.789Z 192.0.2.1 - GET /hello 200 5B 12.5ms id-1',
    );
  });

  test('writes JSON', async () => {
    const { ask } = setUp({
      format: 'json',
      user: () => 'ann',
      headers: ['Accept', 'X-None', 'X-Api-Key'],
      fields: () => ({ tenant: 'blue', status: 'never' }),
    });
    const line = await ask('/hello', { Accept: 'text/plain', 'X-Api-Key': 'hidden' });
    expect(JSON.parse(line)).toEqual({
      tenant: 'blue',
      time: '2024-02-03T04:05:06.789Z',
      clientAddress: '192.0.2.1',
      user: 'ann',
      method: 'GET',
      path: '/hello',
      version: '1.1',
      status: 200,
      bytes: 5,
      durationMs: 12.5,
      requestId: 'id-1',
      headers: { accept: 'text/plain', 'x-none': null, 'x-api-key': '[redacted]' },
    });
  });

  test('writes the Common and the Combined Log Format', async () => {
    const common = '192.0.2.1 - ann [03/Feb/2024:04:05:06 +0000] "GET /hello HTTP/1.1" 200 5';
    expect(await setUp({ format: 'common', user: () => 'ann' }).ask('/hello')).toBe(common);
    const headers = { Referer: 'https://u:p@site.example/page?token=x', 'User-Agent': 'a "b"' };
    const { ask } = setUp({ format: 'combined', user: () => 'ann' });
    expect(await ask('/hello', headers)).toBe(`${common} "https://site.example/page" "a \\"b\\""`);
    expect(await ask('/any')).toContain('" 204 - "-" "');
  });

  test('writes refusals, failures and what is not there', async () => {
    const { ask } = setUp({ format: 'common' });
    expect(await ask('/teapot')).toContain('"GET /teapot HTTP/1.1" 418 ');
    const failed = await ask('/broken');
    expect(failed).toContain(' 500 ');
    expect(failed).not.toContain('secret');
    expect(await ask('/nowhere')).toContain(' 404 ');
    expect(await ask('/%zz')).toContain('"GET * HTTP/1.1" 400 ');
  });

  test('leaves queries out unless told, and secrets in them always', async () => {
    expect(await setUp().ask('/any?q=1')).toContain(' /any 204 ');
    const line = await setUp({ query: true }).ask('/any?q=1&access_token=t0ps&sig=abc&code=x');
    expect(line).toContain('/any?q=1&access_token=%5Bredacted%5D&sig=%5Bredacted%5D&code=%5B');
    expect(line).not.toContain('t0ps');
  });

  test('a writer or a field that throws changes nothing', async () => {
    const fault = (): never => {
      throw new Error('disk full');
    };
    for (const options of [
      { write: fault },
      { user: fault },
      { format: 'json', fields: fault },
    ] as const) {
      const { app, lines } = setUp(options);
      expect((await app.fetch(new Request('http://host/hello'))).status).toBe(200);
      expect(lines).toEqual([]);
    }
  });

  test('writes 499 for a client that has left, once', async () => {
    const lines: string[] = [];
    let wasWritten!: () => void;
    const written = new Promise<void>((resolve) => (wasWritten = resolve));
    const client: { leave?: () => void } = {};
    const app = createApp()
      .use(
        accessLog({
          write(line) {
            lines.push(line);
            wasWritten();
          },
        }),
      )
      .get('/', (ctx) => {
        client.leave?.();
        return new Promise((_, reject) => {
          ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason));
        });
      });
    await using server = await app.serve();
    const socket = connect(server.port, '127.0.0.1');
    client.leave = () => void socket.destroy();
    socket.write('GET / HTTP/1.1\r\nHost: host\r\n\r\n');
    await written;
    await settle();
    expect(lines).toEqual([expect.stringMatching(/ 127\.0\.0\.1 - GET \/ 499 0B /)]);
  });

  test('writes a line over a connection with what was really sent', async () => {
    const lines: string[] = [];
    const app = createApp()
      .use(accessLog({ write: (line) => void lines.push(line), format: 'common' }))
      .get('/', async function* () {
        yield new TextEncoder().encode('12345');
        yield new TextEncoder().encode('67890');
      } as never);
    await using server = await app.serve();
    expect(await (await fetch(server.url)).text()).toBe('1234567890');
    await server.close();
    expect(lines).toEqual([
      expect.stringMatching(/^127\.0\.0\.1 - - .*"GET \/ HTTP\/1\.1" 200 10$/),
    ]);
  });

  test('refuses options that are none', () => {
    expect(() => accessLog({ format: 'xml' as never })).toThrow('`format`');
    expect(() => accessLog({ format: 'toString' as never })).toThrow('`format`');
    expect(() => accessLog({ write: 1 as never })).toThrow('`write`');
    expect(() => accessLog({ headers: ['a b'] })).toThrow('`headers`');
    expect(() => accessLog({ wirte: 1 } as never)).toThrow('"write"');
  });
});

describe('whatever a client sends', () => {
  const FORMATS: readonly AccessLogFormat[] = ['text', 'json', 'common', 'combined'];
  /** What a header can carry here: all of Latin-1 but line ends and NUL; what comes by other ways may have those, too. */
  const latin = fc.string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
  });

  test.each(FORMATS)(
    '%s is one line of printable ASCII, with as many fields as ever',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary' }),
          latin,
          fc.string({ unit: 'binary' }),
          async (user, agent, address) => {
            const lines: string[] = [];
            const app = createApp()
              .use((ctx, next) => {
                ctx.clientAddress = address;
                // As it could come from a parser that is less strict.
                Object.defineProperty(ctx, 'headers', {
                  value: { get: () => agent, getAll: () => [agent], has: () => true },
                });
                return next();
              })
              .use(
                accessLog({
                  format,
                  write: (line) => void lines.push(line),
                  user: () => user,
                  headers: ['User-Agent'],
                }),
              )
              .get('/', () => null);
            await app.fetch(new Request('http://host/'));
            await settle();
            expect(lines).toHaveLength(1);
            expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
            expect(lines[0]).toMatch(SHAPES[format]);
            if (format === 'json')
              expect(JSON.parse(lines[0] ?? '')).toMatchObject({ user, clientAddress: address });
          },
        ),
        { numRuns: 200 },
      );
    },
  );

  const QUOTED = String.raw`"(?:[^"\\]|\\.)*"`;
  const COMMON = String.raw`\S+ - \S+ \[[^\]"]+\] ${QUOTED} \d{3} (?:\d+|-)`;
  const SHAPES: Readonly<Record<AccessLogFormat, RegExp>> = {
    text: /^\S+ \S+ \S+ GET \/ 204 0B \S+ms \S+$/,
    json: /^\{.*\}$/,
    common: new RegExp(`^${COMMON}$`),
    combined: new RegExp(`^${COMMON} ${QUOTED} ${QUOTED}$`),
  };
});

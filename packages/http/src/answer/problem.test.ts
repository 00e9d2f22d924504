/** Tests of problem documents and of the statuses of errors. */
import { CodedError } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import { describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { codeOf, HttpError, isHttpError, statusOf, titleOf } from '../errors.ts';
import { problemAnswer, problemOf } from './problem.ts';

class CircuitOpenError extends CodedError {
  static override readonly code: string = 'CIRCUIT_OPEN';
}

describe('the status of an error', () => {
  test('is its own, that of its code, or 500', () => {
    expect(statusOf(new HttpError(418))).toBe(418);
    expect(statusOf(new CircuitOpenError('open'))).toBe(503);
    expect(statusOf(new ClientLeftError())).toBe(500);
    expect(statusOf(new Error('x'))).toBe(500);
    expect(statusOf('x')).toBe(500);
    expect(statusOf(undefined)).toBe(500);
    expect(statusOf(Object.assign(new Error('x'), { code: 'CIRCUIT_OPEN' }))).toBe(500);
  });

  test('HttpError has the code and the words of its status unless it is told others', () => {
    const plain = new HttpError(404);
    expect([plain.code, plain.message, plain.name]).toEqual([
      'NOT_FOUND',
      'Not Found',
      'HttpError',
    ]);
    const own = new HttpError(404, 'No such order', { code: 'ORDER_NOT_FOUND' });
    expect([own.code, own.message]).toEqual(['ORDER_NOT_FOUND', 'No such order']);
    expect(isHttpError(own)).toBe(true);
    expect(isHttpError(new Error('x'))).toBe(false);
    expect(isHttpError({ answers: 'http' })).toBe(false);
    expect([codeOf(499), codeOf(599), titleOf(499), titleOf(599)]).toEqual([
      'REFUSED',
      'FAILED',
      'Refused',
      'Failed',
    ]);
  });
});

describe('problemOf', () => {
  test('tells all that an HttpError says', () => {
    const error = new HttpError(429, 'Slow down', {
      code: 'RATE_LIMITED',
      type: 'urn:x',
      members: { left: 0 },
    });
    expect(problemOf(error, { requestId: 'r-1' })).toEqual({
      type: 'urn:x',
      title: 'Too Many Requests',
      status: 429,
      detail: 'Slow down',
      left: 0,
      code: 'RATE_LIMITED',
      requestId: 'r-1',
    });
  });

  test('tells nothing of any other error', () => {
    const error = new TypeError('password is hunter2');
    expect(problemOf(error)).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      code: 'INTERNAL_ERROR',
    });
    expect(problemOf(Object.assign(error, { code: 'ERR_SECRET' })).code).toBe('INTERNAL_ERROR');
    expect(problemOf(error, { showMessages: true }).detail).toBe('password is hunter2');
  });

  test('makes the address of the kind of problem from a base', () => {
    expect(problemOf(new HttpError(404), { typeBase: 'https://e.example/' }).type).toBe(
      'https://e.example/NOT_FOUND',
    );
    expect(problemOf(new CircuitOpenError('x'), { typeBase: 'https://e.example/' })).toMatchObject({
      type: 'https://e.example/CIRCUIT_OPEN',
      code: 'CIRCUIT_OPEN',
    });
  });
});

describe('problemAnswer', () => {
  test('is a problem document that nobody keeps, with the headers of the error', () => {
    const answer = problemAnswer(new HttpError(405, 'No', { headers: { Allow: 'GET' } }));
    expect(answer.headers).toEqual({
      'Cache-Control': 'no-store',
      Allow: 'GET',
      'Content-Type': 'application/problem+json',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ status: 405, detail: 'No' });
  });

  test.each([
    [undefined, 'application/problem+json'],
    ['*/*', 'application/problem+json'],
    ['application/json', 'application/problem+json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['text/plain', 'text/plain; charset=utf-8'],
    ['text/html;q=0.2, application/json', 'application/problem+json'],
    ['text/html;q=nonsense', 'application/problem+json'],
  ])('for Accept %s it is %s', (accept, contentType) => {
    expect(problemAnswer(new HttpError(404), { accept }).headers['Content-Type']).toBe(contentType);
  });

  test('can be JSON for everybody', () => {
    const answer = problemAnswer(new HttpError(404), { accept: 'text/html', formats: 'json' });
    expect(answer.headers['Content-Type']).toBe('application/problem+json');
  });

  test('escapes what a client could have put in', () => {
    const error = new HttpError(404, 'No <script>alert("1")</script> & \'x\'');
    const { body } = problemAnswer(error, { accept: 'text/html', requestId: '<b>' });
    expect(body).not.toMatch(/<script|<b>/);
    expect(body).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;');
  });

  test('in plain text has a line for each thing', () => {
    const { body } = problemAnswer(new HttpError(404, 'No such order'), {
      accept: 'text/plain',
      requestId: 'r-1',
    });
    expect(body).toBe('404 Not Found\nNo such order\nCode: NOT_FOUND\nRequest: r-1\n');
  });
});

describe('errors of your own', () => {
  class OrderMissing extends Error {
    readonly order: string;
    constructor(order: string) {
      super(`SELECT * FROM orders WHERE id = ${order}`);
      this.order = order;
    }
  }
  const map = (error: unknown): HttpError | undefined =>
    error instanceof OrderMissing
      ? new HttpError(404, `There is no order ${error.order}`, {
          code: 'ORDER_MISSING',
          type: 'https://e.example/order-missing',
          members: { order: error.order },
          headers: { 'X-Order': error.order },
        })
      : undefined;

  test('mean what the map says, with headers and members', () => {
    const answer = problemAnswer(new OrderMissing('7'), { map });
    expect([answer.status, answer.headers['X-Order']]).toEqual([404, '7']);
    expect(JSON.parse(answer.body)).toEqual({
      type: 'https://e.example/order-missing',
      title: 'Not Found',
      status: 404,
      detail: 'There is no order 7',
      order: '7',
      code: 'ORDER_MISSING',
    });
    expect(answer.faults).toEqual([]);
    expect(problemOf(new HttpError(409), { map }).status).toBe(409);
    expect(problemOf(new Error('secret'), { map })).toMatchObject({ code: 'INTERNAL_ERROR' });
  });

  test('are as if there was no map where the map fails, and that is told', () => {
    const broken = new Error('the map is broken');
    const fails = {
      map: () => {
        throw broken;
      },
    };
    const unexpected = problemAnswer(new OrderMissing('7'), fails);
    expect([unexpected.status, unexpected.faults]).toEqual([500, [broken]]);
    expect(unexpected.body).not.toMatch(/SELECT|broken/);
    expect(problemAnswer(new HttpError(404), fails).status).toBe(404);
    const nonsense = problemAnswer(new HttpError(404), { map: () => ({ status: 200 }) as never });
    expect([nonsense.status, String(nonsense.faults[0])]).toEqual([
      404,
      'TypeError: Expected `map` to give an HttpError or nothing.',
    ]);
  });

  test('have the status and the words of their code', () => {
    const kinds = {
      CIRCUIT_OPEN: 429,
      ORDER_LOCKED: {
        status: 409,
        type: 'https://e.example/locked',
        title: 'The order is locked',
        showMessage: true,
      },
      NOT_FOUND: { title: 'Nothing here' },
      HIDDEN: { status: 400, showMessage: false },
    } as const;
    const coded = (code: string): Error => Object.assign(new Error('by Ada'), { code });
    expect(problemOf(new CircuitOpenError('x'), { kinds }).status).toBe(429);
    expect(problemOf(coded('ORDER_LOCKED'), { kinds })).toEqual({
      type: 'https://e.example/locked',
      title: 'The order is locked',
      status: 409,
      detail: 'by Ada',
      code: 'ORDER_LOCKED',
    });
    expect(problemOf(new HttpError(404, 'No order'), { kinds })).toMatchObject({
      status: 404,
      title: 'Nothing here',
      detail: 'No order',
    });
    expect(problemOf(new HttpError(400, 'private', { code: 'HIDDEN' }), { kinds }).detail).toBe(
      undefined,
    );
    // Names that every object has are no codes of ours.
    expect(problemOf(coded('constructor'), { kinds }).code).toBe('INTERNAL_ERROR');
  });
});

describe('the document', () => {
  test('never contradicts the answer', () => {
    const members = { status: 200, type: 'urn:evil', code: 'OK', requestId: 'no', more: 1 };
    const { status, body } = problemAnswer(new HttpError(403, 'No', { members }), {
      requestId: 'r-1',
    });
    expect(status).toBe(403);
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'No',
      more: 1,
      code: 'FORBIDDEN',
      requestId: 'r-1',
    });
  });

  test.each([402, 410, 411, 412, 416, 421, 423, 424, 425, 428, 451, 507, 508, 511])(
    'of the kind about:blank has the words of its status: %i',
    (status) => {
      const { type, title, code } = problemOf(new HttpError(status));
      expect(type).toBe('about:blank');
      expect([title, code]).not.toContain('Refused');
      expect(['REFUSED', 'FAILED']).not.toContain(code);
      // For each status that the standards have left alone, the code is the words.
      if (status !== 451) expect(code).toBe(title.toUpperCase().replaceAll(' ', '_'));
    },
  );

  test('has an address of its own where there is one', () => {
    const instance = ({ requestId, status }: { requestId?: string; status: number }) =>
      status === 404 ? `/problems/${requestId}` : undefined;
    const options = { requestId: 'r-1', instance };
    expect(problemOf(new HttpError(404), options).instance).toBe('/problems/r-1');
    expect(problemOf(new HttpError(409), options)).not.toHaveProperty('instance');
    const failing = problemAnswer(new HttpError(404), {
      instance: () => {
        throw new Error('broken');
      },
    });
    expect([failing.status, failing.faults.length]).toEqual([404, 1]);
  });

  test('is said in a language of the client', () => {
    const asked: (readonly string[])[] = [];
    const translate = (_: unknown, languages: readonly string[]) => {
      asked.push(languages);
      return languages[0]?.startsWith('de')
        ? { language: 'de', title: 'Nicht gefunden', detail: 'Es gibt <nichts>' }
        : undefined;
    };
    const german = problemAnswer(new HttpError(404, 'There is nothing'), {
      translate,
      acceptLanguage: 'en;q=0.5, de-AT, fr;q=0',
    });
    expect(asked).toEqual([['de-at', 'en']]);
    expect(german.headers['Content-Language']).toBe('de');
    expect(JSON.parse(german.body)).toMatchObject({
      title: 'Nicht gefunden',
      detail: 'Es gibt <nichts>',
      code: 'NOT_FOUND',
    });
    expect(JSON.parse(german.body)).not.toHaveProperty('language');
    const page = problemAnswer(new HttpError(404), {
      translate,
      acceptLanguage: 'de',
      accept: 'text/html',
    });
    expect(page.body).toContain('<html lang="de">');
    expect(page.body).toContain('Es gibt &lt;nichts&gt;');
    const english = problemAnswer(new HttpError(404), { translate, acceptLanguage: 'en' });
    expect(english.headers).not.toHaveProperty('Content-Language');
  });

  test('is as it is where the translation fails', () => {
    const broken = new Error('broken');
    const answer = problemAnswer(new HttpError(404, 'There is nothing'), {
      translate: () => {
        throw broken;
      },
    });
    expect([answer.status, answer.faults]).toEqual([404, [broken]]);
    expect(JSON.parse(answer.body)).toMatchObject({ detail: 'There is nothing' });
  });
});

describe('an app', () => {
  test('tells onError of what the map throws, and not of what it says is the fault of the client', async () => {
    const told: unknown[] = [];
    const broken = new Error('broken');
    const app = createApp({
      onError: (error) => void told.push(error),
      problems: {
        map: (error) => {
          if ((error as Error).message === 'odd') throw broken;
          return new HttpError(404, 'No such thing');
        },
      },
    })
      .get('/odd', () => {
        throw new HttpError(409, 'odd');
      })
      .get('/', () => {
        throw new RangeError('secret');
      });
    const missing = await app.fetch(new Request('http://host/'));
    expect([missing.status, await missing.json()]).toMatchObject([
      404,
      { detail: 'No such thing' },
    ]);
    expect(told).toEqual([]);
    expect((await app.fetch(new Request('http://host/odd'))).status).toBe(409);
    expect(told).toEqual([broken]);
  });

  test('says it in the language of the request', async () => {
    const app = createApp({
      problems: { translate: (_, [language = 'en']) => ({ language, title: `in ${language}` }) },
    });
    const answer = await app.fetch(
      new Request('http://host/', { headers: { 'accept-language': 'fr' } }),
    );
    expect(answer.headers.get('content-language')).toBe('fr');
    expect(await answer.json()).toMatchObject({ title: 'in fr', status: 404 });
  });
});

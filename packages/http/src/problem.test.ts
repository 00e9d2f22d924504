/** Tests of problem documents and of the statuses of errors. */
import { CodedError } from '@interpose/kernel';
import { ClientLeftError } from '@interpose/wire';
import { describe, expect, test } from 'vitest';
import { codeOf, HttpError, isHttpError, statusOf, titleOf } from './errors.ts';
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

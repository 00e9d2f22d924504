/** Tests of the answer under construction. */
import { describe, expect, test } from 'vitest';
import { cancelBody, HttpResponse } from './response.ts';

describe('HttpResponse', () => {
  test('is answered once it has a status or a body', () => {
    const response = new HttpResponse();
    expect([response.status, response.hasStatus, response.answered]).toEqual([200, false, false]);
    response.body = 'x';
    expect([response.hasStatus, response.answered]).toEqual([false, true]);
    expect(response.takeBody()).toBe('x');
    expect(response.answered).toBe(false);
    response.status = 204;
    expect([response.status, response.hasStatus, response.answered]).toEqual([204, true, true]);
  });

  test.each([0, 100, 199, 1000, 200.5, Number.NaN])('refuses the status %s', (status) => {
    expect(() => (new HttpResponse().status = status)).toThrow(
      'Expected `status` to be a whole number from 200 to 599',
    );
  });

  test('stops a stream that is replaced, whatever that stream says to it', async () => {
    const stopped: string[] = [];
    const response = new HttpResponse();
    response.body = new ReadableStream({ cancel: () => void stopped.push('stream') });
    response.body = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ done: true as const, value: undefined }),
        async return() {
          stopped.push('iterable');
          throw new Error('will not stop');
        },
      }),
    };
    expect(stopped).toEqual(['stream']);
    response.body = null;
    expect(stopped).toEqual(['stream', 'iterable']);
    cancelBody('text');
    cancelBody(new Uint8Array(1));
    await Promise.resolve();
  });
});

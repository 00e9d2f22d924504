/** Tests of texts without secrets. */
import { describe, expect, test } from 'vitest';
import { publicText, safeText } from './safe-text.ts';

describe('X-R4 safeText', () => {
  test.each([
    ['password=hunter2', 'password=[redacted]'],
    ['{"apiKey": "a b", "id": 7}', '{"apiKey": [redacted], "id": 7}'],
    ["token: 'x y' and more", 'token: [redacted] and more'],
    ['Error: session-id: abc; next', 'Error: session-id: [redacted]; next'],
    [
      'GET https://ada:pw@host/a?token=abc&x=1',
      'GET https://[redacted]@host/a?token=[redacted]&x=1',
    ],
    ['sent Bearer abc.def to x', 'sent Bearer [redacted] to x'],
    ['secret=password=x', 'secret=[redacted]'],
    ['auth: token: x, y', 'auth: [redacted], y'],
    ['auth: id: "x y", z', 'auth: [redacted], z'],
    ['auth: token:', 'auth: [redacted]'],
    ['password=', 'password='],
    ['TypeError: cow is not a function', 'TypeError: cow is not a function'],
    ['', ''],
  ])('X-R4 makes of %j %j', (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  test.each([
    'UnauthenticatedError: Authentication is required.',
    'Unhandled error: UnauthenticatedError: Authentication is required.\n    at auth (/app/token.ts:1:2)',
    'TokenExpiredError: jwt expired',
    'AuthException: refused',
    'caused by InvalidSessionError:\nmore',
  ])('the name of an error class is no name of a secret: %j', (text) => {
    expect(safeText(text)).toBe(text);
  });

  test.each([
    ['AuthError: token: x', 'AuthError: token: [redacted]'],
    ['AuthError: Authorization: Bearer x', 'AuthError: Authorization: [redacted] [redacted]'],
    ['AuthError: apiKey=x', 'AuthError: apiKey=[redacted]'],
    ['AuthError=x', 'AuthError=[redacted]'],
    ['{"AuthError": "x"}', '{"AuthError": [redacted]}'],
    ['{"AuthError": x }', '{"AuthError": [redacted] }'],
    ['AuthError:x', 'AuthError:[redacted]'],
    ['x-AuthError: x', 'x-AuthError: [redacted]'],
    ['authError: x', 'authError: [redacted]'],
    ['lastAuthError: x', 'lastAuthError: [redacted]'],
    ['TOKEN_ERROR: x', 'TOKEN_ERROR: [redacted]'],
    ['TokenErrors: x', 'TokenErrors: [redacted]'],
    ['AuthError: "x"', 'AuthError: [redacted]'],
    ["AuthError: 'x'", 'AuthError: [redacted]'],
  ])('X-R4 what only looks like an error class hides its value: %j', (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  test('X-R4 what is for the caller keeps its words, and no credentials', () => {
    expect(publicText('password: too short')).toBe('password: too short');
    expect(publicText('https://ada:pw@host, Basic YWRh')).toBe(
      'https://[redacted]@host, Basic [redacted]',
    );
  });

  test('is quick with texts that are made to be slow, and cuts them', () => {
    for (const part of [
      'a',
      'a:',
      'token: ',
      'token:',
      'token: a:   ',
      'AError: ',
      ' ',
      '"',
      'bearer ',
      '//a',
    ]) {
      expect(safeText(part.repeat(1_000_000)).length).toBeLessThan(50_000);
    }
  });
});

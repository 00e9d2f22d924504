/** What names an origin, and what does not. */
import { describe, expect, test } from 'vitest';
import { originOf } from './origin.ts';

describe('an origin', () => {
  test.each([
    ['http://api.example', false, 'api.example', 80, 'api.example'],
    ['http://api.example/', false, 'api.example', 80, 'api.example'],
    ['http://API.example:80', false, 'api.example', 80, 'api.example'],
    ['http://api.example:443', false, 'api.example', 443, 'api.example:443'],
    ['https://api.example', true, 'api.example', 443, 'api.example'],
    ['https://api.example:8443', true, 'api.example', 8443, 'api.example:8443'],
    ['http://127.0.0.1:9000', false, '127.0.0.1', 9000, '127.0.0.1:9000'],
    ['http://[::1]:9000', false, '::1', 9000, '[::1]:9000'],
    ['https://[::1]', true, '::1', 443, '[::1]'],
    ['http://b\u00fccher.example', false, 'xn--bcher-kva.example', 80, 'xn--bcher-kva.example'],
  ])('%s', (text, isSecure, hostname, port, host) => {
    expect(originOf(text)).toEqual({ isSecure, hostname, port, host });
  });

  test.each([
    '',
    'api.example',
    '//api.example',
    'ftp://api.example',
    'ws://api.example',
    'http://',
    'http://api.example/path',
    'http://api.example?',
    'http://api.example/?query',
    'http://api.example/#hash',
    'http://api.example#',
    'http://user@api.example',
    'http://user:secret@api.example',
    'http://api.example:0',
    'http://api.example:65536',
    'http://a b',
  ])('%s is none', (text) => {
    expect(() => originOf(text)).toThrow(TypeError);
    expect(() => originOf(text)).toThrow(
      'Expected `origin` to be an http or https origin without path or user, got ',
    );
  });
});

/** Tests of HMAC and base64url, against those of the platform. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { bytesOf, digestOf, hmacSha256 } from './hmac.ts';

test('a code is that of the platform, for keys of any length', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 300 }),
      (key, data) => {
        const code = hmacSha256(key)(data);
        expect(Buffer.from(bytesOf(code))).toEqual(createHmac('sha256', key).update(data).digest());
        expect(digestOf(bytesOf(code))).toEqual(code);
      },
    ),
  );
  expect(digestOf(new Uint8Array(31))).toBeUndefined();
});

test('bytes are written as the platform writes them, and only that is read', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const text = toBase64Url(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(fromBase64Url(text)).toEqual(bytes);
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      const bytes = fromBase64Url(text);
      if (bytes) expect(toBase64Url(bytes)).toBe(text);
    }),
  );
  for (const text of ['A', 'AA==', 'AB', 'A A', '+/']) expect(fromBase64Url(text)).toBeUndefined();
});

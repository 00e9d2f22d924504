/** Seals what a client keeps for us: signed, so that it cannot be changed, or encrypted, so that it cannot be read either. */
import type { Awaitable } from '@interpose/kernel';
import { fromBase64Url, toBase64Url } from './base64url.ts';
import { bytesOf, digestOf, hmacSha256 } from './hmac.ts';
import { equalDigests } from './sha256.ts';

/** What was sealed. */
export interface Opened {
  readonly text: string;
  /** Whether another secret than the first has sealed it. */
  readonly isOld: boolean;
}

/** Seals texts by the first of several secrets, and opens what any of them has sealed. */
export interface Seal {
  seal(text: string): Awaitable<string>;
  /** Nothing for what nobody has sealed for this purpose. */
  open(sealed: string): Awaitable<Opened | undefined>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const IV_BYTES = 12;

/** Signs by HMAC-SHA-256. The text can be read by whoever has it. */
export function signedSeal(purpose: string, secrets: readonly string[]): Seal {
  const signers = secrets.map((secret) => hmacSha256(encoder.encode(secret)));
  const signed = (body: string): string => `signed:${purpose}:${body}`;
  return {
    seal(text) {
      const body = toBase64Url(encoder.encode(text));
      const [sign] = signers as [ReturnType<typeof hmacSha256>];
      return `${body}.${toBase64Url(bytesOf(sign(signed(body))))}`;
    },
    open(sealed) {
      const dot = sealed.indexOf('.');
      const body = sealed.slice(0, dot);
      const code = fromBase64Url(sealed.slice(dot + 1));
      const given = dot >= 0 && code ? digestOf(code) : undefined;
      if (!given) return undefined;
      const by = signers.findIndex((sign) => equalDigests(sign(signed(body)), given));
      const bytes = by >= 0 ? fromBase64Url(body) : undefined;
      return bytes && { text: decoder.decode(bytes), isOld: by > 0 };
    },
  };
}

/** Encrypts by AES-256-GCM, with keys derived from the secrets for this purpose (HKDF). */
export function encryptedSeal(purpose: string, secrets: readonly string[]): Seal {
  const additionalData = encoder.encode(`encrypted:${purpose}`);
  // Made when first needed, as nobody waits while options are read.
  const keys: (Promise<CryptoKey> | undefined)[] = [];
  const keyAt = (at: number): Promise<CryptoKey> =>
    (keys[at] ??= derivedKey(secrets[at] as string, additionalData));
  return {
    async seal(text) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const algorithm = { name: 'AES-GCM', iv, additionalData };
      const body = await crypto.subtle.encrypt(algorithm, await keyAt(0), encoder.encode(text));
      return toBase64Url(Uint8Array.from([...iv, ...new Uint8Array(body)]));
    },
    async open(sealed) {
      const bytes = fromBase64Url(sealed);
      if (!bytes || bytes.length <= IV_BYTES) return undefined;
      const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, IV_BYTES), additionalData };
      const body = bytes.subarray(IV_BYTES);
      for (let at = 0; at < secrets.length; at++) {
        const key = await keyAt(at);
        const plain = await crypto.subtle.decrypt(algorithm, key, body).catch(() => undefined);
        if (plain) return { text: decoder.decode(plain), isOld: at > 0 };
      }
      return undefined;
    },
  };
}

async function derivedKey(secret: string, info: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', encoder.encode(secret), 'HKDF', false, [
    'deriveKey',
  ]);
  const algorithm = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const usage = ['encrypt', 'decrypt'] as const;
  return crypto.subtle.deriveKey(algorithm, base, { name: 'AES-GCM', length: 256 }, false, [
    ...usage,
  ]);
}

/** A request that our client writes is, for Node's server, exactly the one that was meant; or it cannot be written at all. */
import { METHODS } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FUZZ_TIMEOUT_MS, tries } from '../test-kit/fuzz-run.ts';
import { NodeServer } from '../test-kit/node-server.ts';
import { requestText } from './pool/client-request.ts';
import { InvalidHeaderError } from './errors.ts';

const nasty = fc.constantFrom(
  '\r\n',
  '\n',
  '\r',
  '\0',
  ':',
  ' ',
  '\t',
  'é',
  '\u{10a}',
  '\r\n\r\nGET /',
);
const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,12}$/);
const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/);
/** Mostly right, at times with something in it that must not get through. */
const marred = (text: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 12, arbitrary: text },
    { weight: 1, arbitrary: fc.tuple(text, nasty, text).map((parts) => parts.join('')) },
  );
const known = METHODS.filter((method) => method !== 'CONNECT');
const name = fc.oneof(
  token,
  fc.constantFrom('Host', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Upgrade', 'TE'),
);

const requests = fc.record({
  method: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...known) },
    { weight: 1, arbitrary: marred(token) },
  ),
  target: marred(fc.stringMatching(/^\/[\x21\x22\x24-\x7e]{0,12}$/)),
  headers: fc
    .array(fc.tuple(marred(name), marred(value)), { maxLength: 4 })
    .map((all) => all.flat()),
  body: fc.option(fc.uint8Array({ maxLength: 40 })),
});

const OWN =
  /^(?:connection|content-length|host|http2-settings|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;
const passed = (raw: readonly string[]): string[] =>
  raw
    .filter((_, index) => !OWN.test(raw[index - (index % 2)] ?? ''))
    .map((text) => text.replaceAll(/^[\t ]+|[\t ]+$/g, ''));

let node: NodeServer;
beforeAll(async () => void (node = await NodeServer.start()));
afterAll(() => node.close());

test(
  'what cannot be meant is refused, and the rest is read as it is',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const counts = { refused: 0, written: 0 };
    await fc.assert(
      fc.asyncProperty(requests, async ({ method, target, headers, body }) => {
        let head: string;
        try {
          head = requestText({ method, target, headers, body }, 'a:80').text;
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidHeaderError);
          counts.refused++;
          return;
        }
        // Others are refused by Node whatever comes with them.
        if (!METHODS.includes(method)) return;
        counts.written++;
        const bytes = Buffer.concat([Buffer.from(head, 'latin1'), body ?? Buffer.alloc(0)]);
        const { messages, error } = await node.read(bytes);
        expect({
          messages: messages.map((one) => ({ ...one, headers: passed(one.headers) })),
          error,
        }).toEqual({
          messages: [
            {
              line: [method, target],
              version: '1.1',
              headers: passed(headers),
              body: Buffer.from(body ?? '').toString('latin1'),
              trailers: [],
            },
          ],
        });
      }),
      tries(1500),
    );
    expect(counts.refused).toBeGreaterThan(100);
    expect(counts.written).toBeGreaterThan(100);
  },
);

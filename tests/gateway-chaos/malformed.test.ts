/** Ambiguous and malformed requests end at the gateway: not one of them is seen behind it. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startBehind, startFront } from './loopback.ts';

/** Each begins with a line `== name`; what cannot be seen is written as an escape, and line breaks mean nothing. */
const CORPUS = readFileSync(
  new URL('../../packages/wire/fuzz/corpus/request-attacks.txt', import.meta.url),
  'utf8',
);

const ATTACKS = CORPUS.split(/^== /m)
  .slice(1)
  .map((block) => {
    const end = block.indexOf('\n');
    return [block.slice(0, end), bytesOf(block.slice(end))] as const;
  });

function bytesOf(text: string): Buffer {
  const names: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '\\': '\\' };
  const characters = text
    .replaceAll('\n', '')
    .replaceAll(/\\(?:x([\da-f]{2})|([\\rnt]))/gi, (_, hex?: string, name = '') =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (names[name] as string),
    );
  return Buffer.from(characters, 'latin1');
}

/** Sends bytes, and the end of them; gives all that comes back. */
async function answerTo(port: number, bytes: Uint8Array): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => {});
  socket.end(bytes);
  await once(socket, 'close');
  return received;
}

/** Two that only look like attacks: what they are behind the gateway. A tab is a blank like any other. */
const LEGAL: Readonly<Record<string, readonly string[]>> = {
  'a coding behind a tab': ['POST /'],
  'keep-alive before a tab': ['GET /', 'GET /2'],
};

test('the list of attacks is there', () => {
  expect(ATTACKS.length).toBeGreaterThan(30);
});

test('none of the attacks is a request behind the gateway, nor is anything that comes with one', async () => {
  const whole: string[] = [];
  const behind = await startBehind((request, response) => {
    request.on('error', () => {});
    request.resume().on('end', () => {
      if (request.complete) whole.push(`${request.method} ${request.url}`);
      response.end('fine');
    });
  });
  const { gateway, port } = await startFront({
    upstreams: { main: { url: behind.url } },
    plugins: [],
    routes: [{ name: 'all', path: '/*', upstream: 'main', plugins: [] }],
  });
  for (const [name, bytes] of ATTACKS) {
    const answers = await answerTo(port, bytes);
    const legal = LEGAL[name] ?? [];
    expect([name, whole.splice(0)]).toEqual([name, legal]);
    if (legal.length) continue;
    // Refused in words that a client understands, or cut where there is nobody to speak with.
    expect([name, answers]).toEqual([name, expect.stringMatching(/^(?:HTTP\/1\.1 [45]\d\d |$)/)]);
    expect([name, answers]).toEqual([name, expect.not.stringContaining('HTTP/1.1 2')]);
  }
  const sane = 'GET /sane HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  expect(await answerTo(port, Buffer.from(sane))).toContain('HTTP/1.1 200 OK');
  expect(whole).toEqual(['GET /sane']);
  expect(gateway.state).toBe('ready');
});

/** Sees to it that a server answers rightly before it is measured. */
import { request as send } from 'node:http';
import type { Case } from './suite.ts';

/** Throws unless the server answers the request of the case rightly. */
export async function checkAnswers(
  { request, answer, proxied }: Case,
  port: number,
  upstreamPort: number,
): Promise<void> {
  const { path, postBytes, headers = [] } = request;
  const sent = headers.map((line) => line.split(': ', 2) as [string, string]);
  const body = postBytes === undefined ? undefined : 'x'.repeat(postBytes);
  expectAnswer(path, await ask(port, path, Object.fromEntries(sent), body), answer);
  if (!proxied) return;
  const seen = JSON.stringify({ host: `127.0.0.1:${upstreamPort}`, forwardedFor: '127.0.0.1' });
  expectAnswer('/seen', await ask(port, '/seen', {}), seen);
}

interface Answer {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: string;
}

function expectAnswer(path: string, { status, type, body }: Answer, expected: string): void {
  const json = /^application\/json\b/.test(type ?? '');
  if (status === 200 && json && body === expected) return;
  throw new Error(
    `${path} was answered with ${status}, ${type} and ${body.length} bytes: ${body.slice(0, 100)}; ` +
      `expected 200, application/json and ${expected.length} bytes: ${expected.slice(0, 100)}`,
  );
}

function ask(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST';
  const type = body === undefined ? {} : { 'Content-Type': 'application/octet-stream' };
  const length = body === undefined ? {} : { 'Content-Length': body.length };
  const options = { port, path, method, agent: false, timeout: 10_000 };
  return new Promise((resolve, reject) => {
    const req = send({
      ...options,
      host: '127.0.0.1',
      headers: { ...headers, ...type, ...length },
    });
    req.on('timeout', () => req.destroy(new Error(`${path} was not answered`)));
    req.on('error', reject);
    req.on('response', (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (text += chunk));
      res.on('error', reject);
      res.on('end', () =>
        resolve({ status: res.statusCode, type: res.headers['content-type'], body: text }),
      );
    });
    req.end(body);
  });
}

/** Sees to it that a server answers rightly before it is measured. */
import { type IncomingHttpHeaders, request as send } from 'node:http';
import type { Asked, Case, Surroundings } from './case.ts';
import { fieldOf, headersOf, methodOf } from './wrk.ts';

/** Throws unless the server answers everything that the case asks rightly. */
export async function checkAnswers(
  { asked, alsoAsked = [] }: Case,
  port: number,
  surroundings: Surroundings,
): Promise<void> {
  for (const one of [...asked, ...alsoAsked]) {
    const fault = faultOf(one, await ask(port, one), surroundings);
    if (fault) throw new Error(`${methodOf(one)} ${one.path} was answered with ${fault}`);
  }
}

/** What a server said. */
export interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What is wrong with an answer, if anything is. */
export function faultOf(
  { status = 200, answer, answerHeaders = {} }: Asked,
  got: Answer,
  surroundings: Surroundings,
): string | undefined {
  const wanted = typeof answer === 'function' ? answer(surroundings) : answer;
  const statuses = [status].flat();
  const isStatus = got.status !== undefined && statuses.includes(got.status);
  if (!isStatus || (wanted !== undefined && !fits(got.body, wanted))) {
    const found = `${got.status} and ${got.body.length} bytes: ${got.body.slice(0, 100)}`;
    const expected = `${found}; expected ${statuses.join(' or ')}`;
    if (wanted === undefined) return expected;
    if (wanted instanceof RegExp) return `${expected} and ${String(wanted)}`;
    return `${expected} and ${wanted.length} bytes: ${wanted.slice(0, 100)}`;
  }
  for (const [name, value] of Object.entries(answerHeaders)) {
    const said = got.headers[name]?.toString();
    if (!fits(said, value)) return `${name}: ${said}; expected ${value ?? 'none'}`;
  }
  return undefined;
}

function fits(said: string | undefined, value: string | RegExp | null): boolean {
  if (said === undefined || value === null) return said === undefined && value === null;
  return typeof value === 'string' ? said === value : value.test(said);
}

/** Asks once, on a connection of its own. */
export function ask(port: number, asked: Asked): Promise<Answer> {
  const { path, body } = asked;
  const headers = {
    ...Object.fromEntries(headersOf(asked).map(fieldOf)),
    ...(body !== undefined && { 'Content-Length': body.length }),
  };
  const options = { host: '127.0.0.1', port, path, method: methodOf(asked), headers };
  return new Promise((resolve, reject) => {
    const req = send({ ...options, agent: false, timeout: 10_000 });
    req.on('timeout', () => req.destroy(new Error(`${path} was not answered`)));
    req.on('error', reject);
    req.on('response', (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (text += chunk));
      res.on('error', reject);
      res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, body: text }));
    });
    req.end(body);
  });
}

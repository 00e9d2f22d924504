/** Runs the client of the tests against a cache and prints what came of each: `node client.mjs <folder of the tests> <address of the cache> [ids]`. */
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** So many tests run at the same time; most of their time goes by in pauses. */
const TOGETHER = 120;
const agent = new Agent({ keepAlive: true });

const [folder = '', base = '', ids = ''] = process.argv.slice(2);
const wanted = new Set(ids.split(',').filter(Boolean));
/** @param {string} path */
const load = (path) => import(pathToFileURL(join(folder, path)).href);
const [{ runTests, getResults }, { default: tests }, { default: surrogate }] = await Promise.all(
  ['client/runner.mjs', 'tests/index.mjs', 'tests/surrogate-control.mjs'].map(load),
);

/**
 * What the tests need of fetch. Node's own adds `Cache-Control` and `Pragma` to requests with conditions, as a browser has to.
 *
 * @param {string} url
 * @param {{ readonly method?: string, readonly headers?: readonly [string, string][], readonly body?: string }} [init]
 */
const plainFetch = (url, { method = 'GET', headers = [], body } = {}) =>
  new Promise((resolve, reject) => {
    const sent = new Headers();
    for (const [name, value] of headers) sent.append(name, value);
    if (body !== undefined) sent.set('Content-Length', String(Buffer.byteLength(body)));
    const call = request(url, { method, agent, headers: Object.fromEntries(sent) }, (answer) => {
      const chunks = /** @type {Buffer[]} */ ([]);
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () => {
        const got = new Headers();
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
          got.append(answer.rawHeaders[at] ?? '', answer.rawHeaders[at + 1] ?? '');
        }
        const { statusCode: status, statusMessage: statusText } = answer;
        const text = () => Promise.resolve(Buffer.concat(chunks).toString());
        resolve({ status, statusText, headers: got, text });
      });
    });
    call.on('error', reject);
    call.end(body);
  });

/** @type {{ tests: { id: string }[] }[]} */
const suites = [...tests, surrogate];
if (wanted.size)
  for (const suite of suites) suite.tests = suite.tests.filter(({ id }) => wanted.has(id));
await runTests(suites, plainFetch, false, base, TOGETHER);
process.stdout.write(JSON.stringify(getResults()));
agent.destroy();

/** `npm start`: the demo upstream, the gateway of gateway.yaml in front of it, and three things to try. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, systemIo } from 'interpose';
import { startUpstream } from './upstream.mjs';

const config = relative('.', fileURLToPath(new URL('gateway.yaml', import.meta.url)));
const key = process.env.DEMO_API_KEY || 'demo-key';

const upstream = await startUpstream({ port: Number(process.env.UPSTREAM_PORT || 8090) }).catch(
  (error) => {
    console.error(
      `The demo upstream cannot start: ${error.message}. UPSTREAM_PORT=8091 npm start takes another port.`,
    );
    process.exit(1);
  },
);
console.error(`demo upstream listens on ${upstream.url}`);

const code = await runCommand(['gateway', 'run', config], {
  ...systemIo(),
  environment: { ...process.env, UPSTREAM_PORT: String(upstream.port) },
  ready: (url) => console.error(whatToTry(url)),
});
await upstream.close();
process.exit(code);

/** Three lines for the shell, each with what it gives. */
function whatToTry(url) {
  return `Try, in another shell:

  curl -i ${url}/hello

    200 and "Hello from the gateway.", with an X-Request-ID and what is left of the rate limit.

  curl -i -H 'X-API-Key: ${key}' ${url}/demo/time

    200 and the time from the upstream, which saw the same request id. Without the header: 401.

  (echo one; sleep 1; echo two; sleep 1; echo three) | curl -N -T. -H 'X-API-Key: ${key}' ${url}/demo/echo

    one, two, three, a second apart: each line comes back before the next is sent.

The log of the gateway follows, one line of JSON for each request. Ctrl-C stops it, and the upstream.
`;
}

/** `npm start`: two demo upstreams, the gateway of gateway.yaml in front of them, and what to try. */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand, systemIo } from 'interpose';
import { startUpstream } from './upstream.mjs';

const config = relative('.', fileURLToPath(new URL('gateway.yaml', import.meta.url)));
const key = process.env.DEMO_API_KEY || 'demo-key';
const token = process.env.ADMIN_TOKEN || 'demo-admin-token';
const admin = `http://127.0.0.1:${process.env.ADMIN_PORT || 8081}`;

const first = await start('first', 'UPSTREAM_PORT', 8090);
const second = await start('second', 'SECOND_UPSTREAM_PORT', 8091);
console.error(`demo upstreams listen on ${first.url} and ${second.url}`);

const code = await runCommand(['gateway', 'run', config], {
  ...systemIo(),
  environment: {
    ...process.env,
    UPSTREAM_PORT: String(first.port),
    SECOND_UPSTREAM_PORT: String(second.port),
  },
  ready: (url) => console.error(whatToTry(url)),
});
await Promise.all([first.close(), second.close()]);
process.exit(code);

/** An upstream on the port that the variable says. */
async function start(name, variable, usual) {
  const port = Number(process.env[variable] || usual);
  return startUpstream({ name, port }).catch((error) => {
    console.error(
      `The demo upstream cannot start: ${error.message}. ${variable}=${usual + 100} npm start takes another port.`,
    );
    process.exit(1);
  });
}

/** Lines for the shell, each with what it gives. */
function whatToTry(url) {
  return `Try, in another shell:

  curl -i ${url}/hello

    200 and "Hello from the gateway.", with an X-Request-ID and what is left of the rate limit.

  curl -i -H 'X-API-Key: ${key}' ${url}/demo/time

    200 and the time from an upstream, which saw the same request id; the next time, from the other one. Without the header: 401.

  (echo one; sleep 1; echo two; sleep 1; echo three) | curl -N -T. -H 'X-API-Key: ${key}' ${url}/demo/echo

    one, two, three, a second apart: each line comes back before the next is sent.

  for i in 1 2 3 4; do curl -s -o /dev/null -w '%{http_code} ' ${url}/limited; done; echo

    200 200 200 429: three requests in ten seconds.

  curl -i -X OPTIONS -H 'Origin: http://localhost:3000' -H 'Access-Control-Request-Method: GET' ${url}/hello

    204: a page of http://localhost:3000 may call. With another origin: 403.

  curl -iL -H 'X-API-Key: ${key}' ${url}/old/time

    308 to /demo/time, and the time.

  curl -s -H 'Authorization: Bearer ${token}' ${admin}/upstreams

    Both targets, with their health. Without the token: 401. Also /routes, /plugins, /requests, /metrics.

  curl -s -X PUT -H 'Authorization: Bearer ${token}' -H 'Content-Type: application/json' -d '{"state":"disabled"}' ${admin}/plugins/key-auth/state

    From the next request on /demo needs no key.

The log of the gateway follows, one line of JSON for each request. Ctrl-C stops it, and the upstreams.
`;
}

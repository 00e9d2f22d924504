/** What `interpose gateway` and its commands say of themselves, below their options. */

export const GATEWAY_HELP: string = `
A config that is complete:

  listen: { host: 127.0.0.1, port: 8080 }
  upstreams:
    orders: { url: http://127.0.0.1:8090 }
  plugins:                            # for all routes
    - request-id
    - rate-limit: { limit: 100, windowMs: 60000 }
      priority: 30
  routes:
    - name: orders
      path: /orders/*
      upstream: orders
    - name: hello
      path: /hello
      respond: { body: Hello. }

Each plugin is its name, or its name as a key with its options. Beside the name
may stand "priority" and "state: disabled". Paths are exact (/a), or have
parameters (/users/:id) or an open end (/files/*); the most specific one wins.
In texts \${NAME} and \${NAME:-default} stand for variables of the environment.

Examples:
  interpose gateway check gateway.yaml      find every mistake in a config
  interpose gateway explain gateway.yaml    see what runs, and in which order
  interpose gateway run gateway.yaml        start it`;

export const RUN_HELP: string = `
Writes one line of JSON for each request to standard output, and all else to
standard error. Ctrl-C (SIGINT) ends it: it takes no new requests, finishes
those in flight for at most 30 seconds, and exits with 0. SIGTERM does so after
5 seconds in which it is not ready any more, but serves as ever. A second
signal ends it at once. At SIGUSR1 log files are opened anew.

When the file changes, and at SIGHUP, it is read again: requests under way go on
as they are, upstreams and plugins whose words stay the same keep what they have
learned, and what has changed is printed. A file with errors changes nothing.

Example:
  interpose gateway run gateway.yaml`;

export const CHECK_HELP: string = `
Prints a line for each problem: the place as file:line:column, what was expected
and what came. Exits with 1 if one of them is an error; a warning keeps no
gateway from starting.

Example:
  $ interpose gateway check gateway.yaml
  gateway.yaml:14:9 error CFG012 routes[2].upstream: unknown upstream "ordres" — did you mean "orders"?
  gateway.yaml: not usable (1 error)`;

export const EXPLAIN_HELP: string = `
In each phase the plugins for all routes run before those of the route, and a
smaller priority runs first. Disabled plugins are shown where they would run.

Example:
  $ interpose gateway explain gateway.yaml
  orders: GET /orders/*
    phase         priority  plugin      state   from
    access              10  request-id  active  all routes
                       200  key-auth    active  route orders
    content                 upstream orders (http://127.0.0.1:8090)
    headerFilter        10  request-id  active  all routes
    log                 10  request-id  active  all routes`;

export const DIFF_HELP: string = `
A line for each upstream, plugin, route and setting that is added (+), removed
(-), changed (~) or moved (>), with the values that differ and without secrets.

Example:
  $ interpose gateway diff gateway.yaml next.yaml
  ~ upstream orders (targets that stay keep what they have learned)
      url: "http://127.0.0.1:8090" → "http://127.0.0.1:8091"
  + route users
  kept as they are: 1 upstream, 3 plugins`;

export const IMPORT_HELP: string = `
What the documents say of a service in "x-service-info" (id, module, cors,
enabled) and of an operation in "x-route-info" (id, handler, cache) is taken
over. With --auth the secrets are variables of the environment.

Example:
  interpose gateway import openapi.yaml > gateway.yaml
  interpose gateway check gateway.yaml`;

export const SCHEMA_HELP: string = `
An editor that knows YAML finds it by a line at the top of the config:
  # yaml-language-server: $schema=gateway.schema.json

Example:
  interpose gateway schema > gateway.schema.json`;

export const ROUTES_HELP: string = `
With --match it tells which route answers a request, why no other one does,
which plugins run, and what the upstream is asked. Nothing is sent. Exits with 1
if no route answers.

Examples:
  interpose gateway routes gateway.yaml
  interpose gateway routes gateway.yaml --match 'POST https://api.example/orders' -H 'X-Beta: 1'`;

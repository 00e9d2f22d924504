/** readConfig: what it accepts, and how it says what is wrong. */
import { describe, expect, test } from 'vitest';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';
import type { Environment } from './environment.ts';
import { formatProblem, problemCodes } from './problem.ts';
import { type ConfigReading, readConfig } from './read-config.ts';

const plugins: readonly PluginDefinition[] = [
  definePlugin({
    name: 'request-id',
    description: 'Gives every request an id.',
    options: { header: { type: 'string', default: 'X-Request-Id', description: 'The header.' } },
    create: () => ({
      access: { handle() {} },
      headerFilter: { handle() {} },
      log: { handle() {} },
    }),
  }),
  definePlugin({
    name: 'cors',
    description: 'Cross-origin rules.',
    options: {
      origins: { type: 'string[]', required: true, min: 1, description: 'Who may call.' },
      credentials: { type: 'boolean', default: false, description: 'Whether cookies may come.' },
      maxAgeSeconds: { type: 'number', min: 0, description: 'How long the answer holds.' },
      mode: { type: 'string', choices: ['strict', 'loose'], description: 'How.' },
    },
    create({ origins, credentials }) {
      if (credentials && origins.includes('*'))
        throw new TypeError('cannot use credentials with wildcard origin');
      return { access: { handle() {} }, headerFilter: { handle() {} } };
    },
  }),
  definePlugin({
    name: 'key-auth',
    description: 'Lets in who has a key.',
    options: {
      keys: {
        type: 'record',
        required: true,
        min: 1,
        secret: true,
        description: 'The key of each consumer.',
      },
      header: { type: 'string', description: 'The header.' },
    },
    create({ keys }) {
      for (const key of Object.values(keys))
        if (key.length < 8) throw new TypeError(`the key ${key} is too short`);
      return { access: { handle() {} } };
    },
  }),
];

function read(text: string, environment: Environment = {}): ConfigReading {
  return readConfig(text, { file: 'gateway.yaml', plugins, environment });
}

/** The problems as the lines that people see, without the name of the file. */
function problems(text: string, environment: Environment = {}): string[] {
  return read(text, environment).problems.map((problem) =>
    formatProblem(problem).replace('gateway.yaml:', ''),
  );
}

/** The problems of a config whose one route is right. */
function problemsBeside(text: string, environment: Environment = {}): string[] {
  return problems(`${text}\nroutes: [{ name: r, path: /r, respond: {} }]\n`, environment);
}

/** The problems of the keys of a route, which begin in line 4, column 5. */
function problemsOfRoute(text: string): string[] {
  return problems(
    `upstreams: { orders: { url: 'http://127.0.0.1:1' } }\nroutes:\n  -\n${text}`,
  ).filter((line) => !line.includes('CFG101'));
}

const VALID = `
listen: { host: 0.0.0.0, port: 8088 }
upstreams:
  orders:
    url: http://127.0.0.1:8090/base
    connectTimeoutMs: 500
plugins:
  - request-id
  - cors: { origins: ['https://app.example'], maxAgeSeconds: 60 }
    priority: { access: 5, header_filter: 7 }
  - key-auth: { keys: { ada: "\${ADA_KEY}" } }
    state: disabled
    priority: -1
routes:
  - name: orders
    path: /orders/*
    methods: [GET, POST]
    host: '*.example.com'
    upstream: orders
    stripPrefix: /orders
    plugins:
      - request-id: { header: X-Id }
  - name: hello
    path: /hello
    respond:
      status: 201
      headers: { Content-Type: text/plain }
      body: hello
  - name: data
    path: /data/:id
    respond: { body: { list: [1, two, null, true] } }
`;

const CONFIG = {
  listen: { host: '0.0.0.0', port: 8088 },
  upstreams: { orders: { url: 'http://127.0.0.1:8090/base', connectTimeoutMs: 500 } },
  plugins: [
    { name: 'request-id', options: {} },
    {
      name: 'cors',
      options: { origins: ['https://app.example'], maxAgeSeconds: 60 },
      priority: { access: 5, headerFilter: 7 },
    },
    {
      name: 'key-auth',
      options: { keys: { ada: 'correct horse' } },
      state: 'disabled',
      priority: -1,
    },
  ],
  routes: [
    {
      name: 'orders',
      path: '/orders/*',
      methods: ['GET', 'POST'],
      host: '*.example.com',
      upstream: 'orders',
      stripPrefix: '/orders',
      plugins: [{ name: 'request-id', options: { header: 'X-Id' } }],
    },
    {
      name: 'hello',
      path: '/hello',
      respond: { status: 201, headers: { 'Content-Type': 'text/plain' }, body: 'hello' },
      plugins: [],
    },
    {
      name: 'data',
      path: '/data/:id',
      respond: { status: 200, body: { list: [1, 'two', null, true] } },
      plugins: [],
    },
  ],
};

describe('a config that is right', () => {
  test('is read with every default that the document itself has', () => {
    expect(read(VALID, { ADA_KEY: 'correct horse' })).toEqual({ config: CONFIG, problems: [] });
  });

  test('may be JSON, in any layout', () => {
    const document = {
      ...CONFIG,
      plugins: [
        'request-id',
        { cors: CONFIG.plugins[1]?.options, priority: CONFIG.plugins[1]?.priority },
      ],
      routes: CONFIG.routes.map(({ plugins: uses, ...route }) => ({
        ...route,
        plugins: uses.map(({ name, options }) => ({ [name]: options })),
      })),
    };
    const wanted = { ...CONFIG, plugins: CONFIG.plugins.slice(0, 2) };
    for (const layout of [undefined, 2, '\t']) {
      expect(read(JSON.stringify(document, null, layout))).toEqual({
        config: wanted,
        problems: [],
      });
    }
  });

  test('listens on this machine alone unless it says otherwise', () => {
    const { config } = read('routes: [{ name: r, path: /r, respond: {} }]');
    expect(config).toEqual({
      listen: { host: '127.0.0.1', port: 8080 },
      upstreams: {},
      plugins: [],
      routes: [{ name: 'r', path: '/r', respond: { status: 200 }, plugins: [] }],
    });
  });

  test('may begin with a byte order mark, and repeat values by aliases', () => {
    const { config } = read(
      '\ufeffroutes:\n  - { name: a, path: /a, respond: &same { status: 204 } }\n  - { name: b, path: /b, respond: *same }\n',
    );
    expect(config?.routes.map(({ respond }) => respond)).toEqual([
      { status: 204 },
      { status: 204 },
    ]);
  });

  test('keeps a name that an object has anyway', () => {
    const text =
      'routes: [{ name: r, path: /r, respond: { headers: { __proto__: x, constructor: y } } }]';
    const headers = read(text).config?.routes[0]?.respond?.headers ?? {};
    expect(Object.entries(headers)).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });
});

describe('text that is no document', () => {
  test.each([
    ['', '1:1 error CFG002: the file is empty; a config has at least "routes"'],
    ['# only a comment\n', '1:1 error CFG002: the file is empty; a config has at least "routes"'],
    ['---\n', '1:1 error CFG002: the file is empty; a config has at least "routes"'],
    ['- a\n', '1:1 error CFG010: expected a mapping (a config), got a list of 1 item'],
    ['hello\n', '1:1 error CFG010: expected a mapping (a config), got "hello"'],
    ['routes: [', '1:10 error CFG001: wrong indentation, or a bracket that is not closed'],
    ['routes:\n\t- a', '2:1 error CFG001: expected spaces as indentation, got a tab'],
    [
      'routes: 1\n---\nroutes: 2',
      '2:1 error CFG001: expected one document, got a second one behind ---',
    ],
    ["routes: 'a", '1:11 error CFG001: expected a closing quote'],
    ['routes: !thing a', '1:9 error CFG001: tags (!name) are not used in a config'],
    [
      'routes: *gone',
      '1:9 error CFG001 routes: no anchor (&name) of this name stands before the alias',
    ],
    ['routes: &r [*r]', '1:13 error CFG001 routes[0]: the alias stands inside what it repeats'],
    [
      'plugins:\n  - request-id\n    priority: 3\n',
      '2:5 error CFG001: a text and a key do not go together here: is ":" missing in the line before, or is the indentation wrong?',
    ],
    [
      'listen: { port: ${PORT} }',
      '1:18 error CFG001: did not expect this here: is a quote, a comma, a bracket or a line break missing before it?; inside [ ] and { } write "${NAME}" in quotes',
    ],
  ])('%j', (text, line) => {
    expect(problems(text)).toEqual([line]);
  });

  test('quotes nothing of the text, which may be a secret', () => {
    for (const text of [
      'key: "abc" hush',
      'key: [hush',
      'key: {hush: hush',
      'key: "hush\\q"',
      '%hush\n---\n',
      'a: !hush b',
    ]) {
      expect(problems(text)).not.toEqual([]);
      expect(problems(text).join()).not.toContain('hush');
    }
  });
});

describe('text that would cost too much', () => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]']
    .concat(
      [...'bcdefgh'].map(
        (name, index) => `${name}: &${name} [${Array(10).fill(`*${'abcdefgh'[index]}`).join()}]`,
      ),
    )
    .join('\n');

  test('an alias bomb is refused, once, before it grows', () => {
    const lines = problems(bomb).filter((line) => line.includes('CFG004'));
    expect(lines).toEqual(['1:11 error CFG004: aliases (*name) repeat more than 10000 values']);
  });

  test.each([
    ['brackets', '['.repeat(100_000), '1:65'],
    ['closed brackets', `${'['.repeat(5000)}${']'.repeat(5000)}`, '1:65'],
    ['braces', '{a: '.repeat(100_000), '1:257'],
    ['dashes', '- '.repeat(100_000), '1:129'],
    ['question marks', '? '.repeat(100_000), '1:129'],
    [
      'indentation',
      Array.from({ length: 2000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'),
      '130:130',
    ],
  ])('%s within each other', (_, text, place) => {
    expect(problems(text)).toEqual([`${place} error CFG004: nested too deep for a config`]);
  });

  test('levels below the limits of the text are refused by their number', () => {
    const text = Array.from({ length: 100 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n');
    expect(problems(text)).toContain('66:66 error CFG004: nested too deep for a config');
  });

  test('a text of more than 4 MiB', () => {
    expect(problems(`#${'x'.repeat(4 * 1024 * 1024)}`)).toEqual([
      '1:1 error CFG004: expected at most 4194304 characters, got 4194305',
    ]);
  });
});

describe('keys', () => {
  test('unknown ones come with the one that was probably meant', () => {
    expect(problemsBeside('listen: { prot: 1 }\nupstream: {}')).toEqual([
      '1:11 error CFG011 listen.prot: "listen" has no such key — did you mean "port"?',
      '2:1 error CFG011 upstream: a config has no such key — did you mean "upstreams"?',
    ]);
    expect(problemsBeside('servers: 1')).toEqual([
      expect.stringMatching(
        /^1:1 error CFG011 servers: a config has no such key; a config has listen, .*, routes, /,
      ),
    ]);
  });

  test('a key that stands in for a required one is not missed as well', () => {
    expect(problemsOfRoute('    nmae: a\n    path: /a\n    upsteam: orders')).toEqual([
      '4:5 error CFG011 routes[0].nmae: a route has no such key — did you mean "name"?',
      '6:5 error CFG011 routes[0].upsteam: a route has no such key — did you mean "upstream"?',
    ]);
  });

  test('the same one twice, at any level', () => {
    expect(problemsBeside('listen: { port: 1, port: 2 }\nlisten: {}')).toEqual([
      '1:20 error CFG003 listen.port: this key is there already, in line 1',
      '2:1 error CFG003 listen: this key is there already, in line 1',
    ]);
    expect(problemsBeside('upstreams: { "1": { url: http://a }, 1: { url: http://a } }')).toContain(
      '1:38 error CFG003 upstreams.1: this key is there already, in line 1',
    );
  });

  test('that are no text', () => {
    expect(problemsBeside('? [a]\n: 1')).toEqual(['1:3 error CFG010: expected text as a key']);
  });

  test('missing ones', () => {
    expect(problems('listen: {}')).toEqual(['1:1 error CFG014: a config needs "routes"']);
    expect(problemsBeside('upstreams: { a: {} }')).toContain(
      '1:17 error CFG014 upstreams.a: an upstream needs "url", or "targets"',
    );
  });
});

describe('values', () => {
  test.each([
    [
      'listen: { port: "80" }',
      '1:17 error CFG010 listen.port: expected a whole number from 0 to 65535, got "80"',
    ],
    [
      'listen: { port: 70000 }',
      '1:17 error CFG015 listen.port: expected a whole number from 0 to 65535, got 70000',
    ],
    [
      'listen: { port: 1.5 }',
      '1:17 error CFG015 listen.port: expected a whole number from 0 to 65535, got 1.5',
    ],
    [
      'listen: { port: }',
      '1:17 error CFG010 listen.port: expected a whole number from 0 to 65535, got nothing',
    ],
    [
      'listen: { host: 4 }',
      '1:17 error CFG010 listen.host: expected a host name or an address, got 4; put it in quotes',
    ],
    ['listen: 8080', '1:9 error CFG010 listen: expected a mapping ("listen"), got 8080'],
    [
      'upstreams: [a]',
      '1:12 error CFG010 upstreams: expected a mapping of names to upstreams, got a list of 1 item',
    ],
    [
      'plugins: cors',
      '1:10 error CFG010 plugins: expected a list of plugins, each with "- " before it, got "cors"',
    ],
  ])('%s', (text, line) => {
    expect(problemsBeside(text)).toEqual([line]);
  });

  test.each([
    ['localhost:8090', 'it must begin with http:// or https://'],
    ['ftp://a', 'it must begin with http:// or https://'],
    ['http://a?b', 'it must have no query and no fragment'],
    ['http://', undefined],
  ])('the URL %s', (url, reason) => {
    const because = reason === undefined ? '' : ` (${reason})`;
    expect(problemsBeside(`upstreams: { a: { url: '${url}' } }`)).toContain(
      `1:24 error CFG015 upstreams.a.url: expected a URL such as http://127.0.0.1:8090, got "${url}"${because}`,
    );
  });

  test('a URL with a password is refused without being shown', () => {
    const lines = problemsBeside('upstreams: { a: { url: "http://ada:hush@a" } }');
    expect(lines).toContain(
      '1:24 error CFG015 upstreams.a.url: expected a URL such as http://127.0.0.1:8090, got text (it must have no user and password)',
    );
  });

  test('control characters never reach the terminal', () => {
    const [line] = problemsBeside('listen: { host: "\\e[31m" }');
    expect(line).toBe(
      '1:17 error CFG015 listen.host: expected a host name or an address, got "\\u001b[31m"',
    );
    expect(problemsBeside('"\\e[31m": 1')[0]).toContain(' CFG011 ["\\u001b[31m"]: ');
  });
});

describe('routes', () => {
  test.each([
    ['a', 'it must begin with "/"'],
    ['/a b', 'it must have no space, "?", "#" or letters beyond ASCII; write %20 and the like'],
    ['/a?b', 'it must have no space, "?", "#" or letters beyond ASCII; write %20 and the like'],
    ['/%zz', 'a "%" must be followed by two hexadecimal digits'],
    ['/a/../b', 'it must have no "." and ".." segments'],
    ['//a', 'it must have no "//"'],
    ['/a/*/b', '"*" may only be the whole last segment'],
    ['/a*', '"*" may only be the whole last segment'],
    ['/:a-b', 'expected a word of letters, digits and "_" behind ":"'],
    ['/:a/:a', 'each ":name" may stand in it only once'],
  ])('the path %s', (path, reason) => {
    expect(problemsOfRoute(`    name: r\n    path: '${path}'\n    upstream: orders`)).toEqual([
      `5:11 error CFG015 routes[0].path: expected a path such as /users/:id or /files/*, got "${path}" (${reason})`,
    ]);
  });

  test('methods, hosts, prefixes and fixed answers that cannot be', () => {
    const lines = problemsOfRoute(
      `    name: r r
    path: /a/*
    methods: [get, GTE, CONNECT, PROPFIND]
    host: 'a_b'
    upstream: orders
    stripPrefix: /b
  - name: s
    path: /s
    methods: []
    respond: { status: 99, headers: { "a b": c, d: 4, e: "x\\ny" } }
    stripPrefix: /s`,
    );
    expect(lines).toEqual([
      '4:11 error CFG015 routes[0].name: expected a name, got "r r" (it may consist of letters, digits, ".", "_" and "-")',
      '6:15 error CFG015 routes[0].methods[0]: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, got "get" — did you mean "GET"?',
      '6:20 error CFG015 routes[0].methods[1]: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, got "GTE" — did you mean "GET"?',
      '6:25 error CFG015 routes[0].methods[2]: expected one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, got "CONNECT"',
      '7:11 error CFG015 routes[0].host: expected a host name, or *.example.com, got "a_b"',
      '9:18 error CFG015 routes[0].stripPrefix: expected a beginning of the path "/a/*", got "/b"',
      '12:14 error CFG015 routes[1].methods: expected at least one method; leave "methods" out for every method',
      '13:24 error CFG015 routes[1].respond.status: expected a whole number from 200 to 599, got 99',
      '13:39 error CFG015 routes[1].respond.headers["a b"]: this is no name of a header',
      '13:52 error CFG010 routes[1].respond.headers.d: expected text without line breaks, got 4; put it in quotes',
      '13:58 error CFG015 routes[1].respond.headers.e: expected text without line breaks, got "x\\ny"',
      '14:18 error CFG015 routes[1].stripPrefix: "stripPrefix" has no meaning for a route with "respond"',
    ]);
  });

  test('headers that belong to the connection', () => {
    const headers = '{ Content-Length: "5", transfer-encoding: chunked }';
    expect(problems(`routes: [{ name: r, path: /r, respond: { headers: ${headers} } }]`)).toEqual([
      '1:53 error CFG015 routes[0].respond.headers.Content-Length: the gateway sets this header itself',
      '1:74 error CFG015 routes[0].respond.headers.transfer-encoding: the gateway sets this header itself',
    ]);
  });

  test('an upstream that is not there, and one that nobody uses', () => {
    const text = `upstreams:\n  orders: { url: http://a }\n  users: { url: http://a }\nroutes:\n`;
    expect(problems(`${text}  - { name: r, path: /r, upstream: ordres }`)).toEqual([
      '2:3 warning CFG101 upstreams.orders: no route uses this upstream',
      '3:3 warning CFG101 upstreams.users: no route uses this upstream',
      '5:36 error CFG012 routes[0].upstream: unknown upstream "ordres" — did you mean "orders"?',
    ]);
    expect(problems('routes: [{ name: r, path: /r, upstream: a }]')).toEqual([
      '1:41 error CFG012 routes[0].upstream: unknown upstream "a"; there are no upstreams',
    ]);
  });

  test('both or neither of upstream and respond', () => {
    expect(
      problemsOfRoute('    name: r\n    path: /r\n    upstream: orders\n    respond: {}'),
    ).toEqual([
      '7:14 error CFG016 routes[0].respond: a route has one of "upstream", "split", "handler", "redirect" and "respond", got "upstream" and "respond"',
    ]);
    expect(problemsOfRoute('    name: r\n    path: /r')).toEqual([
      '4:5 error CFG016 routes[0]: a route needs one of "upstream", "split", "handler", "redirect" and "respond", got none',
    ]);
  });

  test('no routes at all', () => {
    expect(problems('routes: []')).toEqual([
      '1:9 error CFG014 routes: expected at least one route',
    ]);
    expect(problems('routes: {}')).toEqual([
      '1:9 error CFG010 routes: expected a list of routes, each with "- " before it, got a mapping of 0 keys',
    ]);
  });

  test('two with one name, also when another key of them is wrong', () => {
    const text =
      'routes:\n  - { name: r, path: a, respond: {} }\n  - { name: r, path: /b, respond: {} }';
    expect(problems(text)).toContain(
      '3:13 error CFG017 routes[1].name: expected a name of its own, got that of the route in line 2',
    );
  });

  test('two for the same requests', () => {
    const lines = problems(`routes:
  - { name: a, path: /a/:x, methods: [GET], respond: {} }
  - { name: rest, path: /a/:y, respond: {} }
  - { name: head, path: /a/:z, methods: [HEAD], respond: {} }
  - { name: host, path: /a/:z, methods: [HEAD], host: '*.x.com', respond: {} }
  - { name: case, path: /a/:z, methods: [POST, HEAD], host: '*.X.com', respond: {} }
  - { name: all, path: /a/:z, respond: {} }
  - { name: first, path: /b, methods: [HEAD], respond: {} }
  - { name: get, path: /b, methods: [GET], respond: {} }`);
    expect(lines).toEqual([
      '4:25 error CFG018 routes[2].path: the route in line 2 answers HEAD of the same host and path',
      '6:25 error CFG018 routes[4].path: the route in line 5 answers HEAD of the same host and path',
      '7:24 error CFG018 routes[5].path: the route in line 3 answers every method of the same host and path',
    ]);
  });

  test('one that is never reached is a warning, and the config stands', () => {
    const { config, problems: found } = read(`routes:
  - { name: wide, path: /a, match: { headers: { X-A: { present: true } } }, respond: {} }
  - { name: narrow, path: /a, match: { headers: { X-A: b } }, respond: {} }
  - { name: plain, path: /a, respond: {} }`);
    expect(found.map(formatProblem)).toEqual([
      'gateway.yaml:3:27 warning CFG102 routes[1].path: never reached: whatever fits "match" here fits that of the route in line 2, which is asked first',
    ]);
    expect(config?.routes).toHaveLength(3);
  });
});

describe('plugins', () => {
  test('that are not there, twice, or written in another form', () => {
    const lines = problemsBeside(`plugins:
  - requst-id
  - jwt
  - cors: { origins: [a] }
  - cors:
    origins: [a]
    stat: disabled
  - name: cors
    options: {}
  - state: active
  - 5`);
    expect(lines).toEqual([
      '2:5 error CFG013 plugins[0]: unknown plugin "requst-id" — did you mean "request-id"?',
      '3:5 error CFG013 plugins[1]: unknown plugin "jwt"; there are request-id, cors, key-auth',
      '5:5 error CFG019 plugins[3]: "cors" is there already, in line 4',
      '5:10 error CFG014 plugins[3].cors: "cors" needs the option "origins": Who may call.',
      '6:5 error CFG011 plugins[3].origins: beside a plugin\'s name stand only state and priority; indent it further to make it an option of "cors"',
      '7:5 error CFG011 plugins[3].stat: beside a plugin\'s name stand only state and priority — did you mean "state"?',
      '8:5 error CFG013 plugins[4].name: unknown plugin "name"; the name of a plugin is itself the key, as in "- cors: { … }"',
      "9:5 error CFG011 plugins[4].options: beside a plugin's name stand only state and priority",
      '10:5 error CFG014 plugins[5]: expected a plugin: its name, or its name as a key with its options; state and priority stand beside it',
      '11:5 error CFG010 plugins[6]: expected a plugin: its name, or its name as a key with its options, got a number',
    ]);
  });

  test('the same plugin may stand in both lists', () => {
    const text =
      'plugins: [request-id]\nroutes: [{ name: r, path: /r, respond: {}, plugins: [request-id] }]';
    expect(problems(text)).toEqual([]);
  });

  test('options by the rules of the plugin', () => {
    const lines = problemsBeside(`plugins:
  - request-id: { hedaer: x }
  - cors: { origins: [], credentials: yes, maxAgeSeconds: -1, mode: lose }
  - key-auth: [a]`);
    expect(lines).toEqual([
      '2:19 error CFG011 plugins[0].request-id.hedaer: "request-id" has no such option — did you mean "header"?',
      '3:22 error CFG015 plugins[1].cors.origins: expected at least 1 item, got none',
      '3:39 error CFG010 plugins[1].cors.credentials: expected true or false, got "yes"',
      '3:59 error CFG015 plugins[1].cors.maxAgeSeconds: expected a number, 0 or more, got -1',
      '3:69 error CFG015 plugins[1].cors.mode: expected one of strict, loose, got "lose" — did you mean "loose"?',
      '4:15 error CFG010 plugins[2].key-auth: expected the options of "key-auth" as a mapping, got a list of 1 item',
    ]);
  });

  test('options that do not go together are refused by the plugin itself', () => {
    expect(problemsBeside('plugins: [{ cors: { origins: ["*"], credentials: true } }]')).toEqual([
      '1:19 error CFG021 plugins[0].cors: "cors" cannot be made: cannot use credentials with wildcard origin',
    ]);
  });

  test('a phase is one of the five, and one in which the plugin acts', () => {
    const lines = problemsBeside(`plugins:
  - request-id:
    priority: { acces: 1, content: 2, log: x }
  - cors: { origins: [a] }
    state: off
    priority: first`);
    expect(lines).toEqual([
      '3:17 error CFG020 plugins[0].priority.acces: no phase has this name; it acts in access, headerFilter, log — did you mean "access"?',
      '3:27 error CFG020 plugins[0].priority.content: "request-id" does nothing in this phase; it acts in access, headerFilter, log',
      '3:44 error CFG010 plugins[0].priority.log: expected a number, got "x"',
      '5:12 error CFG015 plugins[1].state: expected one of active, disabled, got "off"',
      '6:15 error CFG010 plugins[1].priority: expected a number, got "first"',
    ]);
  });
});

describe('environment variables', () => {
  test('stand in text, with defaults, and as numbers and flags where these are wanted', () => {
    const { config } = read(
      `listen: { host: "\${HOST:-::1}", port: "\${PORT}" }
plugins:
  - cors: { origins: ["https://\${SITE}", "$\${SITE}"], credentials: "\${COOKIES:-true}" }
routes: [{ name: r, path: "/\${VERSION:-v1}/x", respond: {} }]`,
      { PORT: '9000', SITE: 'app.example', HOST: '' },
    );
    expect(config?.listen).toEqual({ host: '::1', port: 9000 });
    expect(config?.plugins[0]?.options).toEqual({
      origins: ['https://app.example', '${SITE}'],
      credentials: true,
    });
    expect(config?.routes[0]?.path).toBe('/v1/x');
  });

  test('missing, empty and misspelt ones are one problem each', () => {
    const lines = problemsBeside(
      `listen: { host: "\${HOST}", port: "\${PORT}" }
plugins: [{ key-auth: { keys: { ada: "\${KEY-x}", bob: "\${KEY" } } }]`,
      { PORT: '' },
    );
    expect(lines).toEqual([
      '1:17 error CFG005 listen.host: the environment variable HOST is not set; set it, or give a default: ${HOST:-default}',
      '1:34 error CFG005 listen.port: the environment variable PORT is empty; set it, or give a default: ${PORT:-default}',
      '2:38 error CFG006 plugins[0].key-auth.keys: expected ${NAME}, ${NAME:-default} or ${file:/path}; write $${ for a plain ${',
      '2:55 error CFG006 plugins[0].key-auth.keys: expected ${NAME}, ${NAME:-default} or ${file:/path}; write $${ for a plain ${',
    ]);
  });

  test('their values are never shown', () => {
    const environment = { WRONG: 'hush' };
    const lines = problemsBeside(
      `listen: { port: "\${WRONG}" }
upstreams: { a: { url: "\${WRONG}" } }
plugins: ["\${WRONG}"]`,
      environment,
    );
    expect(lines).toEqual([
      '1:17 error CFG010 listen.port: expected a whole number from 0 to 65535, got the value of "${WRONG}"',
      '2:14 warning CFG101 upstreams.a: no route uses this upstream',
      '2:24 error CFG015 upstreams.a.url: expected a URL such as http://127.0.0.1:8090, got the value of "${WRONG}"',
      '3:11 error CFG013 plugins[0]: unknown plugin the value of "${WRONG}"; there are request-id, cors, key-auth',
    ]);
  });

  test('their values are not in what a plugin says either', () => {
    const text = 'plugins: [{ key-auth: { keys: { ada: "${KEY}" }, header: "${NAME}" } }]';
    const [line] = problemsBeside(text, { KEY: 'k3y', NAME: 'too short' });
    expect(line).toBe(
      '1:23 error CFG021 plugins[0].key-auth: "key-auth" cannot be made: the key (hidden) is (hidden)',
    );
  });

  test('come from the process unless others are given', () => {
    process.env['INTERPOSE_TEST_PATH'] = '/from-process';
    try {
      const text = 'routes: [{ name: r, path: "${INTERPOSE_TEST_PATH}", respond: {} }]';
      expect(readConfig(text, { file: 'f', plugins }).config?.routes[0]?.path).toBe(
        '/from-process',
      );
    } finally {
      delete process.env['INTERPOSE_TEST_PATH'];
    }
  });
});

test('a secret is in no message, whatever is wrong with it or beside it', () => {
  const texts = [
    'plugins: [{ key-auth: hush-hush }]',
    'plugins: [{ key-auth: { keys: hush-hush } }]',
    'plugins: [{ key-auth: { keys: [hush-hush] } }]',
    'plugins: [{ key-auth: { keys: { ada: [hush-hush] } } }]',
    'plugins: [{ key-auth: { keys: { hush-hush: 5 } } }]',
    'plugins: [{ key-auth: { keys: { hush-hush: a-good-key, hush-hush: b } } }]',
    'plugins: [{ key-auth: { keys: { ada: hush } } }]',
    'plugins: [{ key-auth: { keys: { ada: 1122334455 } } }]',
    'plugins: [{ key-auth: { keys: { ada: "${HUSH}" } } }]',
    'plugins: [{ key-auth: { keys: { hush-hush: "${GONE}" } } }]',
    'plugins: [{ key-auth: { kees: { ada: hush-hush } } }]',
  ];
  for (const text of texts) {
    const lines = problemsBeside(text, { HUSH: 'hush' });
    expect(lines, text).not.toEqual([]);
    expect(lines.join('\n'), text).not.toMatch(/hush|1122334455/);
  }
});

test('every code is used once, and the form of a line is fixed', () => {
  const codes = Object.values(problemCodes);
  expect(new Set(codes).size).toBe(codes.length);
  expect(codes.every((code) => /^CFG\d{3}$/.test(code))).toBe(true);
  const [problem] = read('listen: { prot: 1 }').problems;
  expect(problem).toEqual({
    file: 'gateway.yaml',
    line: 1,
    column: 1,
    severity: 'error',
    code: 'CFG014',
    path: '',
    message: 'a config needs "routes"',
  });
});

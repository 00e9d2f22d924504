/** The origins: how each is started in front of a recorder, how its log is read, and what it answers by itself. */
import { values } from './message-reader.ts';
import type { Forwarded, Logged } from './observed.ts';

/** Where an origin finds what it needs. */
export interface Site {
  /** The port to listen on. */
  readonly port: number;
  /** The recorder's port. */
  readonly backend: number;
  /** A folder of its own. */
  readonly folder: string;
  /** The log file: everything that the process prints goes there as well. */
  readonly log: string;
}

/** A server of somebody else's, set up as a reverse proxy that changes as little as it can. */
export interface Origin {
  readonly name: 'nginx' | 'haproxy' | 'apache2' | 'caddy';
  readonly args: (config: string) => readonly string[];
  readonly config: (site: Site) => string;
  /** One line of the log; nothing if it is not about a request. */
  readonly readLog: (line: string) => Logged | undefined;
  /** Fields that it writes itself, whatever came. */
  readonly writes: readonly string[];
  /** Whether it may answer such a request by itself, without handing it on. */
  readonly mayAnswer: (request: Forwarded) => boolean;
}

const isAsterisk = ({ target }: Forwarded): boolean => target === '*';
const path = ({ target }: Forwarded): string => target.replace(/\?.*$/s, '');
const isMalformedPath = (request: Forwarded): boolean =>
  /%(?![0-9A-Fa-f]{2})|%00/.test(path(request));

/** Whether the host is no address and no name of the usual signs whose last part begins with a letter, or the port is none. */
function hasRareHost({ fields }: Forwarded): boolean {
  const [, host = '', port = '80'] =
    /^(.*?)(?::(\d+))?$/.exec(values(fields, 'host')[0] ?? '') ?? [];
  const isName = /^(?:\w[\w-]*\.)*[A-Za-z][\w-]*\.?$/.test(host);
  const isAddress = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[\dA-Fa-f:.]+\])$/.test(host);
  return !(isName || isAddress) || Number(port) < 1 || Number(port) > 65_535;
}

/** Whether the dot segments of a path lead above its root. */
function leavesRoot(request: Forwarded): boolean {
  let depth = 0;
  for (const segment of path(request)
    .replaceAll(/%2e/gi, '.')
    .split(/\/|%2f/i)
    .slice(1)) {
    if (segment === '..') depth--;
    else if (segment !== '.' && segment !== '') depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** Whether a field that says one thing is there more than once. */
function repeatsField({ fields }: Forwarded): boolean {
  return ['authorization', 'range', 'if-modified-since', 'if-match', 'if-none-match'].some(
    (name) => values(fields, name).length > 1,
  );
}

const nginx: Origin = {
  name: 'nginx',
  args: (config) => ['-c', config, '-e', 'stderr'],
  config: ({ port, backend, folder, log }) => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr warn;
events { worker_connections 256; }
http {
  log_format chain escape=json
    '{"chain":"$http_x_chain_id","method":"$request_method","target":"$request_uri","status":"$status"}';
  access_log ${log} chain;
  underscores_in_headers on;
  ignore_invalid_headers off;
  merge_slashes off;
  keepalive_timeout 600s;
  keepalive_requests 1000000;
  client_header_buffer_size 64k;
  large_client_header_buffers 4 64k;
  client_max_body_size 0;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream recorder { server 127.0.0.1:${backend}; keepalive 8; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://recorder;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_next_upstream off;
    }
  }
}`,
  readLog: readJsonLog,
  writes: [],
  mayAnswer: (request) =>
    isAsterisk(request) ||
    isMalformedPath(request) ||
    leavesRoot(request) ||
    repeatsField(request) ||
    !/^[A-Z_-]+$/.test(request.method),
};

const haproxy: Origin = {
  name: 'haproxy',
  args: (config) => ['-db', '-f', config],
  config: ({ port, backend }) => `
global
  nbthread 1
  maxconn 256
  tune.bufsize 131072
  tune.http.maxhdr 500
  tune.http.logurilen 65535
  log stdout len 65535 format raw local0
defaults
  mode http
  log global
  option dontlognull
  timeout connect 5s
  timeout client 600s
  timeout server 600s
  timeout http-keep-alive 600s
  retries 0
frontend chain
  bind 127.0.0.1:${port}
  http-request capture req.hdr(x-chain-id) len 60
  log-format "chain %[capture.req.hdr(0)] %ST %HM %HU"
  default_backend recorder
backend recorder
  server recorder 127.0.0.1:${backend}
`,
  readLog(line) {
    const match = /^chain (\S*) (-?\d+) (\S+) (.*)$/.exec(line);
    if (!match) return undefined;
    const [, id = '', status, method = '', target = ''] = match;
    return {
      id: id === '-' ? '' : id,
      status: Number(status),
      method: fromHex(method, /#([0-9A-F]{2})/g),
      target: fromHex(target, /#([0-9A-F]{2})/g),
    };
  },
  writes: [],
  mayAnswer: () => false,
};

const MODULES = ['mpm_event', 'authz_core', 'proxy', 'proxy_http'];

const apache2: Origin = {
  name: 'apache2',
  args: (config) => ['-f', config, '-DFOREGROUND'],
  config: ({ port, backend, folder, log }) => `
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/apache2.pid
DefaultRuntimeDir ${folder}
ErrorLog /dev/stderr
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
StartServers 1
ServerLimit 1
ThreadsPerChild 16
MaxRequestWorkers 16
Timeout 600
KeepAliveTimeout 600
MaxKeepAliveRequests 0
LimitRequestLine 65536
LimitRequestFieldSize 65536
LimitRequestFields 500
LimitRequestBody 0
AllowEncodedSlashes NoDecode
MergeSlashes Off
TraceEnable Off
ProxyPreserveHost On
ProxyAddHeaders Off
ProxyPass / http://127.0.0.1:${backend}/ nocanon retry=0
LogFormat "chain\\t%{x-chain-id}i\\t%>s\\t%m\\t%r" chain
CustomLog ${log} chain
`,
  readLog(line) {
    const [mark, id = '', status, method = '', first = ''] = line.split('\t');
    if (mark !== 'chain') return undefined;
    const text = fromHex(first, /\\(?:x([0-9a-f]{2})|(["\\]))/g);
    const target = text.slice(text.indexOf(' ') + 1, text.lastIndexOf(' '));
    return { id: id === '-' ? '' : id, status: Number(status), method, target };
  },
  writes: [],
  mayAnswer: (request) =>
    isAsterisk(request) || isMalformedPath(request) || leavesRoot(request) || hasRareHost(request),
};

const caddy: Origin = {
  name: 'caddy',
  args: (config) => ['run', '--adapter', 'caddyfile', '--config', config],
  config: ({ port, backend, folder, log }) => `
{
  admin off
  auto_https off
  grace_period 1s
  storage file_system ${folder}/storage
  servers {
    protocols h1
    log_credentials
  }
}
http://:${port} {
  bind 127.0.0.1
  log {
    output file ${log} {
      roll_disabled
    }
    format json
  }
  reverse_proxy 127.0.0.1:${backend} {
    transport http {
      compression off
    }
  }
}
`,
  readLog: readJsonLog,
  writes: ['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'via', 'user-agent'],
  mayAnswer: (request) => isAsterisk(request) || isMalformedPath(request),
};

/** All of them. */
export const ORIGINS: readonly Origin[] = [nginx, haproxy, apache2, caddy];

/** Takes back an escape of a byte as two digits, or of a sign by itself. */
function fromHex(text: string, escaped: RegExp): string {
  return text.replaceAll(escaped, (_, hex: string | undefined, sign: string) =>
    hex === undefined ? sign : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

interface JsonLine {
  readonly logger?: string;
  readonly chain?: string;
  readonly method?: string;
  readonly target?: string;
  readonly status?: number | string;
  readonly request?: {
    readonly method: string;
    readonly uri: string;
    readonly headers: Readonly<Record<string, readonly string[]>>;
  };
}

function readJsonLog(line: string): Logged | undefined {
  if (!line.startsWith('{')) return undefined;
  const parsed = JSON.parse(line) as JsonLine;
  const { logger = '', chain, method = '', target = '', status, request } = parsed;
  const code = Number(status);
  if (request) {
    // What went wrong on the way is told in a line of its own, beside the one that every request has.
    if (!logger.startsWith('http.log.access')) return undefined;
    const id = request.headers['X-Chain-Id']?.join('|') ?? '';
    return { id, method: request.method, target: request.uri, status: code };
  }
  return chain === undefined ? undefined : { id: chain, method, target, status: code };
}

/** Tests of the metrics: what they count, and that those who read them can. */
import { describe, expect, test } from 'vitest';
import { open, routeOf, send, startGateway, startUpstream } from '../../test-kit/loopback.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import { metricsText } from './metrics-text.ts';

const HOSTILE = 'a "quoted" \\ name\nof { two } lines, 100 % = "x"} 1';

/** One line with a figure. */
interface Parsed {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads the text strictly, as its format is written down. */
function parse(text: string): { samples: Parsed[]; kinds: Map<string, string> } {
  const kinds = new Map<string, string>();
  const samples: Parsed[] = [];
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '# EOF' || line.startsWith('# HELP ')) continue;
    const kind = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (kind) {
      expect(kinds.has(kind[1] as string)).toBe(false);
      kinds.set(kind[1] as string, kind[2] as string);
      continue;
    }
    const label = String.raw`[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"`;
    const found = new RegExp(`^([a-z_]+)(?:\\{(${label}(?:,${label})*)\\})? (\\S+)$`).exec(line);
    if (!found) throw new Error(`no line of metrics: ${line}`);
    const [, name = '', labels = '', value = ''] = found;
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', quoted = '']) => [
        key,
        quoted.replaceAll(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c)),
      ],
    );
    samples.push({
      name: name.replace(/^interpose_gateway_/, ''),
      labels: Object.fromEntries(pairs) as Record<string, string>,
      value: value === '+Inf' ? Infinity : Number(value),
    });
  }
  return { samples, kinds };
}

async function start(config: Partial<GatewayConfig>) {
  const started = await startGateway({ admin: { port: 0 }, ...config });
  const read = async (headers = {}) => send(`${started.gateway.adminUrl}/metrics`, { headers });
  const figure = async (name: string, labels: object = {}): Promise<number | undefined> => {
    const { samples } = parse((await read()).text);
    const found = samples.filter(
      (one) =>
        one.name === name &&
        Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    );
    expect(found.length).toBeLessThanOrEqual(1);
    return found[0]?.value;
  };
  return { ...started, read, figure };
}

describe('metrics', () => {
  test('G-66 count requests and errors by route and class of status, never by path', async () => {
    const { url, ended, figure, read } = await start({
      routes: [
        routeOf({ name: 'good', path: '/good/:id', respond: { status: 201 } }),
        routeOf({ name: 'bad', path: '/bad', respond: { status: 503 } }),
      ],
    });
    const paths = ['/good/1', '/good/2', '/good/3', '/bad', '/no-such/1', '/no-such/2'];
    for (const path of paths) {
      await send(url + path);
      await ended();
    }
    expect(await figure('requests_total', { route: 'good', status: '2xx' })).toBe(3);
    expect(await figure('requests_total', { route: 'good', status: '5xx' })).toBe(0);
    expect(await figure('requests_total', { route: 'bad', status: '5xx' })).toBe(1);
    expect(await figure('requests_total', { route: '(no route)', status: '4xx' })).toBe(2);
    expect(await figure('errors_total', { route: 'bad' })).toBe(1);
    expect(await figure('errors_total', { route: 'good' })).toBe(0);
    const { text } = await read();
    expect(text).not.toMatch(/good\/\d|no-such/);
  });

  test('have durations as histograms whose buckets add up', async () => {
    const { url, ended, read } = await start({ routes: [routeOf({ respond: { status: 200 } })] });
    for (let sent = 0; sent < 3; sent++) {
      await send(url);
      await ended();
    }
    const { samples, kinds } = parse((await read()).text);
    expect(kinds.get('interpose_gateway_request_duration_seconds')).toBe('histogram');
    const buckets = samples.filter(({ name }) => name === 'request_duration_seconds_bucket');
    const bounds = '0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 +Inf';
    expect(buckets.map(({ labels }) => labels['le']).join(' ')).toBe(bounds);
    const values = buckets.map(({ value }) => value);
    expect(values).toEqual(values.toSorted((one, other) => one - other));
    expect(values.at(-1)).toBe(3);
    const one = (name: string) => samples.find((sample) => sample.name === name)?.value ?? 0;
    expect(one('request_duration_seconds_count')).toBe(3);
    expect(one('request_duration_seconds_sum')).toBeGreaterThan(0);
    expect(one('request_duration_seconds_sum')).toBeLessThan(3);
  });

  test('can be read whatever routes are called', async () => {
    const { url, ended, figure, gateway } = await start({
      routes: [routeOf({ name: HOSTILE, respond: { status: 200 } })],
    });
    await send(url);
    await ended();
    expect(await figure('requests_total', { route: HOSTILE, status: '2xx' })).toBe(1);
    expect(await figure('active_requests')).toBe(0);
    expect(await figure('reloads_total')).toBe(0);
    await gateway.reload({ ...gateway.config });
    expect(await figure('reloads_total')).toBe(1);
  });

  test('are given as OpenMetrics to those who ask for it', async () => {
    const { url, ended, read } = await start({ routes: [routeOf({ respond: { status: 200 } })] });
    await send(url);
    await ended();
    const plain = await read();
    expect(plain.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(plain.text).toContain('# TYPE interpose_gateway_requests_total counter\n');
    const open = await read({
      accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
    });
    expect(open.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(open.text).toContain('# TYPE interpose_gateway_requests counter\n');
    expect(open.text.endsWith('\n# EOF\n')).toBe(true);
    expect(parse(open.text).samples.map(({ name, labels }) => [name, labels])).toEqual(
      parse(plain.text).samples.map(({ name, labels }) => [name, labels]),
    );
  });

  test('tell of upstreams, plugins and dictionaries', async () => {
    const upstream = await startUpstream((_, response) => void response.end());
    const { figure, url, ended } = await start({
      upstreams: { main: { url: upstream.url, breaker: {} } },
      routes: [routeOf({ upstream: 'main' })],
      plugins: [{ name: 'request-id', options: {}, state: 'disabled' }],
    });
    await send(url);
    await ended();
    expect(await figure('upstream_target_up', { upstream: 'main' })).toBe(1);
    expect(await figure('upstream_target_requests_total', { upstream: 'main' })).toBe(1);
    expect(await figure('upstream_breaker_open', { upstream: 'main' })).toBe(0);
    expect(await figure('plugin_active', { plugin: 'request-id' })).toBe(0);
    expect(await figure('plugin_active', { plugin: 'test-end' })).toBe(1);
    const capacity = await figure('dictionary_capacity_bytes', { dictionary: 'stats' });
    expect(capacity).toBe(1024 * 1024);
    expect(await figure('ready')).toBe(1);
  });

  test('G-67 a request is active until it ends, also when its client leaves or its upstream breaks', async () => {
    const entered: (() => void)[] = [];
    const upstream = await startUpstream((request, response) => {
      entered.shift()?.();
      if (request.url === '/break') response.socket?.destroy();
      if (request.url === '/good') response.end();
    });
    const { figure, url, ended, gateway } = await start({
      upstreams: { main: { url: upstream.url, retry: false } },
      routes: [routeOf({ upstream: 'main' })],
    });
    const waiting = new Promise<void>((resolve) => entered.push(resolve));
    const left = open(`${url}/wait`);
    left.end();
    await waiting;
    expect(await figure('active_requests')).toBe(1);
    left.destroy();
    await ended();
    expect(gateway.statistics.active).toBe(0);
    expect((await send(`${url}/break`)).status).toBe(502);
    await ended();
    expect((await send(`${url}/good`)).status).toBe(200);
    await ended();
    expect(await figure('active_requests')).toBe(0);
    expect(await figure('requests_total', { status: '4xx' })).toBe(1);
    expect(await figure('requests_total', { status: '5xx' })).toBe(1);
  });
});

test('figures that are no numbers, and texts that are no Unicode, do not break a line', () => {
  const text = metricsText(
    [
      {
        name: 'x',
        kind: 'gauge',
        description: 'one\\two\nthree "four"',
        samples: [
          { value: Number.NaN },
          { value: -Infinity, labels: { a: 'lone \ud800 surrogate' } },
          { value: Infinity },
          { value: 1e-7 },
        ],
      },
    ],
    'prometheus',
  );
  expect(text).toBe(
    '# HELP x one\\\\two\\nthree "four"\n# TYPE x gauge\nx NaN\nx{a="lone \ufffd surrogate"} -Inf\nx +Inf\nx 1e-7\n',
  );
});

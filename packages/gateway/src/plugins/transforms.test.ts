/** Tests of request-transform and response-transform. */
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { headOf, open, send, startProxied } from '../../test-kit/loopback.ts';
import type { PluginUse } from '../gateway-config.ts';
import { requestTransform } from './request-transform.ts';
import { responseTransform } from './response-transform.ts';

const use = (name: string, options: Record<string, unknown> = {}): PluginUse => ({ name, options });

interface Told {
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A gateway that changes requests, in front of an upstream that tells what it was sent. */
async function changing(options: Record<string, unknown>) {
  const { url } = await startProxied(
    (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        response.end(JSON.stringify({ url: request.url, headers: request.headers, body }));
      });
    },
    { plugins: [use('request-transform', options)] },
  );
  return async (path = '/', sending: Parameters<typeof send>[1] = {}): Promise<Told> => {
    const answer = await send(url + path, sending);
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
    return answer.json as unknown as Told;
  };
}

describe('requests', () => {
  test('lose, change and get headers', async () => {
    const ask = await changing({
      removeHeaders: ['X-Gone'],
      renameHeaders: { 'X-Old': 'X-New' },
      setHeaders: { 'X-Set': 'ours' },
      addHeaders: { 'X-More': '2' },
      fillHeaders: { 'X-Fill': 'ours', 'X-Empty': 'ours' },
    });
    const { headers } = await ask('/', {
      headers: {
        'x-gone': '1',
        'x-old': 'a',
        'X-New': 'b',
        'X-Set': 'theirs',
        'X-More': '1',
        'X-Fill': 'theirs',
      },
    });
    expect(headers).toMatchObject({
      'x-new': 'a',
      'x-set': 'ours',
      'x-more': '1, 2',
      'x-fill': 'theirs',
      'x-empty': 'ours',
    });
    expect([headers['x-gone'], headers['x-old']]).toEqual([undefined, undefined]);
  });

  test('lose, change and get parameters; what is not touched stays as it was written', async () => {
    const ask = await changing({
      removeQuery: ['debug'],
      setQuery: { v: '2' },
      addQuery: { tag: 'a b&c' },
    });
    expect((await ask('/x?a=%20+~&debug=1&v=1&%64ebug=2&v&tag=1')).url).toBe(
      '/x?a=%20+~&tag=1&v=2&tag=a+b%26c',
    );
    expect((await ask('/x')).url).toBe('/x?v=2&tag=a+b%26c');
    const removing = await changing({ removeQuery: ['a'] });
    expect((await removing('/x?a=1')).url).toBe('/x');
  });

  test('have other fields in a JSON body, and its length', async () => {
    const ask = await changing({
      removeBody: ['secret', 'user.password', '__proto__'],
      setBody: { source: 'gateway', list: [1] },
    });
    const post = (body: string, type = 'application/json') =>
      ask('/', { method: 'POST', headers: { 'Content-Type': type }, body });
    const told = await post(
      '{"a":"ä","secret":1,"user":{"password":1,"name":"x"},"source":"client"}',
    );
    expect(JSON.parse(told.body)).toEqual({
      a: 'ä',
      user: { name: 'x' },
      source: 'gateway',
      list: [1],
    });
    expect(told.headers['content-length']).toBe(String(Buffer.byteLength(told.body)));
    expect((await post('[{"secret":1},2]')).body).toBe('[{"source":"gateway","list":[1]},2]');
    expect((await post('{"secret":1}', 'text/plain')).body).toBe('{"secret":1}');
    expect((await ask('/')).body).toBe('');
  });

  test('whose body cannot be changed go no further', async () => {
    const ask = await changing({ removeBody: ['secret'], maxBodyBytes: 20 });
    const post = (body: string, headers: Record<string, string> = {}) =>
      ask('/', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body,
      });
    await expect(post('{"secret":')).rejects.toThrow('400');
    await expect(post(`{"a":"${'x'.repeat(20)}"}`)).rejects.toThrow('413');
    await expect(post('x', { 'Content-Encoding': 'gzip' })).rejects.toThrow('415');
  });

  test('are told their own query by plugins that have read it before', async () => {
    const { url, gateway } = await startProxied((_request, response) => response.end(), {
      plugins: [use('request-transform', { setQuery: { v: '2' } })],
    });
    const seen: unknown[] = [];
    gateway.registry.add(
      {
        access: { priority: 1, handle: (ctx) => void seen.push(ctx.query.get('v')) },
        log: { handle: (ctx) => void seen.push(ctx.query.get('v')) },
      },
      { name: 'reader' },
    );
    await send(`${url}/?v=1`);
    expect(seen).toEqual(['1', '2']);
  });
});

describe('answers', () => {
  const json = '{"id":1,"secret":"s","items":[{"secret":"s","n":1}]}';
  const start = (
    options: Record<string, unknown>,
    answer: Parameters<typeof startProxied>[0],
    others: readonly PluginUse[] = [],
  ) => startProxied(answer, { plugins: [use('response-transform', options), ...others] });
  const giving =
    (headers: Record<string, string>, body = json, status = 200) =>
    (_request: unknown, response: Parameters<Parameters<typeof startProxied>[0]>[1]): void => {
      response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
      response.write(body.slice(0, 5));
      response.end(body.slice(5));
    };

  test('lose, change and get headers, also those that the gateway itself gives', async () => {
    const { url } = await start(
      { removeHeaders: ['Server', 'X-Powered-By'], setHeaders: { 'X-A': 'ours' } },
      (request, response) => {
        if (request.url === '/die') return response.destroy();
        return response.writeHead(200, { Server: 'x', 'X-A': 'theirs', 'X-B': '1' }).end();
      },
    );
    const { headers } = await send(url);
    expect([headers['server'], headers['x-a'], headers['x-b']]).toEqual([undefined, 'ours', '1']);
    expect((await send(`${url}/die`, { method: 'POST' })).headers['x-a']).toBe('ours');
  });

  test('have other fields in a JSON body, and nothing that was said of the old one', async () => {
    const { url } = await start(
      { removeBody: ['secret', 'items.secret'], setBody: { by: 'gateway' } },
      giving({ ETag: '"1"', 'Content-Length': String(json.length) }),
    );
    const { json: changed, headers, text } = await send(url);
    expect(changed).toEqual({ id: 1, items: [{ n: 1 }], by: 'gateway' });
    expect([headers.etag, headers['content-length']]).toEqual([undefined, String(text.length)]);
    const head = await send(url, { method: 'HEAD' });
    expect([head.status, head.text, head.headers.etag]).toEqual([200, '', undefined]);
    expect(head.headers['content-length']).toBeUndefined();
  });

  test('are not asked for packed or in parts, and can be packed here', async () => {
    const seen: unknown[] = [];
    const { url } = await start(
      { removeBody: ['secret'] },
      (request, response) => {
        const { range, 'accept-encoding': taken } = request.headers;
        seen.push(range, taken);
        giving({}, `{"secret":1,"long":"${'x'.repeat(2000)}"}`)(request, response);
      },
      [use('compress', { encodings: ['gzip'] })],
    );
    const request = open(url, { headers: { Range: 'bytes=0-1', 'Accept-Encoding': 'gzip' } }).end();
    const response = await headOf(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    expect(response.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(Buffer.concat(chunks)).toString()).toBe(`{"long":"${'x'.repeat(2000)}"}`);
    expect(seen).toEqual([undefined, 'identity']);
  });

  test.each([
    ['packed', giving({ 'Content-Encoding': 'gzip' })],
    ['a part', giving({ 'Content-Range': 'bytes 0-51/100' }, json, 206)],
    ['no JSON', giving({}, '{"secret":"s"')],
    ['too large', giving({}, `{"secret":"s","x":"${'x'.repeat(200)}"}`)],
    [
      'cut off',
      (_request: unknown, response: Parameters<Parameters<typeof startProxied>[0]>[1]): void => {
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '99' });
        response.write('{"secret":"s"', () => response.destroy());
      },
    ],
  ] as const)('that are %s are a 502, and nothing of them is sent', async (_name, answer) => {
    const { url } = await start({ removeBody: ['secret'], maxBodyBytes: 100 }, answer);
    const { status, text, headers } = await send(url);
    expect([status, headers['content-type']]).toEqual([502, 'application/problem+json']);
    expect(text).not.toContain('"s"');
    expect(headers['content-encoding']).toBeUndefined();
  });

  test('of another type stay as they are', async () => {
    const { url } = await start({ removeBody: ['secret'] }, giving({ 'Content-Type': 'text/x' }));
    expect((await send(url)).text).toBe(json);
  });
});

test.each([
  [
    requestTransform,
    { setHeaders: { 'Content-Length': '1' } },
    '`request-transform.Content-Length`',
  ],
  [requestTransform, { renameHeaders: { a: 'Transfer-Encoding' } }, 'does not set itself'],
  [requestTransform, { setHeaders: { 'a b': '1' } }, 'a b'],
  [requestTransform, { setBody: [1] }, '`request-transform.setBody` to be a mapping'],
  [responseTransform, { addHeaders: { a: 'x\r\ny' } }, 'control characters'],
  [responseTransform, { setBody: 'x' }, '`response-transform.setBody` to be a mapping'],
])('%j refuses %j', (plugin, options, message) => {
  expect(() => plugin.create(options, {} as never)).toThrow(message);
});

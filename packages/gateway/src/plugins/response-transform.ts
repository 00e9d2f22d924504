/** Changes answers on their way to the client: headers, and fields of a JSON body. */
import { type HeaderList, HttpError, isHttpError, type ResponseBody } from '@interpose/http';
import { BANDS } from '../definition/bands.ts';
import type { GatewayContext, GatewayRequest } from '../context.ts';
import { HeaderEdits } from '../edits/header-edits.ts';
import { JsonEdits } from '../edits/json-edits.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

const JSON_TYPE = /^[\w.+-]+\/(?:[\w.+-]+\+)?json[ \t]*(?:;|$)/i;
/** What was said of the bytes that are sent no longer. */
const OF_THE_BYTES = [
  'Content-Length',
  'ETag',
  'Accept-Ranges',
  'Content-Digest',
  'Repr-Digest',
  'Content-MD5',
];

/** The plugin `response-transform`. */
export const responseTransform: PluginDefinition = definePlugin({
  name: 'response-transform',
  description:
    'Changes headers of answers, and fields of JSON bodies that the upstream has answered.',
  options: {
    removeHeaders: { type: 'string[]', description: 'Headers that are taken out.' },
    renameHeaders: { type: 'record', description: 'New names of headers by the old ones.' },
    setHeaders: { type: 'record', description: 'Headers in the place of those of their names.' },
    addHeaders: { type: 'record', description: 'Headers beside those of their names.' },
    fillHeaders: { type: 'record', description: 'Headers where there are none of their names.' },
    removeBody: {
      type: 'string[]',
      description: 'Fields of a JSON body that are taken out; a.b for one inside another.',
    },
    setBody: { type: 'json', description: 'Fields of a JSON body, with their values.' },
    maxBodyBytes: {
      type: 'number',
      default: 1024 * 1024,
      min: 0,
      description: 'How large a JSON body may be that is changed; a larger one is a 502.',
    },
  },
  create({ maxBodyBytes, ...options }) {
    const headers = new HeaderEdits('response-transform', {
      remove: options.removeHeaders,
      rename: options.renameHeaders,
      set: options.setHeaders,
      add: options.addHeaders,
      fill: options.fillHeaders,
    });
    const fields = new JsonEdits('response-transform.setBody', {
      remove: options.removeBody,
      set: options.setBody,
    });
    const change = (ctx: GatewayRequest): Promise<void> | undefined => {
      const { response, failure, method } = ctx;
      if (failure || !JSON_TYPE.test(response.headers.get('content-type') ?? '')) return undefined;
      if (method === 'HEAD') dropLines(response.headers);
      if (response.body === null || method === 'HEAD') return undefined;
      return changeBody(ctx, fields, maxBodyBytes);
    };
    return {
      ...(!fields.isEmpty && {
        access: { priority: BANDS.transform + 30, handle: askForWhole },
      }),
      headerFilter: {
        priority: BANDS.transform + 30,
        handle(ctx) {
          headers.apply(ctx.response.headers);
          if (!fields.isEmpty) (ctx as GatewayRequest).finish(change as never);
        },
      },
    };
  },
});

/** What is packed or a part cannot be changed, so the upstream is not asked for it; who packs answers here still learns what the client takes. */
function askForWhole(ctx: GatewayContext): void {
  const { headers } = ctx;
  headers.delete('Range');
  headers.delete('If-Range');
  const taken = headers.get('accept-encoding');
  headers.set('Accept-Encoding', 'identity');
  (ctx as GatewayRequest).finish(() => {
    if (taken === undefined) headers.delete('Accept-Encoding');
    else headers.set('Accept-Encoding', taken);
  });
}

async function changeBody(
  { response }: GatewayRequest,
  fields: JsonEdits,
  maxBytes: number,
): Promise<void> {
  const coding = response.headers.get('content-encoding')?.toLowerCase() ?? 'identity';
  if (coding !== 'identity' || response.status === 206) throw unchangeable('is packed, or a part');
  const bytes = await collected(response.takeBody(), maxBytes).catch((error: unknown) => {
    throw isHttpError(error) ? error : unchangeable('broke off', error);
  });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw unchangeable('is no JSON', error);
  }
  dropLines(response.headers);
  response.body = JSON.stringify(fields.apply(value));
}

function dropLines(headers: HeaderList): void {
  for (const name of OF_THE_BYTES) headers.delete(name);
}

async function collected(body: ResponseBody, maxBytes: number): Promise<Uint8Array> {
  if (body === null) return new Uint8Array();
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw unchangeable(`has more than ${maxBytes} bytes`);
    // Whoever reads a socket may use its memory again.
    chunks.push(chunk.slice());
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** An answer that was to be changed is not sent as it is: what was to be taken out may be a secret. */
const unchangeable = (why: string, cause?: unknown): HttpError =>
  new HttpError(502, undefined, {
    code: 'ANSWER_NOT_CHANGED',
    cause: cause ?? new Error(`The answer ${why}`),
  });

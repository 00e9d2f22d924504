/** Sends a request to its upstream and streams the answer back, both at the pace of whoever takes it. */
import { BodyUsedError, ClientLeftError, HeaderList, isBodiless } from '@interpose/http';
import type { Clock } from '@interpose/kernel';
import { checkMs, unexpected } from '@interpose/kernel/options';
import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { GatewayRequest } from '../context.ts';
import { UpstreamFailedError, UpstreamTimeoutError } from '../errors.ts';
import type { UpstreamConfig } from '../gateway-config.ts';
import { forwardHeaders } from './forward-headers.ts';
import { dropHopHeaders } from './hop-headers.ts';
import { type Timeouts, watchConnect, watchFirstByte } from './timeouts.ts';
import { answerBody } from './answer-body.ts';
import { upload } from './upload.ts';

/** Sends requests to one upstream. */
export interface Proxy {
  /**
   * Sends the request on, with `path` in the place of its own. Resolves when the head of the answer is there; the
   * body is in the response and comes as it is read.
   *
   * @throws UpstreamFailedError, UpstreamTimeoutError, ClientLeftError, or what the body of the request failed with
   */
  forward(ctx: GatewayRequest, path: string): Promise<void>;
  /** Lets go of idle connections. */
  close(): void;
}

/** How long an idle connection is kept when the upstream does not say: shorter than the 5 s that many servers have. */
const IDLE_SOCKET_MS = 4000;
const IDEMPOTENT = /^(?:GET|HEAD|OPTIONS|PUT|DELETE)$/;

/**
 * A proxy for one upstream.
 *
 * @throws TypeError or RangeError for a config out of range
 */
export function createProxy(name: string, config: UpstreamConfig, clock: Clock): Proxy {
  const url = upstreamUrl(name, config.url);
  const timeouts: Timeouts = {
    clock,
    connectTimeoutMs: checkMs(`${name}.connectTimeoutMs`, config.connectTimeoutMs ?? 2000, 1),
    firstByteTimeoutMs: checkMs(
      `${name}.firstByteTimeoutMs`,
      config.firstByteTimeoutMs ?? 30_000,
      1,
    ),
    idleTimeoutMs: checkMs(`${name}.idleTimeoutMs`, config.idleTimeoutMs ?? 60_000, 1),
  };
  const isSecure = url.protocol === 'https:';
  const Agent = isSecure ? HttpsAgent : HttpAgent;
  const agent = new Agent({
    keepAlive: true,
    scheduling: 'lifo',
    maxFreeSockets: 128,
    timeout: IDLE_SOCKET_MS,
  });
  const basePath = url.pathname.replace(/\/$/, '');

  const send = (ctx: GatewayRequest, path: string): ClientRequest =>
    (isSecure ? httpsRequest : httpRequest)({
      agent,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port || (isSecure ? 443 : 80),
      method: ctx.method,
      path: basePath + path + ctx.search,
      headers: forwardHeaders(ctx, url.host),
    });

  const attempt = async (ctx: GatewayRequest, path: string, isFirst: boolean): Promise<void> => {
    const request = send(ctx, path);
    ctx.exchange.onClientLeft(() => request.destroy(new ClientLeftError()));
    try {
      const answer = await headOf(request, ctx, timeouts);
      takeAnswer(ctx, request, answer, timeouts);
    } catch (error) {
      // The upstream closed a connection that it had kept, just as we took it: it has seen nothing of the request.
      const { code } = error as NodeJS.ErrnoException;
      const wasKept = request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
      if (
        isFirst &&
        wasKept &&
        !ctx.clientLeft &&
        !ctx.requestBody &&
        IDEMPOTENT.test(ctx.method)
      ) {
        return attempt(ctx, path, false);
      }
      throw failureOf(error, ctx);
    }
  };

  return {
    forward: (ctx, path) => attempt(ctx, path, true),
    close: () => agent.destroy(),
  };
}

/** Sends the body, and waits for the head of the answer. The body may go on after it. */
function headOf(
  request: ClientRequest,
  ctx: GatewayRequest,
  timeouts: Timeouts,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const firstByte = watchFirstByte(request, timeouts);
    watchConnect(request, timeouts);
    request.once('response', (answer) => {
      firstByte.stop();
      resolve(answer);
    });
    request.on('error', (error) => {
      firstByte.stop();
      reject(error);
    });
    // Also covers an upstream that ends the connection without a word and an upgrade that nobody asked for.
    request.once('close', () => reject(new Error('The connection was closed')));
    if (!ctx.requestBody) {
      request.end();
      firstByte.start();
    } else void upload(ctx.requestBody, request, timeouts).then(() => firstByte.start());
  });
}

/** Makes the upstream's answer the answer to the request. */
function takeAnswer(
  ctx: GatewayRequest,
  request: ClientRequest,
  answer: IncomingMessage,
  timeouts: Timeouts,
): void {
  const { response } = ctx;
  const status = answer.statusCode ?? 502;
  const received = HeaderList.fromRaw(answer.rawHeaders);
  dropHopHeaders(received);
  response.status = status;
  for (const [name] of received) response.headers.delete(name);
  const raw = received.toRaw();
  for (let at = 0; at < raw.length; at += 2)
    response.headers.append(raw[at] as string, raw[at + 1] as string);
  if (isBodiless(ctx.method, status)) {
    answer.resume();
    response.body = null;
  } else response.body = answerBody(request, answer, timeouts);
}

function failureOf(error: unknown, ctx: GatewayRequest): unknown {
  if (ctx.clientLeft) return new ClientLeftError();
  if (error instanceof UpstreamTimeoutError || !(error instanceof Error)) return error;
  if ('status' in error || BodyUsedError.is(error)) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  return new UpstreamFailedError(
    error,
    code.startsWith('HPE_') ? 'UPSTREAM_PROTOCOL_ERROR' : undefined,
  );
}

function upstreamUrl(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw unexpected(
      `${name}.url`,
      'an http or https address without user, query or fragment',
      text,
    );
  }
  return url;
}

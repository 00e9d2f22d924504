/** staticFiles: answers with the files of a folder, and with nothing that lies outside of it. */
import { constants, type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { parseAccept } from '../context/accept.ts';
import { type ByteRange, parseRanges } from './byte-ranges.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';
import { FileBody } from './file-body.ts';
import { mediaTypeOf } from './media-types.ts';
import { judgePreconditions, rangeIsFresh } from '../answer/preconditions.ts';
import type { HttpResponse } from '../context/response.ts';

/** Options of `staticFiles`. */
export interface StaticFilesOptions {
  /** What a folder answers with; `false`: nothing. @default 'index.html' */
  readonly index?: string | false;
  /** The header `Cache-Control`, unless the answer has one. @default 'public, max-age=3600' */
  readonly cacheControl?: string;
  /** Whether `name.br` and `name.gz` beside a file are given to those who can read them. @default true */
  readonly precompressed?: boolean;
}

/** Answers with the file that the rest of a route's path names: for routes that end in `/*`. */
export type StaticFilesHandler = (
  ctx: HttpContext & { readonly params: { readonly '*': string } },
) => Promise<HttpResponse>;

/** Smaller ones are read at once. */
const WHOLE_BYTES = 64 * 1024;

/** The codings of files that were compressed beforehand, the best first. */
const CODINGS = [
  { coding: 'br', suffix: '.br' },
  { coding: 'gzip', suffix: '.gz' },
] as const;

/** A file that has been opened. */
interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly modifiedMs: number;
  readonly etag: string;
}

/** What is to be sent of it. */
interface Chosen extends OpenFile {
  readonly type: string;
  readonly coding: string | undefined;
  /** Whether others would have got another coding. */
  readonly varies: boolean;
}

/**
 * Answers with the files of a folder: whole or in parts, in the coding that the client prefers, or with 304 if it has them already.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp().get('/static/*', staticFiles('public'));
 */
export function staticFiles(folder: string, options: StaticFilesOptions = {}): StaticFilesHandler {
  checkNames('staticFiles', options, ['index', 'cacheControl', 'precompressed']);
  if (typeof folder !== 'string' || folder === '') {
    throw unexpected('folder', 'the path of a folder', folder);
  }
  const { index = 'index.html', cacheControl = 'public, max-age=3600' } = options;
  const { precompressed = true } = options;
  return async function staticFiles(ctx) {
    const { response } = ctx;
    // A link may stand at its place, and lead somewhere else from one day to the next.
    const root = await realpath(folder).catch(() => notFound(ctx));
    const names = namesIn(ctx.params['*']) ?? notFound(ctx);
    const isFolder = names.at(-1) === '';
    if (isFolder && index === false) notFound(ctx);
    if (isFolder && !ctx.path.endsWith('/')) return toFolder(ctx, join(root, index || ''), root);
    const path = join(root, ...names, ...(isFolder && index ? [index] : []));
    const found = await openInside(root, path);
    if (found === 'folder') return toFolder(ctx, join(root, ...names, index || ''), root);
    if (!found) return notFound(ctx);
    const accepts = ctx.headers.get('accept-encoding');
    const chosen = precompressed
      ? await variantOf(found, { root, path, accepts })
      : { ...found, type: mediaTypeOf(path), coding: undefined, varies: false };
    const { headers } = response;
    if (!headers.has('cache-control')) headers.set('Cache-Control', cacheControl);
    return answer(ctx, chosen);
  };
}

function notFound(ctx: HttpContext): never {
  throw new HttpError(404, `There is nothing at ${ctx.path}`);
}

/** The names on the way to the file; `undefined` if one of them is none, or is hidden. */
function namesIn(rest: string): readonly string[] | undefined {
  const names: string[] = [];
  for (const segment of rest.split('/')) {
    let name: string;
    try {
      name = decodeURIComponent(segment);
    } catch {
      return undefined;
    }
    // Some of these mean something to some system: a separator, a drive, a stream, the end of the text.
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    if (name.startsWith('.') || /[/\\:\u0000-\u001f\u007f]/.test(name)) return undefined;
    names.push(name);
  }
  return names;
}

/** Opens a file that really lies in the folder, wherever links on the way to it lead. */
async function openInside(root: string, path: string): Promise<OpenFile | 'folder' | undefined> {
  let handle: FileHandle | undefined;
  try {
    const real = await realpath(path);
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
    // Neither waits for the other end of a pipe, nor follows a link that was put there meanwhile.
    handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    const stat = await handle.stat({ bigint: true });
    if (stat.isFile()) {
      const etag = `"${stat.mtimeNs.toString(36)}-${stat.size.toString(36)}"`;
      const opened = handle;
      handle = undefined;
      return { handle: opened, size: Number(stat.size), modifiedMs: Number(stat.mtimeMs), etag };
    }
    return stat.isDirectory() ? 'folder' : undefined;
  } catch {
    // Missing, or not to be read: to the client it is the same.
    return undefined;
  } finally {
    await handle?.close();
  }
}

/** A folder is named with a slash at the end, or the links in its page would lead astray. */
async function toFolder(ctx: HttpContext, index: string, root: string): Promise<HttpResponse> {
  const found = await openInside(root, index);
  if (!found || found === 'folder') notFound(ctx);
  await found.handle.close();
  ctx.response.status = 308;
  ctx.response.headers.set('Location', `${ctx.path}/${ctx.search}`);
  return ctx.response;
}

/** The file itself, or one beside it that was compressed beforehand and is no older. */
async function variantOf(
  plain: OpenFile,
  where: { readonly root: string; readonly path: string; readonly accepts: string | undefined },
): Promise<Chosen> {
  const { root, path, accepts } = where;
  let best: Chosen = { ...plain, type: mediaTypeOf(path), coding: undefined, varies: false };
  let varies = false;
  for (const { coding, suffix } of CODINGS) {
    const packed = await openInside(root, path + suffix);
    if (!packed || packed === 'folder') continue;
    const isFresh = packed.modifiedMs >= plain.modifiedMs;
    varies ||= isFresh;
    if (isFresh && best.coding === undefined && acceptsCoding(accepts, coding)) {
      await best.handle.close();
      best = { ...packed, type: best.type, coding, varies };
    } else {
      await packed.handle.close();
    }
  }
  return { ...best, varies };
}

function acceptsCoding(header: string | undefined, coding: string): boolean {
  let any = false;
  for (const { name, q } of parseAccept(header ?? '')) {
    if (name === coding) return q > 0;
    if (name === '*') any = q > 0;
  }
  return any;
}

async function answer(ctx: HttpContext, file: Chosen): Promise<HttpResponse> {
  const { response, headers: asked } = ctx;
  const { headers } = response;
  const modifiedMs = Math.floor(file.modifiedMs);
  const etag = file.coding ? `${file.etag.slice(0, -1)}-${file.coding}"` : file.etag;
  headers.set('ETag', etag);
  headers.set('Last-Modified', new Date(modifiedMs).toUTCString());
  headers.set('Accept-Ranges', 'bytes');
  if (file.varies) headers.appendItem('Vary', 'Accept-Encoding');
  const verdict = judgePreconditions(ctx.method, asked, { etag, modifiedMs });
  if (verdict !== 'proceed') {
    await file.handle.close();
    response.status = verdict === 'failed' ? 412 : 304;
    response.body = null;
    return response;
  }
  headers.set('Content-Type', file.type);
  headers.set('X-Content-Type-Options', 'nosniff');
  if (file.coding) headers.set('Content-Encoding', file.coding);
  const range = ctx.method === 'GET' ? asked.get('range') : undefined;
  const isFresh = range !== undefined && rangeIsFresh(asked, { etag, modifiedMs });
  const ranges = isFresh ? parseRanges(range, file.size) : undefined;
  if (ranges?.length === 0) return unsatisfiable(response, file);
  if (ranges) return answerParts(response, file, ranges);
  return answerWhole(ctx, file);
}

async function answerWhole({ method, response }: HttpContext, file: Chosen): Promise<HttpResponse> {
  const { handle, size } = file;
  response.status = 200;
  response.headers.set('Content-Length', size);
  if (method === 'HEAD' || size === 0) {
    await handle.close();
    response.body = method === 'HEAD' ? null : new Uint8Array();
  } else if (size <= WHOLE_BYTES) {
    response.body = await readAll(handle, size);
  } else {
    response.body = new FileBody(handle, [{ first: 0, last: size - 1 }]);
  }
  return response;
}

async function readAll(handle: FileHandle, size: number): Promise<Uint8Array> {
  const body = new FileBody(handle, [{ first: 0, last: size - 1 }]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

async function unsatisfiable(
  response: HttpResponse,
  { handle, size }: Chosen,
): Promise<HttpResponse> {
  await handle.close();
  const { headers } = response;
  response.status = 416;
  headers.set('Content-Range', `bytes */${size}`);
  headers.delete('Content-Encoding');
  headers.delete('Content-Type');
  response.body = null;
  return response;
}

function answerParts(
  response: HttpResponse,
  { handle, size, type }: Chosen,
  ranges: readonly ByteRange[],
): HttpResponse {
  const { headers } = response;
  response.status = 206;
  const [only] = ranges;
  if (only && ranges.length === 1) {
    headers.set('Content-Range', contentRange(only, size));
    headers.set('Content-Length', only.last - only.first + 1);
    response.body = new FileBody(handle, [only]);
    return response;
  }
  const boundary = crypto.randomUUID();
  const encoder = new TextEncoder();
  const pieces = ranges.flatMap((range, at) => [
    encoder.encode(
      `${at ? '\r\n' : ''}--${boundary}\r\nContent-Type: ${type}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`,
    ),
    range,
  ]);
  const all = [...pieces, encoder.encode(`\r\n--${boundary}--\r\n`)];
  const length = all.reduce(
    (sum, one) => sum + (one instanceof Uint8Array ? one.length : one.last - one.first + 1),
    0,
  );
  headers.set('Content-Type', `multipart/byteranges; boundary=${boundary}`);
  headers.set('Content-Length', length);
  response.body = new FileBody(handle, all);
  return response;
}

const contentRange = ({ first, last }: ByteRange, size: number): string =>
  `bytes ${first}-${last}/${size}`;

/** Packs and unpacks bodies with Node's zlib, off the thread that answers. */
import type { Transform } from 'node:stream';
import type * as NodeZlib from 'node:zlib';
import { type Coder, type CoderEvents, type Coders, MalformedCodingError } from './coder.ts';
import type { ContentCoding } from './content-codings.ts';

type Zlib = typeof NodeZlib;
type Pack = (
  bytes: Uint8Array,
  options: object,
  done: (error: Error | null, packed: Uint8Array) => void,
) => void;
type Stream = Transform & {
  readonly bytesWritten: number;
  flush(kind: number, done: () => void): void;
};

/** One coding, as zlib has it. */
interface Method {
  readonly pack: Pack;
  readonly packer: (options: object) => Stream;
  readonly unpacker: () => Stream;
  /** Options for a level; of `size` bytes, if that is known. */
  readonly options: (level: number, size?: number) => object;
  /** What lets out all that was taken in. */
  readonly flush: number;
}

/** Node 22.15 and later have it; the types are those of the oldest Node that we run on. */
interface Zstd {
  readonly zstdCompress?: Pack;
  readonly createZstdCompress?: (options: object) => Stream;
  readonly createZstdDecompress?: (options: object) => Stream;
}

/** A window of 2 to that many bytes: with the 4 MiB that brotli takes by itself, a thousand streams would be 4 GiB. */
const STREAM_WINDOW_BITS = 19;
/** The window that a reader of zstd has to have (RFC 9659), and so the most that it must allow. */
const ZSTD_WINDOW_BITS = 23;

/** The coders of the zlib that there is; none in a runtime without it. */
export function zlibCoders(zlib: Zlib | undefined = nodeZlib()): Coders | undefined {
  if (!zlib) return undefined;
  const methods = methodsOf(zlib);
  const methodOf = (coding: ContentCoding): Method => methods.get(coding) as Method;
  return {
    codings: [...methods.keys()],
    pack: (coding, bytes, level) =>
      new Promise((resolve, reject) => {
        const { pack, options } = methodOf(coding);
        pack(bytes, options(level, bytes.length), (error, packed) =>
          error ? reject(error) : resolve(packed),
        );
      }),
    packer(coding, level, events) {
      const { packer, options, flush } = methodOf(coding);
      return new ZlibCoder(packer(options(level)), flush, events);
    },
    unpacker: (coding, events) => new ZlibCoder(methodOf(coding).unpacker(), 0, events),
  };
}

function nodeZlib(): Zlib | undefined {
  // Not imported, so that the file can be loaded where there is none.
  return globalThis.process?.getBuiltinModule?.('node:zlib');
}

function methodsOf(zlib: Zlib): ReadonlyMap<ContentCoding, Method> {
  const { constants } = zlib;
  const methods = new Map<ContentCoding, Method>();
  const deflating = { options: (level: number) => ({ level }), flush: constants.Z_SYNC_FLUSH };
  const zstd = zstdOf(zlib as unknown as Zstd & { readonly constants: Record<string, number> });
  if (zstd) methods.set('zstd', zstd);
  methods.set('br', {
    pack: zlib.brotliCompress as Pack,
    packer: (options) => zlib.createBrotliCompress(options) as unknown as Stream,
    unpacker: () => zlib.createBrotliDecompress() as unknown as Stream,
    options: (level, size) => ({
      params: {
        [constants.BROTLI_PARAM_QUALITY]: level,
        ...(size === undefined
          ? { [constants.BROTLI_PARAM_LGWIN]: STREAM_WINDOW_BITS }
          : { [constants.BROTLI_PARAM_SIZE_HINT]: size }),
      },
    }),
    flush: constants.BROTLI_OPERATION_FLUSH,
  });
  methods.set('gzip', {
    ...deflating,
    pack: zlib.gzip as Pack,
    packer: (options) => zlib.createGzip(options) as unknown as Stream,
    unpacker: () => zlib.createGunzip() as unknown as Stream,
  });
  methods.set('deflate', {
    ...deflating,
    pack: zlib.deflate as Pack,
    packer: (options) => zlib.createDeflate(options) as unknown as Stream,
    unpacker: () => zlib.createInflate() as unknown as Stream,
  });
  return methods;
}

function zstdOf(
  zlib: Zstd & { readonly constants: Readonly<Record<string, number>> },
): Method | undefined {
  const { zstdCompress, createZstdCompress, createZstdDecompress, constants } = zlib;
  if (!zstdCompress || !createZstdCompress || !createZstdDecompress) return undefined;
  const { ZSTD_c_compressionLevel, ZSTD_d_windowLogMax, ZSTD_c_windowLog, ZSTD_e_flush } =
    constants as Readonly<Record<string, number>>;
  return {
    pack: zstdCompress,
    packer: createZstdCompress,
    unpacker: () =>
      createZstdDecompress({ params: { [ZSTD_d_windowLogMax as number]: ZSTD_WINDOW_BITS } }),
    options: (level, size) => ({
      params: {
        [ZSTD_c_compressionLevel as number]: level,
        ...(size === undefined
          ? { [ZSTD_c_windowLog as number]: STREAM_WINDOW_BITS }
          : // What needs no larger window can be read with the one that every reader has.
            size > 2 ** ZSTD_WINDOW_BITS && { [ZSTD_c_windowLog as number]: ZSTD_WINDOW_BITS }),
      },
    }),
    flush: ZSTD_e_flush as number,
  };
}

/** A stream of zlib as a coder. */
class ZlibCoder implements Coder {
  readonly #stream: Stream;
  readonly #flush: number;
  #taken = 0;
  #hasEnded = false;
  #isDestroyed = false;

  constructor(stream: Stream, flush: number, events: CoderEvents) {
    this.#stream = stream;
    this.#flush = flush;
    stream.on('data', (bytes: Uint8Array) => this.#isDestroyed || events.bytes(bytes));
    stream.on('end', () => {
      if (this.#isDestroyed) return;
      // It has come to its end before what it was given has.
      if (!this.#hasEnded || stream.bytesWritten < this.#taken) {
        events.fail(new MalformedCodingError('There is more behind the end of the packed body'));
      } else events.end();
    });
    stream.on('error', (error) => this.#isDestroyed || events.fail(asMalformed(error)));
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#taken += bytes.length;
    this.#stream.write(bytes, () => done());
  }

  flush(done: () => void): void {
    this.#stream.flush(this.#flush, done);
  }

  end(): void {
    this.#hasEnded = true;
    this.#stream.end();
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#stream.destroy();
  }
}

/** Memory that cannot be had is no fault of whoever has sent the bytes. */
const OWN_FAULT = /mem|alloc/i;

function asMalformed(error: Error): Error {
  const { code = '' } = error as { code?: string };
  if (OWN_FAULT.test(code)) return error;
  return new MalformedCodingError(
    code === 'Z_BUF_ERROR'
      ? 'The packed body ends too early'
      : 'The body is not packed as its head says',
    error,
  );
}

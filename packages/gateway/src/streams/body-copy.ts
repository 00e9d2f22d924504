/** Keeps a copy of a body on its way to whoever reads it. */
import { IncomingBody } from '@interpose/wire';

/** How a copy is kept. */
export interface BodyCopyOptions {
  /** Of a larger body no copy is kept. */
  readonly maxBytes: number;
  /** Called once: with all of the body, or with nothing if it was too large or did not become whole. */
  readonly done: (copy: Uint8Array | undefined) => void;
}

/** The body, of which a copy is kept while it is read; it is read no sooner and no faster than without. */
export function copiedBody(body: IncomingBody, { maxBytes, done }: BodyCopyOptions): IncomingBody {
  let pieces: Uint8Array[] | undefined = [];
  let size = 0;
  const finish = (isWhole: boolean): void => {
    const kept = pieces;
    pieces = undefined;
    if (kept) done(isWhole ? joined(kept, size) : undefined);
  };
  const through: IncomingBody = new IncomingBody(body.length, {
    begin: () =>
      body.readInto({
        chunk(bytes, last) {
          size += bytes.length;
          if (size > maxBytes) finish(false);
          // Whoever hands it in may use the memory again.
          else pieces?.push(Uint8Array.from(bytes));
          return through.push(bytes, last);
        },
        end(trailers) {
          through.finish(trailers);
          finish(true);
        },
        fail(error) {
          through.fail(error);
          finish(false);
        },
      }),
    pause() {
      // The sink has already said so by what it returned.
    },
    resume: () => body.resume(),
    retain: () => body.retain(),
    cancel() {
      body.cancel();
      finish(false);
    },
  });
  return through;
}

function joined(pieces: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first) return first;
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

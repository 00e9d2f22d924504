/** RequestTap: stands between the parser and a request's stream, so that the body can be read here and by the host after that. */
import type { IncomingMessage } from 'node:http';
import { type BodySink, ClientLeftError, IncomingBody } from '@interpose/wire';
import type { RequestEnd } from '../answer/request-end.ts';

const NOTHING = Buffer.alloc(0);
const TAPS = new WeakMap<IncomingMessage, RequestTap>();

/** True once somebody has read of the body, past any tap. */
export function isRead(req: IncomingMessage): boolean {
  // To take out what had come before the tap looks to the stream like reading.
  if (TAPS.has(req)) return req.readableEnded || req.readableFlowing === true;
  return req.readableDidRead || req.readableEnded || req.readableFlowing === true;
}

/** The tap of a request, which all that stand round it share. */
export function tapOf(req: IncomingMessage, end: RequestEnd): RequestTap {
  let tap = TAPS.get(req);
  if (!tap) TAPS.set(req, (tap = new RequestTap(req, end)));
  return tap;
}

/** Takes what comes for a request before its stream gets it. */
export class RequestTap {
  readonly #req: IncomingMessage;
  /** How the stream is given bytes, and how it asks for them. */
  readonly #push: IncomingMessage['push'];
  readonly #read: IncomingMessage['_read'];
  /** If all had got into the stream before, it takes no more at its end, only at its front. */
  readonly #isLate: boolean;
  readonly #own: IncomingBody;
  #body: IncomingBody;
  /** Whether all of the body has come, and whether the stream ends as soon as it has. */
  #isComplete = false;
  #endsLater = false;
  #isHandedBack = false;

  constructor(req: IncomingMessage, end: RequestEnd) {
    this.#req = req;
    this.#push = req.push;
    this.#read = req._read;
    // As long as nobody else may read, the stream asks for nothing, and waits for nothing.
    req._read = () => void this.#push.call(req, NOTHING);
    const early = takeOut(req);
    this.#isLate = hasEnded(req);
    const body = (this.#own = this.#body = this.#open());
    if (early) body.push(early, false);
    if (this.#isLate) body.finish([]);
    else {
      req.push = (chunk: unknown, encoding) => {
        if (chunk !== null) return body.push(bytesOf(chunk, encoding), false);
        this.#isComplete = true;
        if (this.#endsLater) this.#endStream();
        else body.finish([]);
        return false;
      };
    }
    end.onClientLeft(() => body.fail(new ClientLeftError()));
    end.onSettled(() => this.#letGo());
  }

  /** What is to be read, here or by the host. */
  get body(): IncomingBody {
    return this.#body;
  }

  /**
   * Lets the host read `body`, which may be another by now. A promise if it has to be waited for. What fails on the way is an error of the
   * stream.
   */
  handBack(body: IncomingBody): void | Promise<void> {
    const req = this.#req;
    const isNew = body !== this.#body;
    this.#body = body;
    if (!this.#isLate) {
      this.#isHandedBack = true;
      req._read = () => (body.isRead ? body.resume() : body.readInto(this.#sink(body)));
      return;
    }
    if (this.#isHandedBack && !isNew) return;
    if (this.#isHandedBack) takeOut(req);
    this.#isHandedBack = true;
    return body.bytes({ maxBytes: Number.MAX_SAFE_INTEGER }).then(
      (bytes) => void (bytes.length && req.unshift(bytes)),
      (error: Error) => this.#fail(error),
    );
  }

  /** Nothing is left that the host could read. */
  nothingLeft(error: Error): void {
    this.#isHandedBack = true;
    this.#req._read = () => this.#fail(error);
  }

  #open(): IncomingBody {
    const req = this.#req;
    const demand = (): void => this.#read.call(req, req.readableHighWaterMark);
    const length = Number(req.headers['content-length'] ?? Number.NaN);
    return new IncomingBody(Number.isNaN(length) ? undefined : length, {
      begin: demand,
      resume: demand,
      cancel: demand,
      pause() {
        // The parser is told by what `push` returns.
      },
    });
  }

  #sink(body: IncomingBody): BodySink {
    const req = this.#req;
    return {
      chunk: (bytes) => this.#push.call(req, body.keep(bytes)),
      end: () => this.#endStream(),
      fail: (error) => this.#fail(error),
    };
  }

  /** Whoever listens is told; to destroy the stream would break the connection, and nobody would learn why. */
  #fail(error: Error): void {
    const req = this.#req;
    if (req.listenerCount('error') === 0) return void req.destroy(error);
    req.emit('error', error);
    // Some wait for the end even so, before they say what went wrong.
    this.#endStream();
    req.resume();
  }

  /** A stream that ends before the message has come breaks the connection; so what is still to come is let by first. */
  #endStream(): void {
    this.#endsLater = !this.#isComplete;
    if (this.#endsLater) this.#own.cancel();
    else this.#push.call(this.#req, null);
  }

  /** The answer is out. What is left of the body nobody reads, but it has to be out of the way of the next request. */
  #letGo(): void {
    const req = this.#req;
    if (!this.#isHandedBack && !this.#isLate) {
      req.push = this.#push;
      req._read = this.#read;
      if (this.#own.isOver) this.#push.call(req, null);
    }
    req.resume();
  }
}

/** What is in a stream. Exactly that much, or it would think that somebody reads it to its end. */
function takeOut(req: IncomingMessage): Uint8Array | undefined {
  const chunk: unknown = req.readableLength > 0 ? req.read(req.readableLength) : null;
  return chunk === null ? undefined : bytesOf(chunk);
}

function bytesOf(chunk: unknown, encoding?: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : (chunk as Uint8Array);
}

/** Whether the end of the body is in the stream. Only the stream knows, long before it says so. */
function hasEnded(req: IncomingMessage): boolean {
  const { _readableState: state } = req as { _readableState?: { readonly ended?: boolean } };
  return state?.ended ?? req.complete;
}

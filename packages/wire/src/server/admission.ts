/** Takes a socket from its acceptance to the one who speaks HTTP on it: past the PROXY header, through TLS, to the version that is spoken. */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { AnswerWriter } from '../message-writer/answer-writer.ts';
import { endsOf } from '../exchange/ends.ts';
import { RefusedMessageError } from '../errors.ts';
import type { Ends } from '../exchange/exchange.ts';
import { Http2Connection, type Http2Limits } from '../http2-connection/http2-connection.ts';
import { PROBLEM_HEADERS, problemDocument } from '../exchange/problem.ts';
import { readProxyHeader } from './proxy-header.ts';
import type { RuleCode } from '../rules.ts';
import { ServerConnection } from '../server-connection/server-connection.ts';
import type { ServerState } from '../exchange/server-state.ts';
import { Deadline, type Timed } from '../timer-wheel.ts';
import type { TlsFront } from './tls-front.ts';
import { tlsSessionOf } from './tls-session.ts';

/** A connection as its server sees it. */
export interface Connection {
  /** Ends the connection as soon as what is under way is answered. */
  closeSoon(): void;
}

/** What stands between a socket and HTTP. */
export interface Entrance {
  readonly server: ServerState;
  /** Says which addresses have to begin with a PROXY header; `undefined` if none does. */
  readonly proxyHeader: ((address: string) => boolean) | undefined;
  readonly tls: TlsFront | undefined;
  readonly handshakeTimeoutMs: number;
  /** Whether HTTP/2 may begin without TLS, at once and unannounced. */
  readonly h2c: boolean;
  readonly http2: Http2Limits;
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

const PROXY_HEADER = 0;
/** The first bytes tell whether TLS is spoken. */
const FIRST_BYTE = 1;
const HANDSHAKE = 2;
/** The first bytes tell which version of HTTP is spoken. */
const VERSION = 3;
const HANDED_ON = 4;
/** Refused; what still comes is dropped. */
const REFUSED = 5;

/** Makes a connection of a socket, at once where nothing stands before HTTP; so it is if someone else has encrypted it. */
export function admit(socket: Duplex, entrance: Entrance): Connection {
  const { server, http2: limits, proxyHeader, tls, h2c } = entrance;
  const { encrypted = false, alpnProtocol } = socket as Partial<TLSSocket>;
  if (encrypted) {
    const session = tlsSessionOf(socket as TLSSocket);
    const ends = endsOf(socket, session);
    if (alpnProtocol === 'h2') return new Http2Connection(socket, ends, { server, limits });
    return new ServerConnection(socket, ends, server);
  }
  if (!(proxyHeader || tls || h2c)) return new ServerConnection(socket, endsOf(socket), server);
  return new Admission(socket, entrance);
}

/** A socket on its way. */
class Admission implements Connection, Timed {
  readonly #socket: Duplex;
  readonly #entrance: Entrance;
  readonly #deadline: Deadline;
  #ends: Ends;
  #stage: number;
  #held: Buffer = Buffer.alloc(0);
  #connection: Connection | undefined;
  readonly #onReadable = (): void => this.#read();
  readonly #onEnd = (): void => this.#clientEnded();

  constructor(socket: Duplex, entrance: Entrance) {
    this.#socket = socket;
    this.#entrance = entrance;
    this.#ends = endsOf(socket);
    const { proxyHeader } = entrance;
    this.#stage = proxyHeader?.(this.#ends.peer.address) ? PROXY_HEADER : this.#behindHeader();
    this.#deadline = new Deadline(this);
    const { wheel, headTimeoutMs } = entrance.server;
    wheel.set(this.#deadline, headTimeoutMs);
    socket.on('error', () => {});
    socket.once('close', () => this.#closed());
    socket.on('readable', this.#onReadable);
    socket.on('end', this.#onEnd);
  }

  closeSoon(): void {
    if (this.#connection) this.#connection.closeSoon();
    else if (this.#stage !== REFUSED) this.#socket.destroy();
  }

  /** What has to come does not come. */
  onDue(): void {
    if (this.#stage === PROXY_HEADER) this.#count('PROXY_HEADER_MALFORMED');
    else if (this.#stage === VERSION && this.#held.length > 0) this.#count('HEAD_TOO_SLOW');
    this.#socket.destroy();
  }

  #behindHeader(): number {
    return this.#entrance.tls ? FIRST_BYTE : VERSION;
  }

  #read(): void {
    const chunk = this.#socket.read() as Buffer | null;
    if (chunk === null) return;
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    if (this.#stage === PROXY_HEADER && !this.#readHeader()) return;
    if (this.#stage === VERSION && !this.#entrance.h2c) return this.#speakHttp1(this.#socket);
    if (this.#held.length === 0) return;
    if (this.#stage === FIRST_BYTE) this.#readFirstByte();
    else if (this.#stage === VERSION) this.#readVersion();
  }

  /** Tells whether the header is there, and right. */
  #readHeader(): boolean {
    const header = readProxyHeader(this.#held);
    if (header === 'more') return false;
    if (header === 'refused') {
      this.#count('PROXY_HEADER_MALFORMED');
      this.#socket.destroy();
      return false;
    }
    this.#held = this.#held.subarray(header.length);
    const { source: peer, destination: local } = header;
    if (peer && local) this.#ends = { peer, local, secure: this.#ends.secure };
    this.#stage = this.#behindHeader();
    return true;
  }

  #readFirstByte(): void {
    const first = this.#held[0] as number;
    // No record of TLS begins with a letter, and every request of HTTP/1 nearly always does.
    const isLetter = (first >= 0x41 && first <= 0x5a) || (first >= 0x61 && first <= 0x7a);
    if (isLetter) return this.#refusePlain();
    const { server, tls, handshakeTimeoutMs } = this.#entrance;
    this.#stage = HANDSHAKE;
    this.#letGo(this.#socket);
    server.wheel.set(this.#deadline, handshakeTimeoutMs);
    tls?.open(this.#socket, (socket) => this.#secured(socket));
  }

  #secured(socket: TLSSocket): void {
    const raw = this.#socket as Socket;
    socket.on('error', () => {});
    // Only the socket beneath can be reset.
    socket.resetAndDestroy = () => {
      if (raw.remotePort === undefined) raw.destroy();
      else raw.resetAndDestroy();
      return socket;
    };
    const { peer, local } = this.#ends;
    this.#ends = { peer, local, secure: true, tls: tlsSessionOf(socket) };
    if (socket.alpnProtocol === 'h2') this.#speakHttp2(socket);
    else this.#speakHttp1(socket);
  }

  #readVersion(): void {
    const held = this.#held;
    const length = Math.min(held.length, PREFACE.length);
    if (held.compare(PREFACE, 0, length, 0, length) !== 0) this.#speakHttp1(this.#socket);
    else if (length === PREFACE.length) this.#speakHttp2(this.#socket);
  }

  #speakHttp1(socket: Duplex): void {
    this.#letGo(socket);
    this.#handedOn(new ServerConnection(socket, this.#ends, this.#entrance.server));
  }

  #speakHttp2(socket: Duplex): void {
    const { server, http2: limits } = this.#entrance;
    this.#letGo(socket);
    this.#handedOn(new Http2Connection(socket, this.#ends, { server, limits }));
  }

  #handedOn(connection: Connection): void {
    this.#stage = HANDED_ON;
    this.#connection = connection;
    const { server } = this.#entrance;
    server.wheel.remove(this.#deadline);
    if (server.isClosing) connection.closeSoon();
  }

  /** Reads no more, and puts back what belongs to the next who reads. */
  #letGo(socket: Duplex): void {
    if (socket !== this.#socket) return;
    socket.off('readable', this.#onReadable);
    socket.off('end', this.#onEnd);
    const held = this.#held;
    this.#held = Buffer.alloc(0);
    if (held.length > 0) socket.unshift(held);
  }

  /** Someone speaks HTTP without TLS: that can be said in the same way. */
  #refusePlain(): void {
    const { server } = this.#entrance;
    const socket = this.#socket;
    this.#stage = REFUSED;
    server.handshakesFailed++;
    const { status, code, message } = this.#count('TLS_EXPECTED');
    const writer = new AnswerWriter(
      socket,
      () => `Date: ${server.date()}\r\nConnection: close\r\n`,
    );
    writer.next({ isHead: this.#held.toString('latin1', 0, 5) === 'HEAD ', version: '1.1' });
    writer.answer(status, PROBLEM_HEADERS, problemDocument({ status, code, detail: message }));
    socket.end();
    // A connection that is closed with bytes unread would take the answer with it.
    socket.off('readable', this.#onReadable);
    socket.resume();
    server.wheel.set(this.#deadline, server.lingerMs);
  }

  #clientEnded(): void {
    if (this.#stage === PROXY_HEADER && this.#held.length > 0) {
      this.#count('PROXY_HEADER_MALFORMED');
    } else if (this.#stage === VERSION && this.#held.length > 0) this.#count('BODY_CUT_SHORT');
    this.#socket.destroy();
  }

  #closed(): void {
    this.#entrance.server.wheel.remove(this.#deadline);
    if (this.#stage === HANDSHAKE) this.#entrance.server.handshakesFailed++;
  }

  #count(code: RuleCode): RefusedMessageError {
    const error = new RefusedMessageError(code);
    this.#entrance.server.refuse(error, this.#ends, false);
    return error;
  }
}

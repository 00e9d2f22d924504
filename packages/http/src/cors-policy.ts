/** CorsPolicy: which pages of other origins may call, and the headers that tell a browser so. */
import { checkMs, outOfRange, unexpected } from '@interpose/kernel/options';
import { HttpError } from './errors.ts';
import { HeaderLine, type HeaderList, isTokenName } from './context/headers.ts';

/** Says whether an origin may call. */
export type OriginTest = (origin: string) => boolean;

/** Options of a `CorsPolicy`. */
export interface CorsPolicyOptions {
  /**
   * The origins that may call: scheme, host and port such as `https://app.example.com`, all hosts below a name such as
   * `https://*.example.com`, or `*` alone; or a function that says so.
   */
  readonly origins: readonly string[] | OriginTest;
  readonly methods: readonly string[];
  /** Request headers. */
  readonly headers: readonly string[];
  /** Response headers that pages may read. */
  readonly exposeHeaders: readonly string[];
  /** Whether cookies and the like may come along. */
  readonly credentials: boolean;
  /** How long a browser may remember the answer to a preflight. */
  readonly maxAgeMs: number;
  /** Whether a request from any other origin is refused; else it is served, and its page cannot read the answer. @default true */
  readonly refuseOthers?: boolean;
  /** Comes before the names of options in errors. @default 'cors' */
  readonly name?: string;
}

const SIMPLE = ['Content-Type', 'X-Requested-With', 'Origin', 'Accept', 'Authorization'] as const;

/** What there is to begin with. */
export type CorsPreset = 'permissive' | 'strict';

/** What a preset says; who may call is never part of it. */
export type CorsDefaults = Omit<CorsPolicyOptions, 'origins' | 'credentials' | 'name'>;

/** `permissive` is for what everybody may read, `strict` for all else. */
export const CORS_PRESETS: Readonly<Record<CorsPreset, CorsDefaults>> = {
  permissive: {
    methods: ['GET', 'POST', 'HEAD'],
    headers: SIMPLE,
    exposeHeaders: SIMPLE,
    maxAgeMs: 600_000,
    refuseOthers: false,
  },
  strict: {
    methods: ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS'],
    headers: ['Content-Type', 'Authorization', 'X-Request-ID'],
    exposeHeaders: ['X-Request-ID'],
    maxAgeMs: 3_600_000,
    refuseOthers: true,
  },
};

/** What a policy needs to know of a request. */
export interface CorsRequest {
  readonly method: string;
  readonly headers: HeaderList;
}

/** Scheme, host and port, in the one form that browsers send; a label has 63 characters at most. */
const ORIGIN =
  /^https?:\/\/(?:[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const WILDCARD = /^(https?:\/\/)\*(\.[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d{1,5})?)$/;
const LONGEST_ORIGIN = 2048;
/** More labels than this in the place of a `*` are no host of anybody. */
const MOST_LABELS = 10;

/** What anyone else says on these would contradict the policy. */
const OURS: ReadonlySet<string> = new Set([
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-methods',
  'access-control-allow-headers',
  'access-control-expose-headers',
  'access-control-max-age',
]);

/** Whether someone else has said something of it. */
function saysOurs(raw: readonly string[]): boolean {
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] as string;
    if (name.length > 20 && OURS.has(name.toLowerCase())) return true;
  }
  return false;
}

const ANY_ORIGIN = new HeaderLine('Access-Control-Allow-Origin', '*');
const CREDENTIALS = new HeaderLine('Access-Control-Allow-Credentials', 'true');

/** Who may call from other origins, and how they are told. */
export class CorsPolicy {
  /** Whether every origin gets the same answer. */
  readonly anyOrigin: boolean;
  readonly #allows: OriginTest;
  readonly #methods: ReadonlySet<string>;
  readonly #headers: ReadonlySet<string>;
  readonly #credentials: boolean;
  readonly #refusesOthers: boolean;
  readonly #exposed: HeaderLine | undefined;
  readonly #preflight: readonly HeaderLine[];

  /** @throws TypeError or RangeError for options out of range */
  constructor(options: CorsPolicyOptions) {
    const { origins, methods, headers, credentials, maxAgeMs, name = 'cors' } = options;
    checkNamesOf(`${name}.methods`, methods, 1);
    checkNamesOf(`${name}.headers`, headers);
    checkNamesOf(`${name}.exposeHeaders`, options.exposeHeaders);
    checkMs(`${name}.maxAgeMs`, maxAgeMs);
    this.anyOrigin = typeof origins !== 'function' && origins.includes('*');
    this.#allows = testOf(origins, credentials, name);
    this.#methods = new Set(methods.map((method) => method.toUpperCase()));
    this.#headers = new Set(headers.map((header) => header.toLowerCase()));
    this.#credentials = credentials;
    this.#refusesOthers = options.refuseOthers ?? true;
    const exposed = options.exposeHeaders.join(', ');
    this.#exposed = exposed ? new HeaderLine('Access-Control-Expose-Headers', exposed) : undefined;
    this.#preflight = [
      new HeaderLine('Access-Control-Allow-Methods', [...this.#methods].join(', ')),
      new HeaderLine('Access-Control-Allow-Headers', headers.join(', ')),
      new HeaderLine('Access-Control-Max-Age', Math.floor(maxAgeMs / 1000)),
    ];
  }

  /** True for a question of a browser whether it may ask something. */
  isPreflight({ method, headers }: CorsRequest): boolean {
    return (
      method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
    );
  }

  /** Why a request goes no further; `undefined` if it may. A preflight that may is to be answered with 204. */
  refusalOf(request: CorsRequest): HttpError | undefined {
    const { headers } = request;
    const origin = headers.get('origin');
    if (origin === undefined) return undefined;
    const isPreflight = this.isPreflight(request);
    if (!isPreflight && !this.#refusesOthers) return undefined;
    if (isOwn(headers, origin)) return undefined;
    if (!this.#allows(origin)) return refusal('ORIGIN_NOT_ALLOWED', 'The origin may not call this');
    if (!isPreflight) return undefined;
    if (!this.#methods.has(headers.get('access-control-request-method') ?? '')) {
      return refusal('METHOD_NOT_ALLOWED_FOR_ORIGIN', 'The origin may not use this method');
    }
    const asked = (headers.get('access-control-request-headers') ?? '').split(',');
    if (asked.some((name) => name.trim() && !this.#headers.has(name.trim().toLowerCase()))) {
      return refusal(
        'HEADER_NOT_ALLOWED_FOR_ORIGIN',
        'The origin may not send one of these headers',
      );
    }
    return undefined;
  }

  /** True for a preflight that this policy answers, and not whoever the page belongs to. */
  answersPreflight(request: CorsRequest): boolean {
    const { headers } = request;
    return this.isPreflight(request) && !isOwn(headers, headers.get('origin') ?? '');
  }

  /** Tells the browser, in the answer to a request. `isAllowed` says that a preflight got what it had asked for. */
  tell(request: CorsRequest, answer: HeaderList, isAllowed: boolean): void {
    // Not only where there is an origin: a cache must not give one origin the answer to another, or to none.
    if (!this.anyOrigin) answer.appendItem('Vary', 'Origin');
    const origin = request.headers.get('origin');
    if (saysOurs(answer.toRaw())) answer.deleteWhere((name) => OURS.has(name));
    if (origin === undefined || !this.#allows(origin)) return;
    if (this.anyOrigin) answer.setLine(ANY_ORIGIN);
    else answer.set('Access-Control-Allow-Origin', origin);
    if (this.#credentials) answer.setLine(CREDENTIALS);
    if (!this.isPreflight(request)) {
      if (this.#exposed) answer.setLine(this.#exposed);
      return;
    }
    answer.appendItem('Vary', 'Access-Control-Request-Method');
    answer.appendItem('Vary', 'Access-Control-Request-Headers');
    if (!isAllowed) return;
    for (const line of this.#preflight) answer.setLine(line);
  }
}

/** A page of this very host sends its origin along as well, and needs no leave. */
function isOwn(headers: HeaderList, origin: string): boolean {
  const host = headers.get('host')?.toLowerCase();
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

const refusal = (code: string, detail: string): HttpError => new HttpError(403, detail, { code });

function testOf(
  origins: readonly string[] | OriginTest,
  credentials: boolean,
  name: string,
): OriginTest {
  if (typeof origins === 'function') {
    return (origin) => origin.length <= LONGEST_ORIGIN && ORIGIN.test(origin) && origins(origin);
  }
  if (!Array.isArray(origins) || origins.length === 0) {
    throw unexpected(`${name}.origins`, 'a list of origins, 1 or more, or a function', origins);
  }
  if (origins.includes('*')) {
    if (credentials) throw new TypeError(`${name}: cannot use credentials with wildcard origin`);
    if (origins.length > 1) {
      throw outOfRange(`${name}.origins`, '`*` alone or a list of origins', origins);
    }
    return (origin) => origin.length <= LONGEST_ORIGIN;
  }
  const exact = new Set<string>();
  const below: (readonly [string, string])[] = [];
  for (const origin of origins) {
    const wildcard = WILDCARD.exec(origin);
    if (wildcard) below.push([wildcard[1] as string, wildcard[2] as string]);
    else if (ORIGIN.test(origin) && origin.length <= LONGEST_ORIGIN) exact.add(origin);
    else throw outOfRange(`${name}.origins`, 'origins such as https://app.example.com', origin);
  }
  if (!below.length) return (origin) => exact.has(origin);
  return (origin) =>
    exact.has(origin) || below.some(([scheme, end]) => isBelow(origin, scheme, end));
}

/** True for a host below a name, with labels in the place of the `*` that a host can have. */
function isBelow(origin: string, scheme: string, end: string): boolean {
  if (origin.length > LONGEST_ORIGIN || !origin.startsWith(scheme) || !origin.endsWith(end)) {
    return false;
  }
  const labels = origin.slice(scheme.length, -end.length);
  return ORIGIN.test(origin) && labels !== '' && labels.split('.').length <= MOST_LABELS;
}

function checkNamesOf(option: string, names: unknown, least = 0): void {
  const isList = Array.isArray(names) && names.length >= least && names.every(isTokenName);
  if (!isList) throw unexpected(option, `a list of names, ${least} or more of them`, names);
}

/** The parts of an API stack: their order, what each gets, and what they hand on together. */
import type { Awaitable } from '@interpose/kernel';
import type { Problem } from '../boundary/problem.ts';
import type { Logger } from '../logger.ts';
import type { Meter } from '../observing/meter.ts';
import type { Tracer } from '../observing/tracer.ts';
import type { Spanned } from '../observing/tracing.ts';

/** The parts of the stack, the outermost first. */
export const API_STACK = [
  'errorBoundary',
  'requestId',
  'logging',
  'metrics',
  'tracing',
  'cors',
  'rateLimit',
  'auth',
  'permission',
  'compression',
  'cache',
  'batch',
  'errorHandler',
  'circuitBreaker',
  'validation',
  'sanitization',
  'transaction',
] as const;

/** The name of a part. */
export type ApiStackPart = (typeof API_STACK)[number];

/**
 * What stands in a place: a middleware or a policy; `false` for nobody, also where there is a default. Whether it fits is found where it
 * is used.
 */
export type ApiStackMember = object | false;

/** The parts, and what the default ones are made with. */
export interface ApiStackParts {
  /** Turns errors into answers. @default exceptionBoundary(), where the pipeline takes its answers */
  readonly errorBoundary?: ApiStackMember;
  /** @default requestId() */
  readonly requestId?: ApiStackMember;
  /** @default logging() with `logger` and `name` */
  readonly logging?: ApiStackMember;
  /** @default metrics() with `meter` and `name`, if there is a meter */
  readonly metrics?: ApiStackMember;
  /** @default tracing() with `tracer` and `name`, if there is a tracer */
  readonly tracing?: ApiStackMember;
  /** For the host to fill. @default nobody */
  readonly cors?: ApiStackMember;
  /** Such as `rateLimit()`. @default nobody */
  readonly rateLimit?: ApiStackMember;
  /** Such as `authenticate()` or `requireUser()`. @default nobody */
  readonly auth?: ApiStackMember;
  /** Such as `requireRole()` or `requirePermission()`. @default nobody */
  readonly permission?: ApiStackMember;
  /** For the host to fill. @default nobody */
  readonly compression?: ApiStackMember;
  /** Such as `cache()`; its key must name the user. @default nobody */
  readonly cache?: ApiStackMember;
  /** Such as `batch()`. @default nobody */
  readonly batch?: ApiStackMember;
  /** Answers the errors of the domain. @default nobody: all go to the boundary */
  readonly errorHandler?: ApiStackMember;
  /** @default circuitBreaker(), for which faults of the caller are no failures */
  readonly circuitBreaker?: ApiStackMember;
  /** Such as `validate()`. @default nobody */
  readonly validation?: ApiStackMember;
  /** Such as `sanitize()`. @default nobody */
  readonly sanitization?: ApiStackMember;
  /** Such as `transaction()`. @default nobody */
  readonly transaction?: ApiStackMember;
  /** Where the default logging and the default boundary write. @default the console */
  readonly logger?: Logger;
  /** Where the default metrics count. @default nowhere */
  readonly meter?: Meter;
  /** Who begins the default spans. @default nobody */
  readonly tracer?: Tracer;
  /** What the handler is called in logs, metrics and traces. @default `funcName` on the context, else `unknown` */
  readonly name?: string;
}

/** A host whose results are of its own kind has to say how its errors are answered. */
export type AnswersErrors<R> = Problem extends R
  ? object
  : { readonly errorBoundary: ApiStackMember };

/** What a middleware hands on, and so promises. */
type HandedOn<M> = M extends (ctx: never, next: (ctx: infer Out) => never) => unknown
  ? NonNullable<Out>
  : object;

/** What parts put on the context; those that have a default are there unless they were said to be nobody. */
export type Provided<P> = (P extends { readonly requestId: ApiStackMember }
  ? object
  : { requestId: string }) &
  (P extends { readonly tracer: Tracer }
    ? P extends { readonly tracing: ApiStackMember }
      ? object
      : Spanned
    : object) &
  Together<{ readonly [K in keyof P & ApiStackPart]: HandedOn<P[K]> }>;

/** All of them at once. */
type Together<T> =
  {
    readonly [K in keyof T]: (one: T[K]) => void;
  } extends Readonly<Record<keyof T, (one: infer All) => void>>
    ? All
    : object;

/** The places further out than one. */
type Outer<K, Places extends readonly unknown[] = typeof API_STACK> = Places extends readonly [
  infer First,
  ...infer Rest,
]
  ? First extends K
    ? never
    : First | Outer<K, Rest>
  : never;

/** The names of parts that do not fit. There is nothing to be done with it but to mend the parts. */
export interface DoesNotFit<Name> {
  /** Gets something else than it needs from the caller and from those further out, answers something else, or is no part at all. */
  readonly doesNotFit: Name;
}

/** The names of those that do not fit. */
export type Misfits<Ctx, R, P> = {
  readonly [K in keyof P]: K extends ApiStackPart
    ? Fits<P[K], Ctx & Provided<Pick<P, keyof P & (Outer<K> | 'tracer')>>, R> extends true
      ? never
      : K
    : K extends keyof ApiStackParts
      ? never
      : K;
}[keyof P];

/** Each part must get what it needs, and answer what the pipeline answers. */
type Fits<M, Given, R> = M extends false | undefined
  ? true
  : M extends (ctx: infer Need, next: never) => unknown
    ? Given extends Need
      ? M extends (ctx: never, next: never) => Awaitable<R>
        ? true
        : false
      : false
    : false;

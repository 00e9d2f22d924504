/** CacheCall: one request as the cache sees it. */
import type { RepeatableNext } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import type { HttpResponse } from '../context/response.ts';
import type { RequestDirectives } from './request-directives.ts';

/** One request as the cache sees it. */
export interface CacheCall {
  readonly ctx: HttpContext;
  readonly next: RepeatableNext<HttpContext, HttpResponse>;
  readonly key: string;
  readonly asked: RequestDirectives;
}

/** apiStack: the middleware of an API for production, each in its place; whatever goes wrong, the caller gets an answer of one form. */
import { type AnyMiddleware, type Middleware, pipeline, type Pipeline } from '@interpose/kernel';
import { layersOf } from '@interpose/kernel/layers';
import { checkNames, unexpected } from '@interpose/kernel/options';
import {
  API_STACK,
  type ApiStackParts,
  type AnswersErrors,
  type DoesNotFit,
  type Misfits,
  type Provided,
} from './api-stack-parts.ts';
import { exceptionBoundary } from '../boundary/exception-boundary.ts';
import { problemOf } from '../boundary/problem.ts';
import { circuitBreaker } from '../circuit-breaker/circuit-breaker.ts';
import { logging } from '../observing/logging.ts';
import { metrics } from '../observing/metrics.ts';
import { requestId } from '../observing/request-id.ts';
import { tracing } from '../observing/tracing.ts';
import type { Classify } from '../outcome.ts';

export {
  API_STACK,
  type ApiStackMember,
  type ApiStackPart,
  type ApiStackParts,
  type DoesNotFit,
} from './api-stack-parts.ts';

/**
 * Adds the whole stack to a pipeline: observing · security · performance · errors · business, as in `API_STACK`, with a boundary round
 * everything, so that the errors of each part get out in the form of an answer. The order stays what it is whatever the parts say of
 * their place; `explain()` of the pipeline shows it.
 *
 * @throws TypeError for a part that is no middleware, or for options out of range
 * @example
 * const serve = apiStack(pipeline<Call, Reply | Problem>(), {
 *   logger,
 *   meter,
 *   rateLimit: rateLimit({ limit: 100, perMs: 60_000, key: ({ address }: Call) => address }),
 *   auth: authenticate({ verify: ({ token }: Call) => users.find(token) }),
 *   permission: requirePermission('orders:write'),
 *   validation: validate(order, { read: ({ body }: Call) => body }),
 * }).handle((ctx) => place(ctx.user, ctx.input));
 */
export function apiStack<In, Ctx, R, const P extends ApiStackParts & AnswersErrors<R>>(
  start: Pipeline<In, Ctx, R>,
  parts: P,
): [Misfits<Ctx, R, P>] extends [never]
  ? Pipeline<In, Ctx & Provided<P>, R>
  : DoesNotFit<Misfits<Ctx, R, P>> {
  checkNames('apiStack()', parts, [...API_STACK, 'logger', 'meter', 'tracer', 'name']);
  const members: ApiStackParts = { ...defaultsFor(parts), ...parts };
  let stack = start as unknown as Pipeline<object, object, unknown>;
  for (const [index, name] of API_STACK.entries()) {
    const member = members[name];
    if (member === undefined || member === false) continue;
    if (typeof member !== 'function') throw unexpected(name, 'a middleware or false', member);
    const layers = layersOf(member as AnyMiddleware, index);
    const provides = layers.flatMap(({ traits }) => traits.provides ?? []);
    const requires = layers.flatMap(({ traits }) => traits.requires ?? []);
    stack = stack.use(inPlace(member), { name, provides, requires });
  }
  return stack as never;
}

/** A member without its own wishes where to stand. */
function inPlace(member: object): Middleware<object, unknown> {
  return pipeline<object, unknown>()
    .use(member as Middleware<object, unknown>, { requires: [] })
    .middleware();
}

function defaultsFor({ logger, meter, tracer, name }: ApiStackParts): object {
  const named = name === undefined ? {} : { name };
  const logged = logger === undefined ? {} : { logger };
  return {
    errorBoundary: exceptionBoundary(logged),
    requestId: requestId(),
    logging: logging({ ...named, ...logged }),
    metrics: meter !== undefined && metrics({ ...named, meter }),
    tracing: tracer !== undefined && tracing({ ...named, tracer }),
    circuitBreaker: circuitBreaker({ classify: ignoreCallersFaults }),
  };
}

/** Who sends nonsense must not open the circuit for everybody else. */
const ignoreCallersFaults: Classify<unknown> = (outcome) =>
  !outcome.ok && problemOf(outcome.error).status < 500 ? 'ignored' : undefined;

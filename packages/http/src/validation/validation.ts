/** Validation: checks the parts of a request by the schemas of its route, and what the handler answers. */
import { type Awaitable, isThenable } from '@interpose/kernel';
import type { HttpContext } from '../context/context.ts';
import { HttpResponse } from '../context/response.ts';
import { responseSchema, type RouteOptions } from './route-options.ts';
import type { SchemaAnswer, StandardSchemaV1 } from './standard-schema.ts';
import {
  type InputFault,
  type InputPart,
  MOST_FAULTS,
  ResponseInvalidError,
  SchemaFailedError,
  ValidationFailedError,
} from './validation-errors.ts';
import { bodyInput, headersInput, paramsInput, queryInput } from './validation-input.ts';
import { toldWithoutValues } from './validation-message.ts';

/** Checks a request; afterwards its context has `valid`. */
export type InputCheck = (ctx: HttpContext) => void | PromiseLike<void>;

/** Checks what a handler answered. */
export type AnswerCheck = (ctx: HttpContext, value: unknown) => void | PromiseLike<void>;

/** One part of a request and how it is read. */
interface Source {
  readonly part: InputPart;
  readonly schema: StandardSchemaV1;
  readonly read: (ctx: HttpContext) => Awaitable<unknown>;
}

/** What a schema says of one part: faults, or its own form of the value. */
interface Verdict {
  readonly part: InputPart;
  readonly value?: unknown;
  /** As many as are told. */
  readonly faults?: readonly InputFault[];
  /** How many there are. */
  readonly count?: number;
}

/** The check that a route asks for; `undefined` if it has no schemas. */
export function inputCheck(options: RouteOptions): InputCheck | undefined {
  const sources = sourcesOf(options);
  const [only, ...others] = sources;
  if (!only) return undefined;
  if (others.length > 0) return checkAll(sources);
  return (ctx) => {
    const verdict = judge(only, ctx);
    return isThenable(verdict)
      ? verdict.then((settled) => accept(ctx, [settled]))
      : accept(ctx, [verdict]);
  };
}

function checkAll(sources: readonly Source[]): InputCheck {
  return (ctx) => {
    const verdicts: Awaitable<Verdict>[] = [];
    let isPending = false;
    try {
      for (const source of sources) {
        const verdict = judge(source, ctx);
        isPending ||= isThenable(verdict);
        verdicts.push(verdict);
      }
    } catch (error) {
      // Nobody waits any more for those that are on their way, and what comes of them.
      void Promise.allSettled(verdicts.map((verdict) => Promise.resolve(verdict)));
      throw error;
    }
    if (!isPending) return accept(ctx, verdicts as Verdict[]);
    const all = verdicts.map((verdict) => Promise.resolve(verdict));
    return Promise.all(all).then((settled) => accept(ctx, settled));
  };
}

function sourcesOf({ params, query, headers, body, bodyKinds }: RouteOptions): readonly Source[] {
  const kinds = bodyKinds ?? ['json', 'urlencoded', 'multipart'];
  const all: readonly (Omit<Source, 'schema'> & {
    readonly schema: Source['schema'] | undefined;
  })[] = [
    { part: 'params', schema: params, read: paramsInput },
    { part: 'query', schema: query, read: queryInput },
    { part: 'headers', schema: headers, read: headersInput },
    // The last one: until it is its turn nothing of it has been read.
    { part: 'body', schema: body, read: (ctx) => bodyInput(ctx, kinds) },
  ];
  return all.filter((source): source is Source => source.schema !== undefined);
}

function judge({ part, schema, read }: Source, ctx: HttpContext): Awaitable<Verdict> {
  const decide = (input: unknown): Awaitable<Verdict> => {
    const answer = ask(schema, part, input);
    const close = (said: SchemaAnswer): Verdict => verdictOf(part, said, input);
    return isThenable(answer) ? answer.then(close) : close(answer);
  };
  const input = read(ctx);
  return isThenable(input) ? input.then(decide) : decide(input);
}

function verdictOf(part: InputPart, answer: SchemaAnswer, input: unknown): Verdict {
  const { issues } = answer;
  if (!issues) return { part, value: answer.value };
  const faults = issues
    .slice(0, MOST_FAULTS)
    .map((issue) => ({ in: part, ...toldWithoutValues(issue, input) }));
  return { part, faults, count: issues.length };
}

/** What a schema says; if it throws it is at fault, not what it was given. */
function ask(schema: StandardSchemaV1, part: string, value: unknown): Awaitable<SchemaAnswer> {
  const blame = (cause: unknown): never => {
    throw new SchemaFailedError(part, { cause });
  };
  const checked = (answer: SchemaAnswer): SchemaAnswer =>
    typeof answer === 'object' && answer !== null ? answer : blame(new TypeError('No result'));
  let answer: Awaitable<SchemaAnswer>;
  try {
    answer = schema['~standard'].validate(value);
  } catch (error) {
    return blame(error);
  }
  return isThenable(answer) ? answer.then(checked, blame) : checked(answer);
}

function accept(ctx: HttpContext, verdicts: readonly Verdict[]): void {
  const valid: Partial<Record<InputPart, unknown>> = {};
  let isValid = true;
  for (const { part, value, faults } of verdicts) {
    if (faults) isValid = false;
    else valid[part] = value;
  }
  if (!isValid) throw refusalOf(verdicts);
  (ctx as HttpContext & { valid: typeof valid }).valid = valid;
}

function refusalOf(verdicts: readonly Verdict[]): ValidationFailedError {
  const faults = verdicts.flatMap((verdict) => verdict.faults ?? []);
  const count = verdicts.reduce((sum, verdict) => sum + (verdict.count ?? 0), 0);
  return new ValidationFailedError(faults, count);
}

/**
 * The check of what a handler answers, by the schema for its status; `undefined` if the route has none. Answers of the web, streams and
 * bytes are not looked into.
 */
export function answerCheck(options: RouteOptions): AnswerCheck | undefined {
  const statuses = Object.keys(options.responses ?? {}).map(Number);
  if (!statuses.some((status) => responseSchema(options, status))) return undefined;
  return (ctx, value) => {
    if (!isLookedInto(value)) return;
    const { response } = ctx;
    const status = value === null && !response.hasStatus ? 204 : response.status;
    const schema = responseSchema(options, status);
    if (!schema) return;
    const answer = ask(schema, `answer with ${status}`, value);
    const close = ({ issues }: SchemaAnswer): void => {
      if (!issues) return;
      const faults = issues.slice(0, MOST_FAULTS).map((issue) => toldWithoutValues(issue, value));
      throw new ResponseInvalidError(`${ctx.method} ${ctx.path}`, status, faults);
    };
    return isThenable(answer) ? answer.then(close) : close(answer);
  };
}

function isLookedInto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  return !(
    value instanceof HttpResponse ||
    value instanceof Uint8Array ||
    value instanceof ReadableStream ||
    Symbol.asyncIterator in value ||
    Object.prototype.toString.call(value) === '[object Response]'
  );
}

/** validate: lets pass only what a schema accepts, and hands on the schema's own form of it. */
import { type Awaitable, define, extend, isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import { invalidInput } from './invalid-input.ts';
import {
  checkSchema,
  faultOf,
  type SchemaOutput,
  type SchemaResult,
  type StandardSchema,
} from './standard-schema.ts';

/** Options of `validate`. */
export interface ValidateOptions<C extends object, K extends string> {
  /** Where the input is. @default what the context has under `key` */
  readonly read?: (ctx: C) => unknown;
  /** The name under which the value that the schema gives is put on the context. @default 'input' */
  readonly key?: K;
}

/** Provides a value of type `V` under the name `K`. */
export type Provider<C extends object, K extends string, V> = <R>(
  ctx: C,
  next: (ctx: C & Record<K, V>) => Awaitable<R>,
) => Awaitable<R>;

/**
 * Checks the input of a call by a schema of any library that keeps to Standard Schema v1. What the schema gives stands on the context, with
 * its type; what it refuses goes no further. A schema that throws is an error as well: nothing passes unchecked.
 *
 * @throws TypeError for what is no schema; ValidationError when called
 * @example
 * const order = z.object({ sku: z.string(), pieces: z.number().int().positive() });
 * pipeline<Http, Reply>().use(validate(order, { read: (ctx: Http) => ctx.body })).handle((ctx) => place(ctx.input.sku));
 */
export function validate<
  S extends StandardSchema,
  C extends object = object,
  const K extends string = 'input',
>(schema: S, options: ValidateOptions<C, K> = {}): Provider<C, K, SchemaOutput<S>> {
  checkSchema(schema);
  checkNames('validate()', options, ['read', 'key']);
  const key = checkKey(options.key ?? 'input');
  const read = checkRead(options.read) ?? ((ctx: C) => ctx[key as keyof C]);
  const { '~standard': standard } = schema;
  const check = (input: unknown): Awaitable<SchemaResult<unknown>> => standard.validate(input);
  return define(
    {
      name: 'validate',
      description: 'Lets pass only what a schema accepts, and hands on what it gives.',
      provides: [key],
    },
    (ctx: C, next: (ctx: never) => unknown) => {
      const handOn = (result: SchemaResult<unknown>): unknown =>
        next(extend(ctx, { [key]: accepted(result) }) as never);
      const input = read(ctx);
      const result = isThenable(input) ? input.then(check) : check(input);
      return isThenable(result) ? result.then(handOn) : handOn(result);
    },
  ) as never;
}

function accepted(result: SchemaResult<unknown>): unknown {
  if (result.issues) throw invalidInput(result.issues.map(faultOf));
  return result.value;
}

/** Checks a name under which something is put on a context. */
export function checkKey(key: unknown): string {
  if (typeof key !== 'string' || key === '' || key === '__proto__') {
    throw unexpected('key', 'the name of a property', key);
  }
  return key;
}

/** Checks a function that reads a context, if there is one. */
export function checkRead<F>(read: F): F {
  if (read !== undefined && typeof read !== 'function') {
    throw unexpected('read', 'a function', read);
  }
  return read;
}

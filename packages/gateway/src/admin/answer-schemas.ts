/** The schemas of what the admin API takes and gives: JSON Schema for its document, a check for what comes in. */
import type { JsonSchema, StandardSchemaV1 } from '@interpose/http';
import type { PluginState } from '../registry/middleware-object.ts';

/** What comes in, checked; what is wrong with it is told in words. */
function checked<T>(
  jsonSchema: JsonSchema,
  check: (value: unknown) => { readonly value: T } | { readonly fault: string },
): StandardSchemaV1<unknown, T> {
  const tell = (): Record<string, unknown> => ({ ...jsonSchema });
  return {
    '~standard': {
      version: 1,
      vendor: 'interpose',
      validate: (value) => {
        const result = check(value);
        return 'value' in result ? result : { issues: [{ message: result.fault }] };
      },
      jsonSchema: { input: tell, output: tell },
    },
  };
}

/** What goes out, described. */
export function described(jsonSchema: JsonSchema): StandardSchemaV1 {
  return checked(jsonSchema, (value) => ({ value }));
}

/** A list of objects with these fields. */
export function listOf(fields: Readonly<Record<string, JsonSchema>>): StandardSchemaV1 {
  return described({ type: 'array', items: objectOf(fields) });
}

/** An object with these fields. */
export function record(fields: Readonly<Record<string, JsonSchema>>): StandardSchemaV1 {
  return described(objectOf(fields));
}

function objectOf(fields: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', properties: fields, required: Object.keys(fields) };
}

export const TEXT: JsonSchema = { type: 'string' };
export const NUMBER: JsonSchema = { type: 'number' };
export const FLAG: JsonSchema = { type: 'boolean' };
export const OBJECT: JsonSchema = { type: 'object' };
export const LIST: JsonSchema = { type: 'array', items: {} };

/** The body that switches a plugin. */
export const stateSchema: StandardSchemaV1<unknown, { readonly state: PluginState }> = checked(
  {
    type: 'object',
    properties: { state: { enum: ['active', 'disabled'] } },
    required: ['state'],
    additionalProperties: false,
  },
  (value) => {
    const state = fieldOf(value, 'state');
    return state === 'active' || state === 'disabled'
      ? { value: { state } }
      : { fault: 'expected { "state": "active" } or { "state": "disabled" }' };
  },
);

/** The body that takes a target out of use or back. */
export const targetSchema: StandardSchemaV1<
  unknown,
  { readonly target: string; readonly state: 'drain' | 'up' }
> = checked(
  {
    type: 'object',
    properties: { target: TEXT, state: { enum: ['drain', 'up'] } },
    required: ['target', 'state'],
    additionalProperties: false,
  },
  (value) => {
    const [target, state] = [fieldOf(value, 'target'), fieldOf(value, 'state')];
    const isKnown = state === 'drain' || state === 'up';
    return typeof target === 'string' && isKnown
      ? { value: { target, state } }
      : { fault: 'expected { "target": "http://…", "state": "drain" } or "up"' };
  },
);

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

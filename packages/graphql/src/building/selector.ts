/** FieldSelector: says which fields a middleware runs round; read when it is given, bound when there is a schema. */
import { unexpected } from '@interpose/kernel/options';
import type { GraphQLSchema } from 'graphql';
import type { FieldFacts } from '../field-facts.ts';
import { carriesDirective, carriesExtension, checkDirective, checkExtension } from './marks.ts';
import { checkField, checkFieldAnywhere, checkType } from './named-fields.ts';

/**
 * Which fields:
 *
 * - `'User.email'`: one field; of an interface, the field of every type that implements it
 * - `'User.*'`, `'*.email'`, `'*'`: every field of a type, of a name, or at all, if it has a resolver of its own
 * - `'@auth'` or `{ directive: 'auth' }`: fields that bear the directive, or whose type does
 * - `{ extension: 'auth' }`: fields that have it among their `extensions`, or whose type does
 * - a function that says yes or no
 * - several of these
 */
export type FieldSelector =
  | string
  | { readonly directive: string }
  | { readonly extension: string }
  | ((field: FieldFacts) => boolean)
  | readonly FieldSelector[];

/** How a selector catches a field: by name or mark, in passing, or not at all. */
export type Catch = 'named' | 'passing' | undefined;

/** A selector that has been read. */
export interface Selection {
  /** For reports. */
  readonly text: string;
  /** Checks the names in it against a schema. */
  bind(schema: GraphQLSchema): (field: FieldFacts) => Catch;
}

const NAME = '[A-Za-z_][A-Za-z0-9_]*';
const FORM = new RegExp(String.raw`^(?:(\*|${NAME})\.(\*|${NAME})|@(${NAME})|(\*))$`);

/**
 * Reads a selector.
 *
 * @throws TypeError for something else
 */
export function readSelector(selector: FieldSelector): Selection {
  if (typeof selector === 'string') return readText(selector);
  if (typeof selector === 'function') {
    const text = selector.name ? `function ${selector.name}` : 'a function';
    return { text, bind: () => (field) => (selector(field) ? 'named' : undefined) };
  }
  if (Array.isArray(selector) && selector.length > 0) {
    return oneOf((selector as readonly FieldSelector[]).map(readSelector));
  }
  const { directive, extension } = (selector ?? {}) as Record<string, unknown>;
  if (typeof directive === 'string' && directive !== '') return byDirective(directive);
  if (typeof extension === 'string' && extension !== '') return byExtension(extension);
  throw unexpected('selector', EXPECTED, selector);
}

const EXPECTED =
  "a field such as 'User.email', 'User.*', '*.email', '@directive' or '*', { directive }, { extension }, a function, or a list of these";

function readText(text: string): Selection {
  const [, type, field, directive] = FORM.exec(text) ?? [];
  if (directive) return byDirective(directive);
  if (text === '*' || (type === '*' && field === '*')) {
    return { text, bind: () => () => 'passing' };
  }
  if (type === undefined || field === undefined) throw unexpected('selector', EXPECTED, text);
  if (type === '*') {
    return {
      text,
      bind(schema) {
        checkFieldAnywhere(schema, field, text);
        return (facts) => (facts.field.name === field ? 'passing' : undefined);
      },
    };
  }
  return {
    text,
    bind(schema) {
      if (field === '*') checkType(schema, type, text);
      else checkField(schema, [type, field], text);
      return (facts) => {
        if (!isOrImplements(facts, type)) return undefined;
        return field === '*' ? 'passing' : facts.field.name === field ? 'named' : undefined;
      };
    },
  };
}

const isOrImplements = ({ type }: FieldFacts, name: string): boolean =>
  type.name === name || type.getInterfaces().some((one) => one.name === name);

const byDirective = (name: string): Selection => ({
  text: `@${name}`,
  bind(schema) {
    checkDirective(schema, name);
    return (field) => (carriesDirective(field, name) ? 'named' : undefined);
  },
});

const byExtension = (name: string): Selection => ({
  text: `extension ${name}`,
  bind(schema) {
    checkExtension(schema, name);
    return (field) => (carriesExtension(field, name) ? 'named' : undefined);
  },
});

const oneOf = (selections: readonly Selection[]): Selection => ({
  text: selections.map(({ text }) => text).join(', '),
  bind(schema) {
    const asked = selections.map((one) => one.bind(schema));
    return (field) => {
      let best: Catch;
      for (const ask of asked) {
        const caught = ask(field);
        if (caught === 'named') return caught;
        best ??= caught;
      }
      return best;
    };
  },
});

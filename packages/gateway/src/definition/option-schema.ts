/** What the options of a plugin may be, as plain data, and the type that follows from it. */

/** What one option may be; plain data, so that a config can be checked before anything is made. */
export interface OptionRule {
  /** A `record` holds texts by name. What is `json` may be anything that JSON can hold; the plugin itself judges it. */
  readonly type: 'string' | 'number' | 'boolean' | 'string[]' | 'record' | 'json';
  /** @default false */
  readonly required?: boolean;
  readonly default?: unknown;
  /** The smallest number, or the least number of items. */
  readonly min?: number;
  /** The only values there are; for a list, those of its items. */
  readonly choices?: readonly string[];
  /** One sentence for people. */
  readonly description: string;
  /** Never shown anywhere. @default false */
  readonly secret?: boolean;
}

/** The options of a plugin by name. */
export type OptionSchema = Readonly<Record<string, OptionRule>>;

type ValueOf<Rule extends OptionRule> = {
  readonly string: Rule extends { readonly choices: readonly (infer Choice)[] } ? Choice : string;
  readonly number: number;
  readonly boolean: boolean;
  readonly 'string[]': readonly string[];
  readonly record: Readonly<Record<string, string>>;
  readonly json: unknown;
}[Rule['type']];

type Certain<Schema> = {
  readonly [Name in keyof Schema]: Schema[Name] extends
    | { readonly required: true }
    | { readonly default: {} }
    ? Name
    : never;
}[keyof Schema];

/** The options that a schema describes: those with a value in any case, and those that may be left out. */
export type OptionsOf<Schema extends OptionSchema> = {
  readonly [Name in Certain<Schema>]: ValueOf<Schema[Name]>;
} & {
  readonly [Name in Exclude<keyof Schema, Certain<Schema>>]?: ValueOf<Schema[Name]>;
};

/** The schema of lists of plugins, from the rules of their options. */
import { PHASES } from '../phases.ts';
import type { OptionRule, PluginDefinition } from '../definition/plugin.ts';
import { type JsonSchema, schemaOf, variableSchema } from './probe.ts';
import { optionShape } from './read-options.ts';

const NUMBER: JsonSchema = { anyOf: [{ type: 'number' }, variableSchema] };

const STATE: JsonSchema = {
  anyOf: [{ enum: ['active', 'disabled'] }, variableSchema],
  default: 'active',
  description: 'Whether the plugin does anything.',
};

const PRIORITY: JsonSchema = {
  description: 'Its place in its phases: a smaller one runs first.',
  anyOf: [
    ...(NUMBER['anyOf'] as JsonSchema[]),
    {
      type: 'object',
      properties: Object.fromEntries(
        PHASES.flatMap((phase) => [
          [phase, NUMBER],
          [snake(phase), NUMBER],
        ]),
      ),
      additionalProperties: false,
    },
  ],
};

/** What may stand beside the name of a plugin. */
const BESIDE: Readonly<Record<string, JsonSchema>> = {
  state: { $ref: '#/$defs/plugin-state' },
  priority: { $ref: '#/$defs/plugin-priority' },
};

/** The schema of a list that may have these plugins. The options of each are told once, under `$defs`. */
export function pluginListSchema(plugins: readonly PluginDefinition[]): JsonSchema {
  return {
    type: 'array',
    description: 'Plugins, in the order in which they are put to use.',
    items: plugins.length === 0 ? false : { $ref: '#/$defs/plugin' },
  };
}

/** One definition for the options of each plugin, and one for a plugin in a list. */
export function pluginDefinitions(
  plugins: readonly PluginDefinition[],
): Readonly<Record<string, JsonSchema>> {
  const uses = plugins.map(useSchema);
  return {
    ...Object.fromEntries(plugins.map((plugin) => [definitionName(plugin), optionsSchema(plugin)])),
    'plugin-state': STATE,
    'plugin-priority': PRIORITY,
    plugin: { anyOf: [...plainNames(plugins), ...uses] },
  };
}

/** A plugin whose options can all be left out may stand as its name alone. */
function plainNames(plugins: readonly PluginDefinition[]): JsonSchema[] {
  return plugins
    .filter(({ options }) => !Object.values(options).some(isNeeded))
    .map(({ name, description }) => ({ const: name, description }))
    .concat([
      { ...variableSchema, description: 'A variable that has the name of a plugin.' },
    ] as never);
}

function useSchema(plugin: PluginDefinition): JsonSchema {
  return {
    type: 'object',
    description: plugin.description,
    properties: { [plugin.name]: { $ref: `#/$defs/${definitionName(plugin)}` }, ...BESIDE },
    required: [plugin.name],
    additionalProperties: false,
  };
}

function optionsSchema({ description, options }: PluginDefinition): JsonSchema {
  const rules = Object.entries(options);
  const needed = rules.filter(([, rule]) => isNeeded(rule)).map(([name]) => name);
  return {
    type: needed.length > 0 ? 'object' : ['object', 'null'],
    description,
    properties: Object.fromEntries(rules.map(([name, rule]) => [name, optionSchema(rule)])),
    ...(needed.length > 0 && { required: needed }),
    additionalProperties: false,
  };
}

function optionSchema(rule: OptionRule): JsonSchema {
  const { description, secret, default: fallback } = rule;
  return {
    ...schemaOf(optionShape(rule)),
    description,
    ...(fallback !== undefined && { default: fallback }),
    ...(secret && { writeOnly: true }),
  };
}

function isNeeded({ required, default: fallback }: OptionRule): boolean {
  return required === true && fallback === undefined;
}

function definitionName({ name }: PluginDefinition): string {
  return `options-of-${name}`.replaceAll(/[^\w-]/g, '-');
}

function snake(phase: string): string {
  return phase.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

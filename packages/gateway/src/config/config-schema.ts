/** configSchema: the JSON Schema of a config, made from the shapes that read it, for editors and for who writes configs with a program. */
import type { PluginDefinition } from '../definition/plugin.ts';
import { pluginDefinitions } from './plugin-schema.ts';
import { type JsonSchema, schemaOf } from './probe.ts';
import { readDocument } from './read-config.ts';

/**
 * The JSON Schema (2020-12) of a config that can name these plugins. It takes what `readConfig` takes; what no schema can say, such as
 * that an upstream is there, `readConfig` alone finds.
 *
 * @example
 * await writeFile('gateway.schema.json', JSON.stringify(configSchema(standardPlugins), null, 2));
 */
export function configSchema(plugins: readonly PluginDefinition[]): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Config of an interpose gateway',
    ...schemaOf((node, report) => readDocument(node, plugins, report)),
    $defs: {
      variable: {
        type: 'string',
        pattern: String.raw`\$\{`,
        description: 'A variable of the environment: ${NAME} or ${NAME:-default}.',
      },
      ...pluginDefinitions(plugins),
    },
  };
}

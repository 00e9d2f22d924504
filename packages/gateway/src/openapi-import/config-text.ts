/** configText: a config as the text of a file that people go on writing. */
import { stringify } from 'yaml';
import type { GatewayConfig, PluginUse } from '../gateway-config.ts';

/** What a file is made of. */
export type WrittenConfig = Pick<GatewayConfig, 'upstreams' | 'routes'> &
  Partial<Pick<GatewayConfig, 'listen' | 'plugins'>>;

/** The text, in YAML, of a config that has been put together in code. `${NAME}` in its texts stands for a variable. */
export function configText({ routes, plugins, ...rest }: WrittenConfig): string {
  const { listen, upstreams } = rest;
  const document = {
    ...(listen && { listen }),
    upstreams,
    ...(plugins?.length && { plugins: plugins.map(writtenUse) }),
    routes: routes.map(({ plugins: own, ...route }) => ({
      ...route,
      ...(own.length && { plugins: own.map(writtenUse) }),
    })),
  };
  return stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
}

function writtenUse({ name, options, ...rest }: PluginUse): unknown {
  const isBare = !Object.keys(options).length;
  if (isBare && !Object.keys(rest).length) return name;
  return { [name]: options, ...rest };
}

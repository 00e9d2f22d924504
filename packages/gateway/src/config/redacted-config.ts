/** redactedConfig: a config as it may be shown, without secrets and without what came from outside of its file. */
import { isSecret, REDACTED } from '@interpose/kernel/redact';
import type { GatewayConfig, PluginUse } from '../gateway-config.ts';
import type { PluginDefinition } from '../definition/plugin.ts';
import { outsideTextsOf } from './outside-texts.ts';

/**
 * The config with `[redacted]` in the place of every secret: secret options of plugins, what has the name of a secret, and texts that
 * came from variables or files. Everything else is as it was.
 */
export function redactedConfig(
  config: GatewayConfig,
  definitions: readonly PluginDefinition[],
): GatewayConfig {
  const redactor = { isOutside: outsideTextsOf(config), definitions };
  return withoutSecrets(config, '', redactor) as GatewayConfig;
}

interface Redactor {
  readonly isOutside: (text: string) => boolean;
  readonly definitions: readonly PluginDefinition[];
}

function withoutSecrets(value: unknown, name: string, redactor: Redactor): unknown {
  if (typeof value === 'string') {
    return isSecret(name) || redactor.isOutside(value) ? REDACTED : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    return value.map((item) =>
      name === 'plugins' ? useWithoutSecrets(item, redactor) : withoutSecrets(item, name, redactor),
    );
  }
  return mapped(value, (inner, key) => withoutSecrets(inner, key, redactor));
}

function useWithoutSecrets(use: PluginUse, redactor: Redactor): PluginUse {
  const rules = redactor.definitions.find(({ name }) => name === use.name)?.options ?? {};
  const options = mapped(use.options, (value, name) => {
    const rule = rules[name];
    if (rule?.secret) return REDACTED;
    // What has a rule of its own is a secret only if the rule says so.
    return withoutSecrets(value, rule ? '' : name, redactor);
  });
  return { ...use, options };
}

function mapped(
  value: object,
  change: (value: unknown, name: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, change(inner, name)]),
  );
}

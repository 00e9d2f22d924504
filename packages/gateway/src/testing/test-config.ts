/** Configs as tests give them: as a text, or as a part of one. */
import { formatProblem } from '../config/problem.ts';
import { readConfig } from '../config/read-config.ts';
import { InvalidConfigError } from '../errors.ts';
import type { GatewayConfig } from '../gateway-config.ts';
import type { GatewayOptions } from '../gateway.ts';
import { standardPlugins } from '../plugins/standard.ts';

/** A config in YAML or JSON, or as much of one as a test cares about. */
export type TestConfig = string | Partial<GatewayConfig>;

/** What a gateway is given in a test; it listens on a free port of this machine, if at all. */
export function wholeConfig(
  config: TestConfig,
  { definitions = standardPlugins }: GatewayOptions,
): GatewayConfig {
  const listen = { host: '127.0.0.1', port: 0 };
  if (typeof config !== 'string') {
    return { listen, upstreams: {}, plugins: [], routes: [], ...config };
  }
  const { config: read, problems } = readConfig(config, {
    file: 'test.yaml',
    plugins: definitions,
  });
  if (!read) {
    const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
    throw new InvalidConfigError(`The config cannot be used:\n${lines.join('\n')}`);
  }
  return { ...read, listen };
}

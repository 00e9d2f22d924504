/** Says which plugin can check what a document asks of callers. */
import type { PluginUse } from '../gateway-config.ts';
import { mapOf, type SpecMap, textOf } from './spec-document.ts';
import type { SpecReport } from './spec-problem.ts';

/** What an operation asks of callers. */
export interface SecurityAt {
  readonly document: SpecMap;
  /** The value of `security`: of the operation, or else of the document. */
  readonly security: unknown;
  readonly path: string;
  readonly report: SpecReport;
  /** The id of the service, after which variables are named. */
  readonly service: string;
}

/** The plugins that check it, with variables of the environment where secrets belong. What no plugin can check is told. */
export function securityPlugins(at: SecurityAt): readonly PluginUse[] {
  const { document, security, path, report } = at;
  const wanted = Array.isArray(security)
    ? security.map((one) => Object.keys(mapOf(one) ?? {}))
    : [];
  // An empty alternative lets everybody in.
  if (!wanted.length || wanted.some((names) => !names.length)) return [];
  const [names] = wanted;
  if (wanted.length > 1 || names?.length !== 1) {
    return told(report, path, 'several schemes are left to the upstream');
  }
  const [name] = names as [string];
  const schemes = mapOf(mapOf(document['components'])?.['securitySchemes']) ?? {};
  const scheme = Object.hasOwn(schemes, name) ? mapOf(schemes[name]) : undefined;
  const plugin = scheme && pluginOf(scheme, variableOf(at.service, name));
  return plugin ? [plugin] : told(report, path, `the scheme "${name}" is left to the upstream`);
}

function told(report: SpecReport, path: string, message: string): readonly PluginUse[] {
  report.warning(path, message);
  return [];
}

function pluginOf(scheme: SpecMap, variable: string): PluginUse | undefined {
  const secret = { client: `\${${variable}}` };
  if (scheme['type'] === 'apiKey' && scheme['in'] === 'header' && textOf(scheme['name'])) {
    return { name: 'key-auth', options: { header: scheme['name'], keys: secret } };
  }
  if (scheme['type'] !== 'http') return undefined;
  const kind = String(scheme['scheme']).toLowerCase();
  if (kind === 'basic') return { name: 'basic-auth', options: { users: secret } };
  const isJwt = /jwt/i.test(String(scheme['bearerFormat'] ?? ''));
  if (kind !== 'bearer') return undefined;
  return isJwt
    ? { name: 'jwt', options: { algorithms: ['HS256'], secrets: [secret.client] } }
    : { name: 'bearer-auth', options: { tokens: secret } };
}

/** `orders` and `apiKey` become `ORDERS_API_KEY`. */
function variableOf(service: string, scheme: string): string {
  return `${service}_${scheme.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')}`
    .toUpperCase()
    .replaceAll(/[^A-Z\d]+/g, '_')
    .replace(/^(?=\d)/, '_');
}

/** Finds where a service is: the first of the servers that its document names. */
import { mapOf, shownSpec, textOf } from './spec-document.ts';
import { below, type SpecReport } from './spec-problem.ts';

/** Where servers are looked for. */
export interface ServersAt {
  /** The value of `servers`. */
  readonly servers: unknown;
  /** The way to it. */
  readonly path: string;
  readonly report: SpecReport;
}

/** The address of the first server, as an upstream has it; nothing if none is named, or it cannot be used. */
export function serverUrl({ servers, path, report }: ServersAt): string | undefined {
  if (servers === undefined) return undefined;
  const first = Array.isArray(servers) ? mapOf(servers[0]) : undefined;
  if (!first) return Array.isArray(servers) && !servers.length ? undefined : wrong(servers);
  if (Array.isArray(servers) && servers.length > 1) {
    report.warning(path, 'only the first server is used; others are often other environments');
  }
  const url = withDefaults(textOf(first['url']) ?? '', mapOf(first['variables']) ?? {});
  if (/^https?:\/\/[^/?#@]+(?:\/[^?#]*)?$/.test(url) && URL.canParse(url))
    return url.replace(/\/$/, '');
  return wrong(first['url']);

  function wrong(got: unknown): undefined {
    const hint = 'the address of a server, such as https://api.example.com/v1';
    return report.error(below(path, 0), `expected ${hint}, got ${shownSpec(got)}`);
  }
}

/** Puts the defaults in the place of `{variables}`. */
function withDefaults(url: string, variables: Readonly<Record<string, unknown>>): string {
  return url.replaceAll(/\{([^{}]+)\}/g, (all, name: string) => {
    const { default: value } = mapOf(variables[name]) ?? {};
    return typeof value === 'string' || typeof value === 'number' ? String(value) : all;
  });
}

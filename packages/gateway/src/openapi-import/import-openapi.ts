/** importOpenApi: OpenAPI documents in, services with upstreams and routes out. */
import { pathForm } from '../config/route-path.ts';
import type { GatewayConfig, RouteConfig } from '../gateway-config.ts';
import type { RouteHandler } from '../routing/route-handler.ts';
import { ImportFailedError } from './import-failed-error.ts';
import { readServiceInfo, type ServiceInfo } from './service-info.ts';
import { type AnsweringService, type HandlerModules, SpecAnswers } from './spec-answers.ts';
import { readDocument, type SpecMap } from './spec-document.ts';
import { readSpecs, type SpecSource } from './spec-files.ts';
import { type SpecProblem, SpecReport } from './spec-problem.ts';
import { type ImportedRoute, routesOf } from './spec-routes.ts';
import { serverUrl } from './spec-servers.ts';

/** Options of `importOpenApi`. */
export interface OpenApiImportOptions {
  /** Where all services are, whatever their documents say. @default what they say */
  readonly server?: string;
  /** Whether a document without `x-service-info` is an error. @default false */
  readonly requireServiceInfo?: boolean;
  /** Whether schemes of security become plugins, with variables of the environment as secrets. @default false: the upstream checks */
  readonly auth?: boolean;
  /** The handlers of services that are in this process, by module and name. @default none */
  readonly modules?: HandlerModules;
}

/** A service that has been imported. */
export interface ImportedService extends Omit<ServiceInfo, 'cors'> {
  readonly file: string;
  /** Where it is, unless it is in this process. */
  readonly server: string | undefined;
  /** Empty if it is not enabled. */
  readonly routes: readonly ImportedRoute[];
}

/** What documents have become. */
export interface OpenApiImport {
  readonly services: readonly ImportedService[];
  /** To be put into a config. */
  readonly config: Pick<GatewayConfig, 'upstreams' | 'routes'>;
  /** The handlers that its routes name, for `createGateway`. */
  readonly handlers: Readonly<Record<string, RouteHandler>>;
  readonly problems: readonly SpecProblem[];
}

/**
 * Imports documents. What is wrong with them is in `problems`; what is left is imported.
 *
 * @example
 * const { config, problems } = importOpenApi([{ file: 'orders.yaml', text }]);
 * for (const problem of problems) console.error(formatSpecProblem(problem));
 */
export function importOpenApi(
  sources: readonly SpecSource[],
  options: OpenApiImportOptions = {},
): OpenApiImport {
  const made = new Making(options);
  for (const source of sources) made.add(source);
  return made;
}

/**
 * Imports the services of a directory: every `spec.yaml` in it, each with its `x-service-info`.
 *
 * @throws ImportFailedError that lists everything that is wrong
 */
export async function loadServices(
  directory: string,
  options: OpenApiImportOptions = {},
): Promise<OpenApiImport> {
  const sources = await readSpecs(directory);
  const imported = importOpenApi(sources, { requireServiceInfo: true, ...options });
  const errors = imported.problems.filter(({ severity }) => severity === 'error');
  if (errors.length) throw new ImportFailedError(errors);
  return imported;
}

/** What documents become, one after the other. */
class Making implements OpenApiImport {
  readonly services: ImportedService[] = [];
  readonly problems: SpecProblem[] = [];
  readonly #options: OpenApiImportOptions;
  readonly #answers: SpecAnswers;
  readonly #routes: RouteConfig[] = [];
  /** Which document has a method and a path already. */
  readonly #taken = new Map<string, string>();

  constructor(options: OpenApiImportOptions) {
    this.#options = options;
    this.#answers = new SpecAnswers(options.modules);
  }

  get config(): OpenApiImport['config'] {
    return { upstreams: this.#answers.upstreams, routes: this.#routes };
  }

  get handlers(): OpenApiImport['handlers'] {
    return this.#answers.handlers;
  }

  add({ file, text }: SpecSource): void {
    const report = new SpecReport(file);
    this.#read(text, report);
    this.problems.push(...report.problems);
  }

  #read(text: string, report: SpecReport): void {
    const { requireServiceInfo = false, auth: hasAuth = false } = this.#options;
    const document = readDocument(text, report);
    const service = document && readServiceInfo(document, report, requireServiceInfo);
    if (!document || !service) return;
    if (this.services.some(({ id }) => id === service.id)) {
      return report.error('/x-service-info/id', `there is a service "${service.id}" already`);
    }
    const { cors: _, ...known } = service;
    const { file } = report;
    const server = service.isEnabled ? this.#serverOf(document, report) : undefined;
    const all = service.isEnabled ? routesOf({ document, service, report, hasAuth }) : [];
    const routes = all.filter((route) => this.#take(route, { ...known, server }, report));
    this.services.push({ ...known, file, server, routes });
  }

  #serverOf({ servers }: SpecMap, report: SpecReport): string | undefined {
    return this.#options.server ?? serverUrl({ servers, path: '/servers', report });
  }

  /** Makes the route of an operation. False if it cannot be had. */
  #take(route: ImportedRoute, service: AnsweringService, report: SpecReport): boolean {
    const { id, method, path, plugins, at } = route;
    const key = `${method} ${pathForm(path)}`;
    const other = this.#taken.get(key);
    const answer =
      other === undefined
        ? this.#answers.of({ ...route, server: this.#options.server ?? route.server }, service)
        : { fault: `${other} has ${method} ${path} already` };
    if ('fault' in answer) {
      report.error(at, answer.fault);
      return false;
    }
    this.#taken.set(key, report.file);
    const name = this.#freeName(`${service.id}.${id}`);
    this.#routes.push({ name, path, methods: [method], ...answer, plugins });
    return true;
  }

  #freeName(wanted: string): string {
    let name = wanted;
    for (let n = 2; this.#routes.some((route) => route.name === name); n++) name = `${wanted}-${n}`;
    return name;
  }
}

/** testPlugin: one plugin, run phase by phase or as a whole, on requests that a test makes up. */
import { type HttpResponse, statusOf } from '@interpose/http';
import { filterBody } from '../body-filter.ts';
import { type GatewayContext, GatewayRequest } from '../context.ts';
import type { RouteConfig } from '../gateway-config.ts';
import { finishAnswer } from '../mounting/finishing.ts';
import { isPhase, type Phase, type PhaseName, phaseOf } from '../phases.ts';
import type { PluginDefinition, PluginParts, PluginServices } from '../definition/plugin.ts';
import { servicesOf } from '../definition/plugin-services.ts';
import type { PluginModule } from '../registry/registry-entry.ts';
import { createRegistry, type PluginRegistry } from '../registry/registry.ts';
import { type FakeRequest, MemoryExchange } from './memory-exchange.ts';
import { memoryGateway, type MemoryGateway } from './memory-gateway.ts';
import { type KeptEntry, memoryLogger, type MemoryLogger } from './memory-logger.ts';

/** How a plugin is tested. */
export interface TestPluginOptions extends Partial<Omit<PluginServices, 'logger'>> {
  /** Its name in the log. @default that of the definition or the object, or 'plugin' */
  readonly name?: string;
  /** The options that a definition is given. @default {} */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The route that all requests match. @default one that answers everything with 200 and `OK` */
  readonly route?: Partial<RouteConfig>;
}

/** How one phase went. */
export interface PhaseRun {
  /** To be handed to the next phase, or looked at. */
  readonly ctx: GatewayContext;
  /** Whether the phase came to its end; false if the plugin has stopped it. */
  readonly passed: boolean;
  /** The status that the answer would have now. */
  readonly status: number;
  /** Why the request was refused or failed, if it was. */
  readonly failure: Error | undefined;
  /** What was written to the log meanwhile. */
  readonly log: readonly KeptEntry[];
  /** After `bodyFilter`, the body that would be sent. */
  readonly body: string | undefined;
}

/** What one phase is run with. */
export interface RunOptions {
  /** What the body filter is to see, piece by piece. @default the body of the answer */
  readonly chunks?: readonly string[];
}

/** A plugin under test. */
export interface TestedPlugin extends MemoryGateway {
  /** Runs one phase of the plugin alone; with the context of an earlier run, as the next phase of that request. */
  run(phase: PhaseName, on?: FakeRequest | GatewayContext, options?: RunOptions): Promise<PhaseRun>;
}

/** What can be tested: a definition, the parts that it makes, a module, or a middleware object. Its needs are not asked for. */
// oxlint-disable-next-line typescript/no-explicit-any -- plugins of every state can be tested
export type Testable = PluginDefinition | PluginModule<any>;

/**
 * Makes and starts a plugin.
 *
 * @example
 * await using plugin = await testPlugin(requestId, { newId: () => 'made-for-this' });
 * const { ctx } = await plugin.run('access');
 * await plugin.run('headerFilter', ctx);
 * expect(ctx.response.headers.get('X-Request-ID')).toBe('made-for-this');
 *
 * @throws TypeError or RangeError for options that do not fit, StartFailedError if it cannot be initialised
 */
export async function testPlugin(
  plugin: Testable,
  options: TestPluginOptions = {},
): Promise<TestedPlugin> {
  const { name, options: given = {}, route: ownRoute = {}, ...services } = options;
  const logger = memoryLogger();
  const whole = servicesOf({ ...services, logger });
  const registry = createRegistry({ logger });
  const isDefinition = 'create' in plugin;
  const parts = isDefinition ? (plugin.create(given, whole) as PluginModule) : plugin;
  const known = name ?? (plugin as { readonly name?: string }).name ?? 'plugin';
  put(registry, parts, known);
  const route = { name: 'test', path: '/*', plugins: [], ...answerOf(ownRoute), ...ownRoute };
  const tested = await memoryGateway({ routes: [route] }, { ...whole, logger, registry });
  const phases = new SinglePhases({ registry, services: whole, route, logger });
  return { ...tested, run: async (phase, on, how) => phases.run(phaseOf(phase), on, how) };
}

/** Without its needs: it is alone here. */
function put(registry: PluginRegistry, parts: PluginModule, name: string): void {
  if (!('handle' in parts)) {
    const spelled = Object.entries(parts).flatMap(([key, part]: [string, unknown]) =>
      isPhase(key) ? [[phaseOf(key), part]] : [],
    );
    // Hooks may be those of a class, so the object itself stays behind what has another name.
    const whole = Object.assign(Object.create(parts) as PluginParts, Object.fromEntries(spelled));
    return void registry.add(whole, { name });
  }
  const { after: _after, before: _before, ...alone } = parts;
  registry.use({ ...alone, handle: parts.handle.bind(parts) }, name);
}

const answerOf = ({ upstream }: Partial<RouteConfig>): Partial<RouteConfig> =>
  upstream === undefined ? { respond: { status: 200, body: 'OK' } } : {};

/** What single phases are run with. */
interface SinglePhaseParts {
  readonly registry: PluginRegistry;
  readonly services: PluginServices;
  readonly route: RouteConfig;
  readonly logger: MemoryLogger;
}

class SinglePhases {
  readonly #parts: SinglePhaseParts;

  constructor(parts: SinglePhaseParts) {
    this.#parts = parts;
  }

  async run(
    phase: Phase,
    on: FakeRequest | GatewayContext = {},
    { chunks }: RunOptions = {},
  ): Promise<PhaseRun> {
    const { registry, route, logger } = this.#parts;
    const before = logger.entries.length;
    const ctx = on instanceof GatewayRequest ? on : this.#contextOf(on as FakeRequest);
    const { response } = ctx;
    if (chunks) response.body = bytesOf(chunks);
    ctx.phase = phase;
    let passed = true;
    if (phase === 'bodyFilter') {
      await filterBody(registry.steps(route, phase), ctx);
      await finishAnswer(ctx);
    } else passed = await registry.run(route.name, phase, ctx);
    const { failure } = ctx;
    return {
      ctx,
      passed,
      failure,
      status: failure ? statusOf(failure) : response.status,
      body: phase === 'bodyFilter' ? await textOf(response) : undefined,
      log: logger.entries.slice(before),
    };
  }

  #contextOf(request: FakeRequest): GatewayRequest {
    const { services, route } = this.#parts;
    const ctx = new GatewayRequest(new MemoryExchange(request), services);
    ctx.route = route;
    return ctx;
  }
}

async function* bytesOf(chunks: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield new TextEncoder().encode(chunk);
}

async function textOf(response: HttpResponse): Promise<string> {
  const body = response.takeBody();
  if (body === null || typeof body === 'string') return body ?? '';
  const decoder = new TextDecoder();
  if (body instanceof Uint8Array) return decoder.decode(body);
  let text = '';
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

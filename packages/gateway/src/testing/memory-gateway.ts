/** memoryGateway: a whole gateway without a socket, to which a test sends requests that it makes up. */
import { HeaderList } from '@interpose/http';
import { systemClock } from '@interpose/kernel/clock';
import type { GatewayContext } from '../context.ts';
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway.ts';
import { PhaseCoordinator } from '../registry/phase-coordinator.ts';
import { type FakeRequest, MemoryExchange } from './memory-exchange.ts';
import { type KeptEntry, memoryLogger, type MemoryLogger } from './memory-logger.ts';
import { type TestConfig, wholeConfig } from './test-config.ts';

/** An answer, and how the request came to it. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly text: string;
  /** The body as JSON. */
  readonly json: unknown;
  /** Whether it was broken off before its end. */
  readonly cut: boolean;
  /** As the log phase has left it. */
  readonly ctx: GatewayContext;
  /** What was written to the log meanwhile. */
  readonly log: readonly KeptEntry[];
}

/** A request under way. */
export interface OpenRequest {
  /** The answer, once the log phase is over; without one if the client has left. */
  readonly answer: Promise<TestAnswer>;
  /** The client leaves. */
  leave(): void;
}

/** A gateway for tests. */
export interface MemoryGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly logger: MemoryLogger;
  readonly dictionaries: Dictionaries;
  /** Sends a request and waits for the end of its log phase. */
  send(request?: FakeRequest): Promise<TestAnswer>;
  /** Sends a request and leaves the rest to the test. */
  open(request?: FakeRequest): OpenRequest;
  /** Empties all dictionaries and the log. */
  reset(): Promise<void>;
  /** Closes plugins and upstreams. */
  close(): Promise<void>;
}

/** What a gateway of a test is given; its log is kept for the test. */
export interface MemoryGatewayOptions extends Omit<GatewayOptions, 'logger'> {
  /** @default a new one */
  readonly logger?: MemoryLogger;
}

/**
 * A gateway that has started and listens nowhere.
 *
 * @example
 * await using gateway = await memoryGateway({ routes: [{ name: 'hello', path: '/', plugins: [], respond: { status: 204 } }] });
 * expect((await gateway.send({ path: '/' })).status).toBe(204);
 *
 * @throws InvalidConfigError for a text that is no config, StartFailedError for a config that does not fit
 */
export async function memoryGateway(
  config: TestConfig,
  options: MemoryGatewayOptions = {},
): Promise<MemoryGateway> {
  const { clock = systemClock, logger = memoryLogger() } = options;
  const contexts = new Map<unknown, GatewayContext>();
  const gateway = createGateway(wholeConfig(config, options), {
    ...options,
    logger,
    observers: [
      ...(options.observers ?? []),
      { requestEnded: (ctx) => void contexts.set(exchangeOf(ctx), ctx) },
    ],
  });
  const { registry, dictionaries } = gateway;
  await new PhaseCoordinator({ registry, dictionaries, clock, logger }).start();
  const open = (request?: FakeRequest): OpenRequest => {
    const exchange = new MemoryExchange(request);
    const before = logger.entries.length;
    const answer = gateway.handle(exchange).then((): TestAnswer => {
      const ctx = contexts.get(exchange) as GatewayContext;
      contexts.delete(exchange);
      return answerOf(exchange, { ctx, log: logger.entries.slice(before) });
    });
    return { answer, leave: () => exchange.leave() };
  };
  const close = async (): Promise<void> => void (await gateway.close({ graceMs: 0 }));
  return {
    gateway,
    logger,
    dictionaries,
    open,
    send: (request) => open(request).answer,
    reset: async () => {
      logger.clear();
      for (const dictionary of Object.values(dictionaries)) await dictionary?.flushAll();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const exchangeOf = (ctx: GatewayContext): unknown =>
  (ctx as GatewayContext & { readonly exchange: unknown }).exchange;

function answerOf(exchange: MemoryExchange, seen: Pick<TestAnswer, 'ctx' | 'log'>): TestAnswer {
  const given = exchange.given ?? {
    status: 499,
    rawHeaders: [],
    body: new Uint8Array(),
    cut: true,
  };
  const text = new TextDecoder().decode(given.body);
  return {
    ...seen,
    status: given.status,
    headers: HeaderList.fromRaw(given.rawHeaders),
    cut: given.cut,
    text,
    get json() {
      return JSON.parse(text) as unknown;
    },
  };
}

/** The front door of @interpose/gateway. */
export {
  UpstreamBusyError,
  UpstreamFailedError,
  UpstreamTimeoutError,
} from '@interpose/http/proxy';
export {
  formatProblem,
  type Place,
  type Problem,
  problemCodes,
  type ProblemKind,
} from './config/problem.ts';
export { type ConfigReading, readConfig, type ReadConfigOptions } from './config/read-config.ts';
export type { Consumer, GatewayContext, Outcome } from './context.ts';
export {
  type Dictionaries,
  memoryDictionaries,
  type RequiredDictionary,
} from './dictionaries/dictionaries.ts';
export {
  MemoryDictionary,
  type MemoryDictionaryOptions,
} from './dictionaries/memory-dictionary.ts';
export type {
  DictionaryValue,
  IncrOptions,
  SharedDictionary,
  Stored,
} from './dictionaries/shared-dictionary.ts';
export {
  InvalidConfigError,
  InitFailedError,
  InvalidPhaseError,
  InvalidPluginError,
  InvalidStateError,
  MissingPhaseHandlerError,
  MiddlewareFailedError,
  PluginNotFoundError,
  RegistrationFailedError,
  RequiredDictionaryError,
  StartFailedError,
} from './errors.ts';
export { type ExplainedRoute, type ExplainedStep, type Explanation } from './explain.ts';
export { createGateway, type Gateway, type GatewayOptions, type ReloadReport } from './gateway.ts';
export type {
  FixedResponse,
  GatewayConfig,
  PluginUse,
  RouteConfig,
  UpstreamConfig,
} from './gateway-config.ts';
export { jsonLogger, type JsonLoggerOptions, type LogEntry, type Logger } from './logger.ts';
export { type MiddlewareInput, type PluginState, STATES } from './middleware-object.ts';
export type { GatewayObserver } from './observer.ts';
export { isPhase, type Phase, type PhaseName, phaseOf, PHASES } from './phases.ts';
export type { ChainItem } from './plugin-list.ts';
export {
  type BodyFilterPart,
  type ChunkResult,
  definePlugin,
  type HandlerResult,
  type OptionRule,
  type OptionSchema,
  type OptionsOf,
  type PhasePart,
  type PluginDefinition,
  type PluginParts,
  type PluginServices,
  type PluginSpec,
  type Refusal,
} from './plugin.ts';
export { accessLog } from './plugins/access-log.ts';
export { cors } from './plugins/cors.ts';
export { exceptionBoundary } from './plugins/exception-boundary.ts';
export { keyAuth } from './plugins/key-auth.ts';
export { rateLimit } from './plugins/rate-limit.ts';
export { requestId } from './plugins/request-id.ts';
export { standardPlugins } from './plugins/standard.ts';
export {
  createRegistry,
  type PlannedRoute,
  PluginRegistry,
  type RegistryOptions,
} from './registry.ts';
export type { PluginPlacement } from './placed-plugin.ts';
export type { LoadModule, PhaseEntry, PluginModule, RegistryEntry } from './registry-entry.ts';
export type { ContentMiddleware } from './route-plan.ts';

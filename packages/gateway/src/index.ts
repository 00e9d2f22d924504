/** The front door of @interpose/gateway. */
export type { AdminConfig, PublicHealth } from './admin/admin-config.ts';
export type { AdminOptions } from './admin/admin-options.ts';
export type { AdminTarget } from './admin/admin-target.ts';
export { type Admin, startAdmin } from './admin/start-admin.ts';
export type { RecentOptions } from './recent/recent-options.ts';
export { Histogram } from './statistics/histogram.ts';
export type { SystemConfig } from './statistics/system-config.ts';
export { RequestCounts } from './statistics/request-counts.ts';
export { Statistics } from './statistics/statistics.ts';
export {
  dictionaryEvents,
  type WorkerEvent,
  type WorkerEvents,
  type WorkerEventsParts,
} from './statistics/worker-events.ts';
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
export { configSchema } from './config/config-schema.ts';
export type { JsonSchema } from './config/probe.ts';
export {
  type EnvironmentConfig,
  environmentConfig,
  type SettingValue,
} from './config/environment-config.ts';
export { redactedConfig } from './config/redacted-config.ts';
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
  CertificateFailedError,
  ConfigReplacedError,
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
export type { GatewayState } from './lifecycle.ts';
export { createGateway, type Gateway, type GatewayOptions, type ReloadReport } from './gateway.ts';
export type { FixedResponse, GatewayConfig, PluginUse, RouteConfig } from './gateway-config.ts';
export type { ListenAddress } from './listeners/door.ts';
export type { ConnectionOptions } from './listeners/front.ts';
export type {
  CertificateConfig,
  ConnectionsConfig,
  FrontConfig,
  HttpsRedirectConfig,
  ListenerConfig,
  ListenerTlsConfig,
  ProxyProtocolConfig,
  ShutdownConfig,
} from './listeners/listener-config.ts';
export { jsonLogger, type JsonLoggerOptions, type LogEntry, type Logger } from './logger.ts';
export { type MiddlewareInput, type PluginState, STATES } from './registry/middleware-object.ts';
export type { GatewayObserver } from './observer.ts';
export { isPhase, type Phase, type PhaseName, phaseOf, PHASES } from './phases.ts';
export type { ChainItem } from './registry/plugin-list.ts';
export {
  type AroundPart,
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
} from './definition/plugin.ts';
export { accessLog } from './plugins/access-log.ts';
export { acl } from './plugins/acl.ts';
export { cors } from './plugins/cors.ts';
export { exceptionBoundary } from './plugins/exception-boundary.ts';
export { ipBlock } from './plugins/ip-block.ts';
export { clientCertificate } from './plugins/client-certificate.ts';
export { keyAuth } from './plugins/key-auth.ts';
export { rateLimit } from './plugins/rate-limit.ts';
export { requestId } from './plugins/request-id.ts';
export { requestTransform } from './plugins/request-transform.ts';
export { responseTransform } from './plugins/response-transform.ts';
export { standardPlugins } from './plugins/standard.ts';
export { suspiciousPaths } from './plugins/suspicious-paths.ts';
export { mountMiddleware, type MountOptions, type MountSpan } from './mounting/mount-middleware.ts';
export type { MountedMiddleware } from './mounting/mounted-middleware.ts';
export { BANDS } from './definition/bands.ts';
export {
  createRegistry,
  type PlannedRoute,
  PluginRegistry,
  type RegistryOptions,
} from './registry/registry.ts';
export { type LocalCache, localCache, type LocalCacheOptions } from './worker/local-cache.ts';
export {
  type CoordinatorParts,
  PhaseCoordinator,
  verifyDictionaries,
} from './registry/phase-coordinator.ts';
export { configText, type WrittenConfig } from './openapi-import/config-text.ts';
export {
  importOpenApi,
  type ImportedService,
  loadServices,
  type OpenApiImport,
  type OpenApiImportOptions,
} from './openapi-import/import-openapi.ts';
export { ImportFailedError } from './openapi-import/import-failed-error.ts';
export type { HandlerModules } from './openapi-import/spec-answers.ts';
export { readSpecs, type SpecSource } from './openapi-import/spec-files.ts';
export { formatSpecProblem, type SpecProblem } from './openapi-import/spec-problem.ts';
export type { ImportedRoute } from './openapi-import/spec-routes.ts';
export type { PluginPlacement } from './registry/placed-plugin.ts';
export type {
  Names,
  NeededPlugin,
  Needs,
  PluginNeeds,
  StandardName,
} from './definition/plugin-needs.ts';
export type { UnitHooks, Worker } from './registry/plugin-unit.ts';
export {
  defineRegistry,
  type LoadModule,
  type PhaseEntry,
  type PluginModule,
  type RegistryEntries,
  type RegistryEntry,
} from './registry/registry-entry.ts';
export type { MirrorStats } from './streams/mirror.ts';
export type { MirrorConfig } from './streams/mirror-config.ts';
export type { TunnelEnd } from './streams/tunnel.ts';
export type { UpgradeConfig } from './streams/upgrade-config.ts';
export type { ContentMiddleware } from './route-plan.ts';
export {
  type CodeRoute,
  type ShippedName,
  type ShippedOptions,
  shippedRegistry,
} from './registry/shipped-registry.ts';
export { workerData, type WorkerData, type WorkerValues } from './worker/worker-data.ts';
export {
  type ConfigChange,
  type ConfigDiff,
  configDiff,
  type Fate,
} from './operation/config-diff.ts';
export type { PartKind } from './operation/config-parts.ts';
export type { FieldChange } from './operation/field-changes.ts';
export {
  BALANCE_NAMES,
  type BalanceName,
  type BreakerConfig,
  type BulkheadConfig,
  type DiscoveryConfig,
  FORWARDED_WORDS,
  type ForwardedWords,
  type HashBalanceConfig,
  type PoolConfig,
  type RetryConfig,
  type StickyConfig,
  type TargetConfig,
  type UpstreamConfig,
  type UpstreamTlsConfig,
} from './upstream/upstream-config.ts';
export { ProxyLoopError, UpstreamUnavailableError } from './upstream/upstream-errors.ts';
export type { Upstream } from './upstream/upstream.ts';
export type { Asked, UpstreamUse } from './upstream/asked.ts';
export type { TargetStatus, UpstreamStatus } from './upstream/upstream-status.ts';
export type { HealthCheckOptions } from './health/health-checker.ts';
export type { OutlierOptions } from './health/outlier-detector.ts';
export type { RouteHandlers } from './routing/route-answer.ts';
export type { RouteHandler } from './routing/route-handler.ts';
export type {
  Canary,
  QueryEdit,
  Redirect,
  Rewrite,
  RouteMatch,
  RouteOptions,
  SplitTarget,
  StickyBy,
  ValueRule,
} from './routing/route-options.ts';
export { type MatchedRoute, routeTable, type TabledRoute } from './routing/match-routes.ts';
export {
  createServiceRoutes,
  type ServiceRoute,
  type ServiceRoutes,
} from './routing/service-routes.ts';
export {
  type AskedRequest,
  type AskedUpstream,
  type ExplainedRequest,
  explainRequest,
  type PassedRoute,
} from './operation/explain-request.ts';
export { type Span, spans, type SpansOptions } from './tracing/span.ts';
export type { TraceContext } from './tracing/trace-context.ts';
export type { TraceParent } from './tracing/traceparent.ts';
export { traceContext } from './plugins/trace-context.ts';
export { LogFiles } from './log-files/log-files.ts';
export type { LineSink } from './log-files/line-sink.ts';
export type { LogFileParts } from './log-files/log-file.ts';

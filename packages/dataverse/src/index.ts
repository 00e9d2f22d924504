/** The front door of @interpose/dataverse. */
export type { Caller } from './context/caller.ts';
export { effectiveUser } from './context/caller.ts';
export { MissingPropertyError, PropertyBag, PropertyToken } from './context/property-bag.ts';
export type { ExecutionMock, ExecutorHost } from './context/executor-host.ts';
export type { OrganizationContext, RequestContext } from './context/request-context.ts';
export {
  type OpenTransaction,
  OrganizationBusyError,
  type Turn,
} from './context/transaction-queue.ts';
export {
  DataverseFault,
  type FaultOptions,
  InvalidPluginExecutionException,
} from './faults/dataverse-fault.ts';
export { type Coverage, coverage } from './coverage/coverage.ts';
export { ExecuteTransactionFault } from './faults/execute-transaction-fault.ts';
export { FetchExpression } from './fetch-xml/fetch-expression.ts';
export { FAULT_CODES, type FaultCode, type FaultName } from './faults/fault-codes.ts';
export { PullRequestException } from './faults/pull-request-exception.ts';
export {
  type AskedExecutor,
  type CustomExecutor,
  ExecutorBook,
  type MessageExecutor,
  type RequestType,
  type TypeExecutor,
} from './message-executor.ts';
export { auditTrail } from './middleware/audit-trail.ts';
export { type CacheOptions, cacheResponses } from './middleware/cache-responses.ts';
export { checkRequests, type RequestCheck } from './middleware/check-requests.ts';
export { forRequests } from './middleware/for-requests.ts';
export { requestDurations } from './middleware/request-durations.ts';
export { requestLog } from './middleware/request-log.ts';
export { type Transformations, transformRequests } from './middleware/transform-requests.ts';
export { wrapErrors } from './middleware/wrap-errors.ts';
export type { WriteLine } from './middleware/write-line.ts';
export type {
  AttributeMetadata,
  AttributeType,
  BooleanAttributeMetadata,
  DateTimeAttributeMetadata,
  LookupAttributeMetadata,
  MoneyAttributeMetadata,
  NumberAttributeMetadata,
  OptionMetadata,
  PicklistAttributeMetadata,
  PlainAttributeMetadata,
  RequiredLevel,
  StateAttributeMetadata,
  StateOptionMetadata,
  StatusAttributeMetadata,
  StatusOptionMetadata,
  TextAttributeMetadata,
} from './metadata/attribute-metadata.ts';
export { type CsdlOptions, type Metadata, metadataFromCsdl } from './metadata/csdl.ts';
export type { CsdlColumnNames } from './metadata/csdl-attributes.ts';
export { CsdlSyntaxError } from './metadata/csdl-document.ts';
export { metadataFromEntityDefinitions } from './metadata/entity-definitions.ts';
export type { EntityKeyMetadata, EntityMetadata } from './metadata/entity-metadata.ts';
export { MetadataBook, type MetadataSource } from './metadata/metadata-book.ts';
export type {
  CascadeConfiguration,
  CascadeType,
  ManyToManyRelationshipMetadata,
  OneToManyRelationshipMetadata,
  RelationshipMetadata,
} from './metadata/relationship-metadata.ts';
export { tablesSource, type TablesSourceOptions } from './metadata/tables-source.ts';
export {
  MiddlewareBuilder,
  MissingPartError,
  XrmFakedContextFactory,
} from './middleware-builder.ts';
export {
  AsynchronousPipelineError,
  type ExecuteRequest,
  OrganizationService,
  OrganizationServiceAsync,
} from './organization-service.ts';
export type {
  DelegateMiddleware,
  OrganizationMiddleware,
  OrganizationRequestDelegate,
} from './pipeline/organization-middleware.ts';
export { allOrNone } from './pipeline/all-or-none.ts';
export type { RequestPipeline, RunRequest } from './pipeline/request-pipeline.ts';
export { type ExplainedContext, explainQuery } from './planner/explain-query.ts';
export type { Explanation, Way } from './planner/explanation.ts';
export type { FiscalPeriodType, FiscalYearSettings } from './query/fiscal-calendar.ts';
export { type Operator, OPERATORS } from './query/operator.ts';
export type { QuerySettings } from './query/query-environment.ts';
export {
  ConditionExpression,
  type ConditionOptions,
  FilterExpression,
  type JoinOperator,
  LinkEntity,
  type LinkEnds,
  type LogicalOperator,
  OrderExpression,
  PagingInfo,
  QueryByAttribute,
  QueryExpression,
} from './query/query-expression.ts';
export {
  AliasedValue,
  type Attributes,
  type AttributeValue,
  Entity,
  EntityCollection,
  type PageFacts,
} from './records/entity.ts';
export {
  EntityReference,
  type KeyAttributes,
  type ReferenceDetails,
} from './records/entity-reference.ts';
export { EMPTY_GUID, type Guid, guid, parseGuid } from './records/guid.ts';
export { Money } from './records/money.ts';
export { OptionSetValue, OptionSetValueCollection } from './records/option-set-value.ts';
export {
  type AttributeExpressionOptions,
  ColumnSet,
  type XrmAggregateType,
  XrmAttributeExpression,
  type XrmDateTimeGrouping,
} from './requests/column-set.ts';
export {
  type ConcurrencyBehavior,
  CreateRequest,
  CreateResponse,
  DeleteRequest,
  RetrieveRequest,
  RetrieveResponse,
  UpdateRequest,
  UpsertRequest,
  UpsertResponse,
} from './requests/crud-requests.ts';
export {
  ExecuteMultipleRequest,
  ExecuteMultipleResponse,
  type ExecuteMultipleResponseItem,
  type ExecuteMultipleSettings,
} from './requests/execute-multiple-request.ts';
export {
  ExecuteTransactionRequest,
  ExecuteTransactionResponse,
} from './requests/execute-transaction-request.ts';
export {
  InitializeFromRequest,
  InitializeFromResponse,
  type TargetFieldType,
} from './requests/initialize-from-request.ts';
export {
  CreateMultipleRequest,
  CreateMultipleResponse,
  UpdateMultipleRequest,
  UpsertMultipleRequest,
  UpsertMultipleResponse,
} from './requests/multiple-requests.ts';
export {
  RetrieveTotalRecordCountRequest,
  RetrieveTotalRecordCountResponse,
  RetrieveVersionRequest,
  RetrieveVersionResponse,
} from './requests/organization-facts-requests.ts';
export {
  ExecuteFetchRequest,
  ExecuteFetchResponse,
  FetchXmlToQueryExpressionRequest,
  FetchXmlToQueryExpressionResponse,
  QueryExpressionToFetchXmlRequest,
  QueryExpressionToFetchXmlResponse,
} from './requests/fetch-requests.ts';
export {
  OrganizationRequest,
  OrganizationResponse,
  type ParameterCollection,
} from './requests/organization-request.ts';
export { AssignRequest, SetStateRequest } from './requests/ownership-requests.ts';
export {
  AssociateRequest,
  type AssociationParts,
  DisassociateRequest,
  type EntityRole,
  Relationship,
} from './requests/relationship-requests.ts';
export {
  type QueryBase,
  RetrieveMultipleRequest,
  RetrieveMultipleResponse,
} from './requests/retrieve-multiple-request.ts';
export { WhoAmIRequest, WhoAmIResponse } from './requests/who-am-i-request.ts';
export type { AttributeMapping, AttributeMappings } from './relationships/attribute-mappings.ts';
export { Snapshot, Store, type Transaction } from './store/store.ts';
export { type OrganizationOptions, XrmFakedContext } from './xrm-faked-context.ts';
export { CallerProperties } from './context/caller-properties.ts';
export { TracingService } from './context/tracing-service.ts';
export { type FaultRule } from './fault-injection/fault-rule.ts';
export {
  injectFaults,
  InjectedFaults,
  type InjectedFaultsOptions,
} from './fault-injection/injected-faults.ts';
export type { RecordedRequest } from './recording/recorded-request.ts';
export {
  RecordedRequests,
  recordRequests,
  UnexpectedRequestsError,
} from './recording/recorded-requests.ts';
export type { RequestPattern } from './recording/request-pattern.ts';
export { StoredData } from './recording/stored-data.ts';
export { countedIds } from './time-travel/counted-ids.ts';
export { travelClock, type TravelClock } from './time-travel/travel-clock.ts';
export type { ClientPromise } from './web-api/client-promise.ts';
export type { ExecutableRequest, RequestMetadata } from './web-api/executed-request.ts';
export {
  type PcfLookupValue,
  type PcfRecordPage,
  pcfWebApi,
  type PcfWebApi,
} from './web-api/pcf-web-api.ts';
export type { JsonRecord } from './web-api/record-json.ts';
export type { RecordAddress, WebApiOptions } from './web-api/web-api-client.ts';
export { WebApiError } from './web-api/web-api-error.ts';
export {
  type XrmRecordPage,
  xrmWebApi,
  type XrmWebApi,
  type XrmWebApiOffline,
  type XrmWebApiOnline,
} from './web-api/xrm-web-api.ts';
export { seedAutoNumber } from './writes/auto-number.ts';

/** The front door of @interpose/dataverse. */
export type { Caller } from './context/caller.ts';
export { effectiveUser } from './context/caller.ts';
export { MissingPropertyError, PropertyBag, PropertyToken } from './context/property-bag.ts';
export type { OrganizationContext, RequestContext } from './context/request-context.ts';
export {
  DataverseFault,
  type FaultOptions,
  InvalidPluginExecutionException,
} from './faults/dataverse-fault.ts';
export { FAULT_CODES, type FaultCode, type FaultName } from './faults/fault-codes.ts';
export { PullRequestException } from './faults/pull-request-exception.ts';
export { ExecutorBook, type MessageExecutor } from './message-executor.ts';
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
export type { RunRequest } from './pipeline/request-pipeline.ts';
export { type Operator, OPERATORS } from './query/operator.ts';
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
export { ColumnSet } from './requests/column-set.ts';
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
  OrganizationRequest,
  OrganizationResponse,
  type ParameterCollection,
} from './requests/organization-request.ts';
export {
  type QueryBase,
  RetrieveMultipleRequest,
  RetrieveMultipleResponse,
} from './requests/retrieve-multiple-request.ts';
export { WhoAmIRequest, WhoAmIResponse } from './requests/who-am-i-request.ts';
export { Snapshot, Store, type Transaction } from './store/store.ts';
export { type OrganizationOptions, XrmFakedContext } from './xrm-faked-context.ts';

/** OrganizationService: how callers speak to an organization; each of its methods is a request that goes through the pipeline. */
import { type Awaitable, CodedError, isThenable } from '@interpose/kernel';
import type { Entity, EntityCollection } from './records/entity.ts';
import { EntityReference } from './records/entity-reference.ts';
import type { Guid } from './records/guid.ts';
import type { ColumnSet } from './requests/column-set.ts';
import {
  CreateRequest,
  type CreateResponse,
  DeleteRequest,
  RetrieveRequest,
  type RetrieveResponse,
  UpdateRequest,
} from './requests/crud-requests.ts';
import {
  type QueryBase,
  RetrieveMultipleRequest,
  type RetrieveMultipleResponse,
} from './requests/retrieve-multiple-request.ts';
import type { OrganizationRequest, OrganizationResponse } from './requests/organization-request.ts';
import {
  AssociateRequest,
  type AssociationParts,
  DisassociateRequest,
} from './requests/relationship-requests.ts';

/** Sends a request through the pipeline. */
export type ExecuteRequest = (request: OrganizationRequest) => Awaitable<OrganizationResponse>;

/** The pipeline has something asynchronous in it, and was asked by the service that does not wait. */
export class AsynchronousPipelineError extends CodedError {
  static override readonly code: string = 'ASYNCHRONOUS_PIPELINE';

  constructor(requestName: string) {
    super(
      `"${requestName}" is handled by something asynchronous; call it by getOrganizationServiceAsync().`,
    );
  }
}

/** The service as C# has it: what it gives is there at once. */
export class OrganizationService {
  readonly #execute: ExecuteRequest;

  constructor(execute: ExecuteRequest) {
    this.#execute = execute;
  }

  /**
   * Sends any request.
   *
   * @throws AsynchronousPipelineError if its answer is not there at once, DataverseFault if it fails
   */
  execute<Response extends OrganizationResponse>(request: OrganizationRequest<Response>): Response {
    const response = this.#execute(request);
    if (!isThenable(response)) return response as Response;
    // What comes of it is of no use to anybody.
    response.then(undefined, () => {});
    throw new AsynchronousPipelineError(request.requestName);
  }

  /** Creates a record; gives its id. */
  create(entity: Entity): Guid {
    return (this.execute(new CreateRequest({ target: entity })) as CreateResponse).id;
  }

  /** Reads columns of a record. */
  retrieve(entityName: string, id: Guid, columnSet: ColumnSet): Entity {
    const target = new EntityReference(entityName, id);
    return (this.execute(new RetrieveRequest({ target, columnSet })) as RetrieveResponse).entity;
  }

  /** Finds records. */
  retrieveMultiple(query: QueryBase): EntityCollection {
    const response = this.execute(new RetrieveMultipleRequest({ query }));
    return (response as RetrieveMultipleResponse).entityCollection;
  }

  /** Changes the attributes that are given. */
  update(entity: Entity): void {
    this.execute(new UpdateRequest({ target: entity }));
  }

  /** Deletes a record. */
  delete(entityName: string, id: Guid): void {
    this.execute(new DeleteRequest({ target: new EntityReference(entityName, id) }));
  }

  /** Has records belong to another one. */
  associate(parts: AssociationParts): void {
    this.execute(new AssociateRequest(parts));
  }

  /** Has records belong to another one no more. */
  disassociate(parts: AssociationParts): void {
    this.execute(new DisassociateRequest(parts));
  }
}

/** The same for pipelines with something asynchronous in them. */
export class OrganizationServiceAsync {
  readonly #execute: ExecuteRequest;

  constructor(execute: ExecuteRequest) {
    this.#execute = execute;
  }

  /** Sends any request. */
  async execute<Response extends OrganizationResponse>(
    request: OrganizationRequest<Response>,
  ): Promise<Response> {
    return (await this.#execute(request)) as Response;
  }

  /** Creates a record; gives its id. */
  async create(entity: Entity): Promise<Guid> {
    return (await this.execute(new CreateRequest({ target: entity }))).id;
  }

  /** Reads columns of a record. */
  async retrieve(entityName: string, id: Guid, columnSet: ColumnSet): Promise<Entity> {
    const target = new EntityReference(entityName, id);
    return (await this.execute(new RetrieveRequest({ target, columnSet }))).entity;
  }

  /** Finds records. */
  async retrieveMultiple(query: QueryBase): Promise<EntityCollection> {
    return (await this.execute(new RetrieveMultipleRequest({ query }))).entityCollection;
  }

  /** Changes the attributes that are given. */
  async update(entity: Entity): Promise<void> {
    await this.execute(new UpdateRequest({ target: entity }));
  }

  /** Deletes a record. */
  async delete(entityName: string, id: Guid): Promise<void> {
    await this.execute(new DeleteRequest({ target: new EntityReference(entityName, id) }));
  }

  /** Has records belong to another one. */
  async associate(parts: AssociationParts): Promise<void> {
    await this.execute(new AssociateRequest(parts));
  }

  /** Has records belong to another one no more. */
  async disassociate(parts: AssociationParts): Promise<void> {
    await this.execute(new DisassociateRequest(parts));
  }
}

/** The requests that every client makes: Create, Retrieve, Update, Delete and Upsert, with their responses. */
import type { QueryExpression } from '../query/query-expression.ts';
import type { Entity } from '../records/entity.ts';
import type { EntityReference } from '../records/entity-reference.ts';
import type { Guid } from '../records/guid.ts';
import type { ColumnSet } from './column-set.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** Whether a change minds that somebody else has changed the record before. */
export type ConcurrencyBehavior = 'Default' | 'IfRowVersionMatches' | 'AlwaysOverwrite';

/** Creates a record. */
export class CreateRequest extends OrganizationRequest<CreateResponse> {
  constructor({ target }: { readonly target: Entity }) {
    super('Create', { Target: target });
  }

  get target(): Entity {
    return this.parameters['Target'] as Entity;
  }
}

/** The id of the record that was created. */
export class CreateResponse extends OrganizationResponse {
  constructor(id: Guid) {
    super('Create', { id });
  }

  get id(): Guid {
    return this.results['id'] as Guid;
  }
}

/** Reads one record. */
export class RetrieveRequest extends OrganizationRequest<RetrieveResponse> {
  constructor({
    target,
    columnSet,
    relatedEntitiesQuery,
  }: {
    readonly target: EntityReference;
    readonly columnSet: ColumnSet;
    /** Which records that belong to it are to come along, by relationship. @default none */
    readonly relatedEntitiesQuery?: ReadonlyMap<string, QueryExpression>;
  }) {
    super('Retrieve', {
      Target: target,
      ColumnSet: columnSet,
      ...(relatedEntitiesQuery && { RelatedEntitiesQuery: relatedEntitiesQuery }),
    });
  }

  get target(): EntityReference {
    return this.parameters['Target'] as EntityReference;
  }

  get columnSet(): ColumnSet {
    return this.parameters['ColumnSet'] as ColumnSet;
  }
}

/** The record that was read. */
export class RetrieveResponse extends OrganizationResponse {
  constructor(entity: Entity) {
    super('Retrieve', { Entity: entity });
  }

  get entity(): Entity {
    return this.results['Entity'] as Entity;
  }
}

/** Changes a record: the attributes that are given, and no others. */
export class UpdateRequest extends OrganizationRequest {
  constructor({
    target,
    concurrencyBehavior = 'Default',
  }: {
    readonly target: Entity;
    readonly concurrencyBehavior?: ConcurrencyBehavior;
  }) {
    super('Update', { Target: target, ConcurrencyBehavior: concurrencyBehavior });
  }

  get target(): Entity {
    return this.parameters['Target'] as Entity;
  }
}

/** Deletes a record. */
export class DeleteRequest extends OrganizationRequest {
  constructor({
    target,
    concurrencyBehavior = 'Default',
  }: {
    readonly target: EntityReference;
    readonly concurrencyBehavior?: ConcurrencyBehavior;
  }) {
    super('Delete', { Target: target, ConcurrencyBehavior: concurrencyBehavior });
  }

  get target(): EntityReference {
    return this.parameters['Target'] as EntityReference;
  }
}

/** Changes a record, or creates it if it is not there. */
export class UpsertRequest extends OrganizationRequest<UpsertResponse> {
  constructor({ target }: { readonly target: Entity }) {
    super('Upsert', { Target: target });
  }

  get target(): Entity {
    return this.parameters['Target'] as Entity;
  }
}

/** Which of the two it was. */
export class UpsertResponse extends OrganizationResponse {
  constructor(results: { readonly target: EntityReference; readonly recordCreated: boolean }) {
    super('Upsert', { Target: results.target, RecordCreated: results.recordCreated });
  }

  get target(): EntityReference {
    return this.results['Target'] as EntityReference;
  }

  get recordCreated(): boolean {
    return this.results['RecordCreated'] === true;
  }
}

/** The requests that say which records belong to each other. */
import { unexpected } from '@interpose/kernel/options';
import type { EntityReference } from '../records/entity-reference.ts';
import { OrganizationRequest } from './organization-request.ts';

/** Which end of a relationship the target is, where both ends are of one table. */
export type EntityRole = 'Referencing' | 'Referenced';

/** A relationship by its schema name. Never changes. */
export class Relationship {
  readonly schemaName: string;
  /** Needed only where both ends are of one table. @default as the tables say */
  readonly primaryEntityRole: EntityRole | undefined;

  /** @throws TypeError for a name that is none */
  constructor(schemaName: string, primaryEntityRole?: EntityRole) {
    if (typeof schemaName !== 'string' || schemaName === '') {
      throw unexpected('schemaName', 'the name of a relationship', schemaName);
    }
    this.schemaName = schemaName;
    this.primaryEntityRole = primaryEntityRole;
    Object.freeze(this);
  }
}

/** Which records belong to which, and by what. */
export interface AssociationParts {
  readonly target: EntityReference;
  readonly relationship: Relationship | string;
  readonly relatedEntities: Iterable<EntityReference>;
}

const parametersOf = ({ target, relationship, relatedEntities }: AssociationParts) => ({
  Target: target,
  Relationship: typeof relationship === 'string' ? new Relationship(relationship) : relationship,
  RelatedEntities: [...relatedEntities],
});

/** What both requests say. */
class AssociationRequest extends OrganizationRequest {
  get target(): EntityReference {
    return this.parameters['Target'] as EntityReference;
  }

  get relationship(): Relationship {
    return this.parameters['Relationship'] as Relationship;
  }

  get relatedEntities(): readonly EntityReference[] {
    return this.parameters['RelatedEntities'] as readonly EntityReference[];
  }
}

/** Has records belong to another one. */
export class AssociateRequest extends AssociationRequest {
  constructor(parts: AssociationParts) {
    super('Associate', parametersOf(parts));
  }
}

/** Has records belong to another one no more. */
export class DisassociateRequest extends AssociationRequest {
  constructor(parts: AssociationParts) {
    super('Disassociate', parametersOf(parts));
  }
}

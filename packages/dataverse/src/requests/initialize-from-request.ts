/** InitializeFromRequest and its response: a record as it begins when it is made from another. */
import type { Entity } from '../records/entity.ts';
import type { EntityReference } from '../records/entity-reference.ts';
import { OrganizationRequest, OrganizationResponse } from './organization-request.ts';

/** Which columns are filled: all, or those that a record may be given, changed or asked for by. */
export type TargetFieldType = 'All' | 'ValidForCreate' | 'ValidForUpdate' | 'ValidForRead';

/** Asks for a record, not yet created, with what another one has. */
export class InitializeFromRequest extends OrganizationRequest<InitializeFromResponse> {
  constructor(parts: {
    readonly entityMoniker: EntityReference;
    readonly targetEntityName: string;
    /** @default 'All' */
    readonly targetFieldType?: TargetFieldType;
  }) {
    const { entityMoniker, targetEntityName, targetFieldType = 'All' } = parts;
    super('InitializeFrom', {
      EntityMoniker: entityMoniker,
      TargetEntityName: targetEntityName,
      TargetFieldType: targetFieldType,
    });
  }

  get entityMoniker(): EntityReference {
    return this.parameters['EntityMoniker'] as EntityReference;
  }

  get targetEntityName(): string {
    return this.parameters['TargetEntityName'] as string;
  }

  get targetFieldType(): TargetFieldType {
    return (this.parameters['TargetFieldType'] ?? 'All') as TargetFieldType;
  }
}

/** The record, which nobody has created. */
export class InitializeFromResponse extends OrganizationResponse {
  constructor(entity: Entity) {
    super('InitializeFrom', { Entity: entity });
  }

  get entity(): Entity {
    return this.results['Entity'] as Entity;
  }
}

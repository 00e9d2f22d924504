/** keptRequest: a request as it was when it came, whatever is done to it afterwards. */
import { type AttributeValue, Entity, EntityCollection } from '../records/entity.ts';
import { OrganizationRequest } from '../requests/organization-request.ts';

/** A request of the same class with records of its own. Queries are kept as they are. */
export function keptRequest(request: OrganizationRequest): OrganizationRequest {
  const parameters = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(request.parameters)) parameters[name] = kept(value);
  const prototype = Object.getPrototypeOf(request) as object;
  return Object.assign(Object.create(prototype) as OrganizationRequest, request, { parameters });
}

function kept(value: unknown): unknown {
  if (value instanceof Entity) return copyOf(value);
  if (value instanceof EntityCollection) {
    return new EntityCollection(value.entities.map(copyOf), value.entityName);
  }
  if (value instanceof OrganizationRequest) return keptRequest(value);
  if (Array.isArray(value)) return value.map(kept);
  return value;
}

/** A record with the same values that nobody else has. */
export function copyOf(entity: Entity): Entity {
  const { logicalName, id, attributes, keyAttributes, rowVersion } = entity;
  const copy = new Entity(logicalName, id);
  for (const [name, value] of Object.entries(attributes)) {
    copy.set(name, ownValue(value as AttributeValue));
  }
  copy.keyAttributes = keyAttributes;
  copy.rowVersion = rowVersion;
  Object.assign(copy.formattedValues, entity.formattedValues);
  for (const [name, { entities, entityName }] of entity.relatedEntities) {
    copy.relatedEntities.set(name, new EntityCollection(entities.map(copyOf), entityName));
  }
  return copy;
}

function ownValue(value: AttributeValue): AttributeValue {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof Uint8Array) return value.slice();
  if (value instanceof EntityCollection) {
    return new EntityCollection(value.entities.map(copyOf), value.entityName);
  }
  return value;
}

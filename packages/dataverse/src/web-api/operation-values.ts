/** Values of actions and functions: parameters as requests have them, and results as the Web API writes them. */
import { unexpected } from '@interpose/kernel/options';
import { typeNameOf } from '../odata/odata-fault.ts';
import { Entity, EntityCollection } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { Connection } from './connection.ts';
import { readPayload } from './read-payload.ts';
import { plainOf, recordJson } from './record-json.ts';

type Client = Pick<Connection, 'context'>;
type Given = Readonly<Record<string, unknown>>;

/** Records are told from other objects by saying what they are. */
export function parameterOf(value: unknown, client: Client): unknown {
  if (Array.isArray(value)) {
    const items = value.map((one: unknown) => parameterOf(one, client));
    const areRecords = items.length > 0 && items.every((one) => one instanceof Entity);
    return areRecords
      ? new EntityCollection(items as Entity[], (items[0] as Entity).logicalName)
      : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const { entityType, id } = value as Given;
  if (typeof entityType === 'string' && typeof id === 'string') return referenceOf(value);
  const type = (value as Given)['@odata.type'];
  if (typeof type !== 'string') return value;
  const logicalName = type.replace(/^#?Microsoft\.Dynamics\.CRM\./, '');
  const entity = readPayload(logicalName, value, client.context);
  const primaryId = client.context.metadata.primaryIdOf(logicalName);
  const isReference = Object.keys(entity.attributes).every((name) => name === primaryId);
  return isReference && entity.contains(primaryId)
    ? new EntityReference(logicalName, entity.id)
    : entity;
}

/** A result in JSON; records say what they are. */
export function resultOf(value: unknown, client: Client): unknown {
  if (value instanceof Entity)
    return typed(
      value.logicalName,
      recordJson(value, { tables: client.context, omitsEmpty: true }),
    );
  if (value instanceof EntityReference) {
    const key = client.context.metadata.primaryIdOf(value.logicalName);
    return typed(value.logicalName, { [key]: value.id });
  }
  if (value instanceof EntityCollection) return value.entities.map((one) => resultOf(one, client));
  if (Array.isArray(value)) return value.map((one: unknown) => resultOf(one, client));
  return plainOf(value as never) ?? value;
}

function typed(logicalName: string, record: object): object {
  return { '@odata.type': `#${typeNameOf(logicalName)}`, ...record };
}

/** @throws TypeError for anything but an object with entityType and id */
export function referenceOf(given: unknown): EntityReference {
  const { entityType, id } = (given ?? {}) as Given;
  if (typeof entityType !== 'string' || typeof id !== 'string') {
    throw unexpected('entityReference', 'an object with entityType and id', given);
  }
  return new EntityReference(entityType, id);
}

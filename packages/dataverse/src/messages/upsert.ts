/** Upsert: changes a record, or creates it if it is not there. */
import type { MessageExecutor } from '../message-executor.ts';
import { andThen } from '../pipeline/and-then.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import {
  CreateRequest,
  type CreateResponse,
  UpdateRequest,
  type UpsertRequest,
  UpsertResponse,
} from '../requests/crud-requests.ts';
import { findRow } from '../store/find-record.ts';
import { checkTarget } from '../writes/given-cells.ts';

/** The executor. What it does is a request of its own, so that everything sees it that is there for such requests. */
export const upsert: MessageExecutor<UpsertRequest> = {
  requestName: 'Upsert',
  execute({ parameters }, ctx) {
    const target = checkTarget(parameters['Target']);
    const { logicalName } = target;
    ctx.context.metadata.checkEntity(logicalName);
    const row = findRow(ctx.context, target);
    const answer = (id: string, recordCreated: boolean): UpsertResponse =>
      new UpsertResponse({ target: new EntityReference(logicalName, id), recordCreated });
    if (row) {
      const change = new Entity(logicalName, row.id, withoutKey(target));
      return andThen(ctx.execute(new UpdateRequest({ target: change })), () =>
        answer(row.id, false),
      );
    }
    const record = new Entity(logicalName, target.id, {
      ...keyValues(target),
      ...target.attributes,
    });
    for (const [name, along] of target.relatedEntities) record.relatedEntities.set(name, along);
    return andThen(ctx.execute(new CreateRequest({ target: record })), (response) =>
      answer((response as CreateResponse).id, true),
    );
  },
};

/** What the key says, the record has. */
function keyValues({ keyAttributes }: Entity): Entity['attributes'] {
  return (keyAttributes ?? {}) as Entity['attributes'];
}

/** The key has found the record; there is nothing to change about it, and it may not be one that can be changed. */
function withoutKey({ attributes, keyAttributes = {} }: Entity): Entity['attributes'] {
  const changes = Object.entries(attributes).filter(
    ([name, value]) => !Object.hasOwn(keyAttributes, name) || keyAttributes[name] !== value,
  );
  return Object.fromEntries(changes);
}

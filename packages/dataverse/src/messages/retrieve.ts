/** Retrieve: reads columns of one record. */
import type { Awaitable } from '@interpose/kernel';
import type { RequestContext } from '../context/request-context.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { shownRecord, showingFor } from '../formatting/shown-record.ts';
import type { MessageExecutor } from '../message-executor.ts';
import { andThen } from '../pipeline/and-then.ts';
import { inTurn } from '../pipeline/in-turn.ts';
import { QueryExpression } from '../query/query-expression.ts';
import { relatedQuery } from '../query/related-query.ts';
import type { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { ColumnSet } from '../requests/column-set.ts';
import { type RetrieveRequest, RetrieveResponse } from '../requests/crud-requests.ts';
import {
  RetrieveMultipleRequest,
  type RetrieveMultipleResponse,
} from '../requests/retrieve-multiple-request.ts';
import { recordRow } from '../store/find-record.ts';
import type { Row } from '../store/row.ts';
import { checkReadable } from '../writes/readable-columns.ts';

/** The executor. */
export const retrieve: MessageExecutor<RetrieveRequest> = {
  requestName: 'Retrieve',
  execute({ parameters }, ctx) {
    const { context, caller } = ctx;
    const { Target: target, ColumnSet: columnSet, RelatedEntitiesQuery: related } = parameters;
    if (!(target instanceof EntityReference)) {
      throw new DataverseFault('InvalidArgument', 'RetrieveRequest without Target is invalid.');
    }
    if (!(columnSet instanceof ColumnSet)) {
      throw new DataverseFault('InvalidArgument', "Required field 'ColumnSet' is missing");
    }
    const { logicalName } = target;
    checkReadable(context.metadata, logicalName, columnSet.columns);
    const row = recordRow(context, target);
    const entity = shownRecord({ logicalName, row }, columnSet, showingFor(context, caller));
    return andThen(addRelated(entity, { row, related }, ctx), () => new RetrieveResponse(entity));
  },
};

/** Puts the records with it that are asked for, each list by a request of its own. */
function addRelated(
  entity: Entity,
  { row, related }: { readonly row: Row; readonly related: unknown },
  ctx: RequestContext,
): Awaitable<void> {
  if (related === undefined) return;
  if (!(related instanceof Map)) {
    throw new DataverseFault('InvalidArgument', 'RelatedEntitiesQuery is a map of queries.');
  }
  const { metadata } = ctx.context;
  const referenced = (column: string): string | undefined => {
    const cell = row.cells[column];
    return cell instanceof EntityReference ? cell.id : undefined;
  };
  const to = { logicalName: entity.logicalName, id: row.id, referenced };
  return inTurn([...(related as ReadonlyMap<string, unknown>)], ([name, asked]) => {
    if (!(asked instanceof QueryExpression)) {
      throw new DataverseFault('InvalidArgument', `The query of ${name} is no QueryExpression.`);
    }
    const query = relatedQuery(name, asked, { to, metadata });
    return andThen(ctx.execute(new RetrieveMultipleRequest({ query })), (response) => {
      entity.relatedEntities.set(name, (response as RetrieveMultipleResponse).entityCollection);
      return 'go on';
    });
  });
}

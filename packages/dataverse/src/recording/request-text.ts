/** requestText: a request in one line, for the texts of errors. */
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { EMPTY_GUID } from '../records/guid.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** Its name, its table, its record, the names of what the record has, and how it ended. Values are not told. */
export function requestText(
  recorded: Pick<RecordedRequest, 'request' | 'logicalName' | 'depth' | 'error'>,
): string {
  const { request, logicalName, depth, error } = recorded;
  const target = request.parameters['Target'];
  const id = target instanceof Entity || target instanceof EntityReference ? target.id : EMPTY_GUID;
  const names = target instanceof Entity ? Object.keys(target.attributes) : [];
  return [
    request.requestName,
    ...(logicalName === undefined ? [] : [logicalName]),
    ...(id === EMPTY_GUID ? [] : [id]),
    ...(names.length ? [`(${names.join(', ')})`] : []),
    ...(depth > 1 ? [`at depth ${depth}`] : []),
    ...(error === undefined
      ? []
      : [`failed: ${error instanceof Error ? error.message : String(error)}`]),
  ].join(' ');
}

/** RecordedRequest: a request that came, and what came of it. */
import { FetchExpression } from '../fetch-xml/fetch-expression.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { Guid } from '../records/guid.ts';
import type {
  OrganizationRequest,
  OrganizationResponse,
} from '../requests/organization-request.ts';

/** The table that a query in FetchXML is about. */
const FETCHED = /<entity\s(?:[^>]*\s)?name\s*=\s*["']([^"']*)["']/;

/** A request that came. */
export interface RecordedRequest {
  readonly requestName: string;
  /** The request as it was when it came; what was changed afterwards does not show. */
  readonly request: OrganizationRequest;
  /** The table, if it is about records of one. */
  readonly logicalName: string | undefined;
  readonly callerId: Guid;
  /** 1 for one that came from outside, more for one that was made by what handles another. */
  readonly depth: number;
  /** @default not there while it is under way, nor if it failed */
  readonly response: OrganizationResponse | undefined;
  /** What it failed with. */
  readonly error: unknown;
}

/** The table that a request is about, as far as its usual parameters say. */
export function tableOf({ parameters }: OrganizationRequest): string | undefined {
  const { Target: target, Query: query, EntityMoniker: moniker } = parameters;
  for (const one of [target, moniker]) {
    if (one instanceof Entity || one instanceof EntityReference) return one.logicalName;
  }
  if (query instanceof FetchExpression) return FETCHED.exec(query.query)?.[1];
  const name: unknown = (query as { entityName?: unknown } | undefined)?.entityName;
  return typeof name === 'string' ? name : undefined;
}

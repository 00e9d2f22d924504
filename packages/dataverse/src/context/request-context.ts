/** RequestContext: what middleware and executors are given of one request. */
import type { Clock } from '@interpose/kernel';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { OrganizationService } from '../organization-service.ts';
import type { OrganizationRequest } from '../requests/organization-request.ts';
import type { Store } from '../store/store.ts';
import type { Caller } from './caller.ts';
import type { PropertyBag } from './property-bag.ts';

/** What all requests to an organization share. */
export interface OrganizationContext extends PropertyBag {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly clock: Clock;
  /** A new id. */
  newId(): string;
  /** The service of a user; of the default one, if none is named. */
  getOrganizationService(callerId?: string): OrganizationService;
}

/** One request on its way through the pipeline. */
export interface RequestContext {
  readonly context: OrganizationContext;
  readonly request: OrganizationRequest;
  readonly caller: Caller;
  /** The service that whoever handles this request calls: for the same caller, one deeper. */
  readonly service: OrganizationService;
  /** How many requests this one stands in; 1 for one that came from outside. */
  readonly depth: number;
  /** What those who handle this request keep for each other; another request has another. */
  readonly items: PropertyBag;
}

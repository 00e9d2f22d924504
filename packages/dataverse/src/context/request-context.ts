/** RequestContext: what middleware and executors are given of one request. */
import type { Awaitable, Clock } from '@interpose/kernel';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { OrganizationService } from '../organization-service.ts';
import type { QuerySettings } from '../query/query-environment.ts';
import type { AttributeMappings } from '../relationships/attribute-mappings.ts';
import type {
  OrganizationRequest,
  OrganizationResponse,
} from '../requests/organization-request.ts';
import type { Store } from '../store/store.ts';
import type { Caller } from './caller.ts';
import type { PropertyBag } from './property-bag.ts';
import type { TracingService } from './tracing-service.ts';
import type { Turn } from './transaction-queue.ts';

/** What all requests to an organization share. */
export interface OrganizationContext extends PropertyBag {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly clock: Clock;
  /** A number from 0 to 1, without 1. */
  readonly random: () => number;
  /** The language in which values are shown, as `en-US`. */
  readonly locale: string;
  /** Whether records that are referred to have to be there. */
  readonly checksReferences: boolean;
  readonly attributeMappings: AttributeMappings;
  /** What RetrieveVersion tells. */
  readonly version: string;
  /** What queries go by: time zone, fiscal year and the like. */
  readonly querySettings: QuerySettings;
  /** Collects what is traced. */
  readonly tracing: TracingService;
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
  /** Sends a request as `service` does; its answer is there at once, or promised where the pipeline has something asynchronous in it. */
  execute(request: OrganizationRequest): Awaitable<OrganizationResponse>;
  /**
   * Does several things as one: if it fails, nothing that was changed by what it was given stays, and requests of others wait until it is
   * over. Within another transaction it is a part of that.
   */
  transact<Result>(work: (inside: RequestContext) => Awaitable<Result>): Awaitable<Result>;
  /** Where it stands among transactions. */
  readonly turn: Turn;
  /** At which depth this one stands among requests in each other; 1 for one that came from outside. */
  readonly depth: number;
  /** What those who handle this request keep for each other; another request has another. */
  readonly items: PropertyBag;
}

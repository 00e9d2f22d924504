/** XrmFakedContext: an organization in memory, with its records, its properties and its services. */
import type { Awaitable, Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { unexpected } from '@interpose/kernel/options';
import type { Caller } from './context/caller.ts';
import { PropertyBag } from './context/property-bag.ts';
import type { OrganizationContext, RequestContext } from './context/request-context.ts';
import { DataverseFault } from './faults/dataverse-fault.ts';
import { MetadataBook } from './metadata/metadata-book.ts';
import type { EntityMetadata } from './metadata/entity-metadata.ts';
import { OrganizationService, OrganizationServiceAsync } from './organization-service.ts';
import type { RunRequest } from './pipeline/request-pipeline.ts';
import { Entity } from './records/entity.ts';
import { EntityReference } from './records/entity-reference.ts';
import { EMPTY_GUID, type Guid } from './records/guid.ts';
import type { OrganizationRequest, OrganizationResponse } from './requests/organization-request.ts';
import { type Cell, cellOf } from './store/cell.ts';
import { rowOf } from './store/row.ts';
import { type Snapshot, Store } from './store/store.ts';

/** What an organization is made with. */
export interface OrganizationOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes ids. @default crypto.randomUUID */
  readonly newId?: () => Guid;
  /** Refuses tables and columns that no metadata describes. @default false */
  readonly strict?: boolean;
  /** How many requests may stand in one another. @default 50 */
  readonly maxDepth?: number;
}

const MOST_DEPTH = 50;

/** An organization in memory. */
export class XrmFakedContext extends PropertyBag implements OrganizationContext {
  readonly metadata: MetadataBook;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: () => Guid;
  /** What a builder has found odd. */
  readonly warnings: readonly string[];
  readonly #run: RunRequest;
  readonly #maxDepth: number;
  readonly #caller: Caller;
  #isInitialized = false;

  constructor(
    run: RunRequest,
    options: OrganizationOptions = {},
    warnings: readonly string[] = [],
  ) {
    super();
    const { clock = systemClock, newId = () => crypto.randomUUID() } = options;
    this.#run = run;
    this.metadata = new MetadataBook(options.strict);
    this.store = new Store();
    this.#maxDepth = options.maxDepth ?? MOST_DEPTH;
    this.clock = clock;
    this.newId = newId;
    this.warnings = warnings;
    this.#caller = {
      callerId: new EntityReference('systemuser', newId()),
      impersonatedUserId: undefined,
      businessUnitId: new EntityReference('businessunit', newId()),
      organizationId: newId(),
    };
  }

  /** The service that gives its answers at once. */
  getOrganizationService(callerId?: Guid): OrganizationService {
    const caller = this.#callerFor(callerId);
    return new OrganizationService((request) => this.#execute(request, caller, 1));
  }

  /** The service that gives promises. */
  getOrganizationServiceAsync(callerId?: Guid): OrganizationServiceAsync {
    const caller = this.#callerFor(callerId);
    return new OrganizationServiceAsync((request) => this.#execute(request, caller, 1));
  }

  /**
   * Puts records in place without a request.
   *
   * @throws TypeError for anything but records, Error when it is called twice
   */
  initialize(entities: Iterable<Entity> | Entity): void {
    if (entities === null || entities === undefined) {
      throw unexpected('entities', 'not null', entities);
    }
    if (this.#isInitialized) {
      throw new TypeError(
        'Initialize should be called only once per unit test execution and XrmFakedContext instance.',
      );
    }
    this.#isInitialized = true;
    for (const entity of entities instanceof Entity ? [entities] : entities) this.#put(entity);
  }

  /** Describes tables. */
  initializeMetadata(entities: Iterable<EntityMetadata>): void {
    this.metadata.addEntities(entities);
  }

  /** How many records a table has. */
  count(logicalName: string): number {
    return this.store.table(logicalName).size;
  }

  /** Remembers how all records are now. */
  snapshot(): Snapshot {
    return this.store.snapshot();
  }

  /** Makes all records as they were. */
  restore(snapshot: Snapshot): void {
    this.store.restore(snapshot);
  }

  #put(entity: Entity): void {
    const { logicalName } = entity;
    const id = entity.id === EMPTY_GUID ? this.newId() : entity.id;
    const cells = Object.create(null) as Record<string, Cell>;
    for (const [name, value] of Object.entries(entity.attributes)) {
      const cell = cellOf(value, `${logicalName}.${name}`);
      if (cell !== undefined) cells[name] = cell;
    }
    cells[this.metadata.primaryIdOf(logicalName)] = id;
    this.store.put(logicalName, id, rowOf(id, this.store.nextVersion(), cells));
  }

  #callerFor(callerId: Guid | undefined): Caller {
    if (callerId === undefined) return this.#caller;
    return { ...this.#caller, callerId: new EntityReference('systemuser', callerId) };
  }

  #execute(
    request: OrganizationRequest,
    caller: Caller,
    depth: number,
  ): Awaitable<OrganizationResponse> {
    if (depth > this.#maxDepth) {
      throw new DataverseFault(
        'IsvAborted',
        `"${request.requestName}" stands in ${this.#maxDepth} other requests, which looks like a circle.`,
      );
    }
    const service = new OrganizationService((inner) => this.#execute(inner, caller, depth + 1));
    const ctx: RequestContext = {
      context: this,
      request,
      caller,
      service,
      depth,
      items: new PropertyBag(),
    };
    return this.#run(ctx);
  }
}

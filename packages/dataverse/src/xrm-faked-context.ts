/** XrmFakedContext: an organization in memory, with its records, its properties and its services. */
import type { Clock } from '@interpose/kernel';
import { systemClock } from '@interpose/kernel/clock';
import { outOfRange, unexpected } from '@interpose/kernel/options';
import type { Caller } from './context/caller.ts';
import { CallerProperties } from './context/caller-properties.ts';
import { ExecutorHost } from './context/executor-host.ts';
import type { OrganizationContext } from './context/request-context.ts';
import { TracingService } from './context/tracing-service.ts';
import { shownRecord, showingFor } from './formatting/shown-record.ts';
import { MetadataBook, type MetadataSource } from './metadata/metadata-book.ts';
import type { EntityMetadata } from './metadata/entity-metadata.ts';
import type { RelationshipMetadata } from './metadata/relationship-metadata.ts';
import { OrganizationService, OrganizationServiceAsync } from './organization-service.ts';
import type { RequestPipeline } from './pipeline/request-pipeline.ts';
import { RequestRunner } from './pipeline/request-runner.ts';
import { indexedColumns } from './planner/indexed-columns.ts';
import { checkQuerySettings, type QuerySettings } from './query/query-environment.ts';
import { Entity } from './records/entity.ts';
import { EntityReference } from './records/entity-reference.ts';
import type { Guid } from './records/guid.ts';
import { StoredData } from './recording/stored-data.ts';
import { type AttributeMapping, AttributeMappings } from './relationships/attribute-mappings.ts';
import { ColumnSet } from './requests/column-set.ts';
import { type Snapshot, Store } from './store/store.ts';
import { seedRecords } from './writes/seed-records.ts';

/** What an organization is made with. */
export interface OrganizationOptions {
  /** @default systemClock */
  readonly clock?: Clock;
  /** Makes ids. @default crypto.randomUUID */
  readonly newId?: () => Guid;
  /** Chance, for auto numbers. @default Math.random */
  readonly random?: () => number;
  /** Tables that are described from the start. @default none */
  readonly metadata?: MetadataSource;
  /** The language in which values are shown. @default 'en-US' */
  readonly locale?: string;
  /** Whether records that are referred to have to be there. @default as `strict` */
  readonly checkReferences?: boolean;
  /** What queries go by: time zone, fiscal year and the like. @default UTC, quarters */
  readonly query?: QuerySettings;
  /** Refuses tables and columns that no metadata describes. @default false */
  readonly strict?: boolean;
  /** What RetrieveVersion tells. @default '9.0.0.0' */
  readonly version?: string;
  /** How many requests may stand in one another. @default 50 */
  readonly maxDepth?: number;
}

const MOST_DEPTH = 50;

/** An organization in memory. */
export class XrmFakedContext extends ExecutorHost implements OrganizationContext {
  readonly metadata: MetadataBook;
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: () => Guid;
  readonly random: () => number;
  readonly locale: string;
  readonly checksReferences: boolean;
  readonly querySettings: QuerySettings;
  readonly attributeMappings: AttributeMappings = new AttributeMappings();
  readonly version: string;
  /** What a builder has found odd. */
  readonly warnings: readonly string[];
  readonly #runner: RequestRunner;
  /** Who calls where nobody else is named. */
  readonly callerProperties: CallerProperties;
  /** What is stored, for tests to look at. */
  readonly data: StoredData;
  readonly tracing: TracingService = new TracingService();
  #isInitialized = false;

  constructor(
    pipeline: RequestPipeline,
    options: OrganizationOptions = {},
    warnings: readonly string[] = [],
  ) {
    super(pipeline.handlers);
    const {
      clock = systemClock,
      newId = () => crypto.randomUUID(),
      random = Math.random,
    } = options;
    this.#runner = new RequestRunner(this, pipeline, options.maxDepth ?? MOST_DEPTH);
    this.metadata = new MetadataBook(options.strict);
    this.store = new Store((table) => indexedColumns(table, this.metadata));
    this.querySettings = checkQuerySettings(options.query ?? {});
    this.clock = clock;
    this.newId = newId;
    this.random = random;
    this.locale = checkedLocale(options.locale ?? 'en-US');
    this.checksReferences = options.checkReferences ?? options.strict ?? false;
    if (options.metadata) this.metadata.add(options.metadata);
    this.version = options.version ?? '9.0.0.0';
    this.warnings = warnings;
    this.callerProperties = new CallerProperties({
      callerId: new EntityReference('systemuser', newId()),
      impersonatedUserId: undefined,
      businessUnitId: new EntityReference('businessunit', newId()),
      organizationId: newId(),
    });
    this.data = new StoredData(this.store, (logicalName, row) =>
      shownRecord(
        { logicalName, row },
        new ColumnSet(true),
        showingFor(this, this.callerProperties.current),
      ),
    );
  }

  /** The service that gives its answers at once. */
  getOrganizationService(callerId?: Guid): OrganizationService {
    return new OrganizationService((request) =>
      this.#runner.send(request, { caller: this.#callerFor(callerId), canWait: false }),
    );
  }

  /** The service that gives promises. */
  getOrganizationServiceAsync(callerId?: Guid): OrganizationServiceAsync {
    return new OrganizationServiceAsync((request) =>
      this.#runner.send(request, { caller: this.#callerFor(callerId), canWait: true }),
    );
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
    seedRecords(entities instanceof Entity ? [entities] : entities, this, {
      caller: this.callerProperties.current,
    });
    this.#isInitialized = true;
  }

  /** Describes tables. */
  initializeMetadata(entities: Iterable<EntityMetadata>): void {
    this.metadata.addEntities(entities);
  }

  /** Describes a relationship; one of its name is described anew. */
  addRelationship(relationship: RelationshipMetadata): void {
    this.metadata.addRelationship(relationship);
  }

  getRelationship(schemaName: string): RelationshipMetadata | undefined {
    return this.metadata.relationship(schemaName);
  }

  /** Tells whether there was one. */
  removeRelationship(schemaName: string): boolean {
    return this.metadata.removeRelationship(schemaName);
  }

  /** Says what a record begins with that is made from another by InitializeFrom. */
  addAttributeMapping(mapping: AttributeMapping): void {
    this.attributeMappings.add(mapping);
  }

  /** How many records a table has. */
  count(logicalName: string): number {
    return this.store.table(logicalName).size;
  }

  /**
   * A record of the caller's own, without a request.
   *
   * @throws TypeError if there is no such table, or no such record
   */
  getEntityById(logicalName: string, id: Guid): Entity {
    return this.data.getEntityById(logicalName, id);
  }

  containsEntity(logicalName: string, id: Guid): boolean {
    return this.data.containsEntity(logicalName, id);
  }

  /** All records of a table, to be filtered and sorted as lists are. */
  createQuery(logicalName: string): Entity[] {
    return this.data.records(logicalName);
  }

  /** What executors and middleware have traced. */
  getTracingService(): TracingService {
    return this.tracing;
  }

  /** Takes all records away; `initialize` may be called again. */
  reset(): void {
    this.data.clear();
    this.tracing.clear();
    this.#isInitialized = false;
  }

  /** Remembers how all records are now. */
  snapshot(): Snapshot {
    return this.store.snapshot();
  }

  /** Makes all records as they were. */
  restore(snapshot: Snapshot): void {
    this.store.restore(snapshot);
  }

  #callerFor(callerId: Guid | undefined): Caller {
    const { current } = this.callerProperties;
    if (callerId === undefined) return current;
    return { ...current, callerId: new EntityReference('systemuser', callerId) };
  }
}

/** @throws RangeError for what is no language */
function checkedLocale(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en-US';
  } catch {
    throw outOfRange('locale', 'a language, as `en-US`', locale);
  }
}

/** EntityMetadata: what a table is. */
import type { AttributeMetadata } from './attribute-metadata.ts';

/** Columns whose values together are unique. */
export interface EntityKeyMetadata {
  readonly logicalName: string;
  readonly keyAttributes: readonly string[];
}

/** A table. */
export interface EntityMetadata {
  readonly logicalName: string;
  /** @default the logical name */
  readonly schemaName?: string;
  /** The name of the table in addresses. @default the logical name and `s`, or `es` */
  readonly entitySetName?: string;
  readonly displayName?: string;
  readonly objectTypeCode?: number;
  /** @default the logical name and `id`; `activityid` for activities */
  readonly primaryIdAttribute?: string;
  /** @default none */
  readonly primaryNameAttribute?: string;
  /** @default 'UserOwned' */
  readonly ownershipType?: 'UserOwned' | 'OrganizationOwned' | 'BusinessOwned' | 'None';
  /** @default false */
  readonly isActivity?: boolean;
  /** Whether its rows say which records of two other tables belong to each other. @default false */
  readonly isIntersect?: boolean;
  /** @default false */
  readonly isOptimisticConcurrencyEnabled?: boolean;
  /** @default false */
  readonly enforceStateTransitions?: boolean;
  /** Whether the attributes are all that there are. Else those are added that every table has. @default false */
  readonly isComplete?: boolean;
  readonly attributes: Readonly<Record<string, AttributeMetadata>>;
  readonly keys?: readonly EntityKeyMetadata[];
}

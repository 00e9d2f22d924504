/** checkVersion: whether a record is still in the version in which a caller has seen it. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { ConcurrencyBehavior } from '../requests/crud-requests.ts';
import type { Row } from '../store/row.ts';

/** What a caller says of the record that he means. */
export interface VersionedTarget {
  readonly logicalName: string;
  readonly rowVersion?: string | undefined;
}

/** How much the version matters. */
export interface VersionCheck {
  readonly concurrency: ConcurrencyBehavior;
  readonly metadata: MetadataBook;
}

const BEHAVIORS: ReadonlySet<unknown> = new Set<ConcurrencyBehavior>([
  'Default',
  'IfRowVersionMatches',
  'AlwaysOverwrite',
]);

/** @throws DataverseFault if the version matters and is another, or is not said */
export function checkVersion(
  { version }: Row,
  { logicalName, rowVersion }: VersionedTarget,
  { concurrency, metadata }: VersionCheck,
): void {
  if (!BEHAVIORS.has(concurrency)) {
    throw new DataverseFault(
      'InvalidArgument',
      `A ConcurrencyBehavior is Default, IfRowVersionMatches or AlwaysOverwrite, not ${String(concurrency as unknown)}.`,
    );
  }
  if (concurrency !== 'IfRowVersionMatches') return;
  const entity = metadata.entity(logicalName);
  if (entity && entity.isOptimisticConcurrencyEnabled !== true) {
    throw new DataverseFault(
      'OptimisticConcurrencyNotEnabled',
      `Optimistic concurrency isn't enabled for entity type ${logicalName}. The IfVersionMatches value of ConcurrencyBehavior can only be used if optimistic concurrency is enabled.`,
    );
  }
  if (!rowVersion) throw new DataverseFault('ConcurrencyVersionNotProvided');
  if (rowVersion !== String(version)) throw new DataverseFault('ConcurrencyVersionMismatch');
}

/** EntityReference: points to a record, by its id or by an alternate key. */
import { unexpected } from '@interpose/kernel/options';
import { EMPTY_GUID, type Guid, guid } from './guid.ts';

/** The values of an alternate key, by column. */
export type KeyAttributes = Readonly<Record<string, unknown>>;

/** What a reference may say besides which record it means. */
export interface ReferenceDetails {
  /** What the record is called. @default not said */
  readonly name?: string;
  /** The version of the record that is meant. @default any */
  readonly rowVersion?: string;
}

/** Points to a record. Never changes. */
export class EntityReference {
  readonly logicalName: string;
  /** The empty guid where an alternate key says which record is meant. */
  readonly id: Guid;
  readonly keyAttributes: KeyAttributes | undefined;
  readonly name: string | undefined;
  readonly rowVersion: string | undefined;

  /** @throws TypeError for a name or an id that is none */
  constructor(
    logicalName: string,
    id: Guid | KeyAttributes,
    { name, rowVersion }: ReferenceDetails = {},
  ) {
    if (typeof logicalName !== 'string' || logicalName === '') {
      throw unexpected('logicalName', 'the name of a table', logicalName);
    }
    this.logicalName = logicalName;
    this.id = typeof id === 'string' ? guid(id) : EMPTY_GUID;
    this.keyAttributes = typeof id === 'string' ? undefined : Object.freeze({ ...id });
    this.name = name;
    this.rowVersion = rowVersion;
    Object.freeze(this);
  }

  /** The same with another name. */
  withName(name: string | undefined): EntityReference {
    const details = {
      ...(name !== undefined && { name }),
      ...(this.rowVersion !== undefined && { rowVersion: this.rowVersion }),
    };
    return new EntityReference(this.logicalName, this.keyAttributes ?? this.id, details);
  }
}

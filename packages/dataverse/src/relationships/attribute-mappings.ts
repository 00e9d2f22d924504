/** AttributeMappings: which columns of a record begin with what another record has, when it is made from that. */
import { unexpected } from '@interpose/kernel/options';

/** One column that another one is the beginning of. */
export interface AttributeMapping {
  readonly sourceEntity: string;
  readonly sourceAttribute: string;
  readonly targetEntity: string;
  readonly targetAttribute: string;
}

/** Mappings by the tables of both ends. */
export class AttributeMappings {
  readonly #mappings: AttributeMapping[] = [];

  /** @throws TypeError for one that does not name all four */
  add(mapping: AttributeMapping): void {
    const { sourceEntity, sourceAttribute, targetEntity, targetAttribute } = mapping;
    const given = { sourceEntity, sourceAttribute, targetEntity, targetAttribute };
    for (const [name, value] of Object.entries(given)) {
      if (typeof value !== 'string' || value === '') throw unexpected(name, 'a name', value);
    }
    this.#mappings.push(given);
  }

  /** Those from one table to another. */
  between(sourceEntity: string, targetEntity: string): readonly AttributeMapping[] {
    return this.#mappings.filter(
      (one) => one.sourceEntity === sourceEntity && one.targetEntity === targetEntity,
    );
  }
}

/** valueTexts: a value of a condition as the texts that FetchXML has for it. */
import { unexpected } from '@interpose/kernel/options';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import { Money } from '../records/money.ts';
import { OptionSetValue, OptionSetValueCollection } from '../records/option-set-value.ts';
import { isXmlText } from './xml-text.ts';

/**
 * The texts: one, but for several choices.
 *
 * @throws DataverseFault for a value that has none
 */
export function valueTexts(value: unknown): readonly string[] {
  if (value instanceof OptionSetValueCollection) return value.values.map(String);
  return [textOf(value)];
}

function textOf(value: unknown): string {
  if (typeof value === 'string' && isXmlText(value)) return value;
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value instanceof OptionSetValue || value instanceof Money) return String(value.value);
  if (value instanceof EntityReference || value instanceof Entity) return value.id;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  const { message } = unexpected('value', 'a value that FetchXML can have', value);
  throw new DataverseFault('InvalidArgument', message);
}

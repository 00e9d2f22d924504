/** autoNumber: the value of a column that numbers its records itself. */
import { PropertyToken } from '../context/property-bag.ts';
import type { OrganizationContext, RequestContext } from '../context/request-context.ts';
import { dateText } from '../formatting/date-pattern.ts';
import { userZone } from '../formatting/user-zone.ts';

/** A column that numbers its records. */
export interface NumberedColumn {
  readonly logicalName: string;
  readonly column: string;
  /** `{SEQNUM:5}`, `{RANDSTRING:6}`, `{DATETIMEUTC:yyyyMMdd}`, `{DATETIMELOCAL:yyyyMMdd}`, and text around them. */
  readonly format: string;
}

const SEQUENCES = new PropertyToken<Map<string, number>>(
  'the last numbers of columns that number their records',
);
const FIRST = 1000;
const PLACEHOLDER = /\{(SEQNUM|RANDSTRING|DATETIMEUTC|DATETIMELOCAL):([^{}]+)\}/g;
/** Letters and digits that nobody takes for each other. */
const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const MOST_LETTERS = 6;

/** The next value of a column. Each organization counts for itself, and what was counted once stays so, also if the record is not made. */
export function autoNumber(
  column: NumberedColumn,
  { context, caller }: Pick<RequestContext, 'context' | 'caller'>,
): string {
  return column.format.replace(PLACEHOLDER, (_, kind: string, detail: string) => {
    if (kind === 'SEQNUM') return String(nextNumber(column, context)).padStart(Number(detail), '0');
    if (kind === 'RANDSTRING') return randomText(Number(detail), context.random);
    const now = context.clock.wall();
    const local = kind === 'DATETIMEUTC' ? now : userZone(context, caller).localOf(now);
    return dateText(local, { pattern: detail, locale: context.locale });
  });
}

/** Says which number comes next in a column that numbers its records. */
export function seedAutoNumber(
  context: OrganizationContext,
  { logicalName, column, next }: Omit<NumberedColumn, 'format'> & { readonly next: number },
): void {
  sequencesOf(context).set(`${logicalName}.${column}`, next - 1);
}

function nextNumber({ logicalName, column }: NumberedColumn, context: OrganizationContext): number {
  const sequences = sequencesOf(context);
  const name = `${logicalName}.${column}`;
  const next = (sequences.get(name) ?? FIRST - 1) + 1;
  sequences.set(name, next);
  return next;
}

function sequencesOf(context: OrganizationContext): Map<string, number> {
  if (!context.hasProperty(SEQUENCES)) context.setProperty(SEQUENCES, new Map());
  return context.getProperty(SEQUENCES);
}

function randomText(length: number, random: () => number): string {
  const count = Math.min(length, MOST_LETTERS);
  return Array.from(
    { length: count },
    () => LETTERS[Math.floor(random() * LETTERS.length)] as string,
  ).join('');
}

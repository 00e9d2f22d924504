/** Joins: each link is a step, which for the rows that stand before it goes through those that belong to them. */
import {
  type FilterTree,
  type GroupNode,
  type JoinedTest,
  together,
} from '../query/compiled-filter.ts';
import type { Link } from '../query/query.ts';
import type { Guid } from '../records/guid.ts';
import { type Cell, keyOf } from '../store/cell.ts';
import type { Row } from '../store/row.ts';
import type { Table } from '../store/table.ts';
import { type Access, accessFor, type AccessScope, fewer, keyWay } from './access.ts';

/** Rows that belong together, as they are put together. */
export type Joining = (Row | undefined)[];

/** Goes on with rows that have been joined; `false` ends all. */
export type Walk = (rows: Joining) => boolean;

/** A link, with what follows from it. */
export interface JoinStep {
  readonly link: Link;
  readonly table: Table;
  readonly primaryId: string;
  readonly at: number;
  /** The place of the rows to which those of the link belong. */
  readonly parent: number;
  /** The last place of those that follow from it. */
  readonly lastAt: number;
  readonly filter: GroupNode | undefined;
  readonly steps: readonly JoinStep[];
  /** Parts of the filter outside that can be asked once all that follows from it is joined. */
  readonly after: FilterTree[];
}

/** What walks through steps, one after the other. */
export function walkOf(steps: readonly JoinStep[], done: Walk): Walk {
  return steps.reduceRight((rest, step) => stepWalk(step, rest), done);
}

function stepWalk(step: JoinStep, rest: Walk): Walk {
  const fits: JoinedTest = step.filter?.fits ?? (() => true);
  const isFine = together('and', step.after);
  const on: Walk = step.after.length ? (rows) => (isFine(rows) ? rest(rows) : true) : rest;
  const linked = linkedRows(step);
  switch (step.link.type) {
    case 'inner':
      return innerWalk(step, { fits, linked }, on);
    case 'outer':
      return outerWalk(step, { fits, linked }, on);
    case 'exists':
    case 'in':
      return existsWalk(step, { fits, linked }, on);
    case 'matchfirstrow':
      return firstWalk(step, { fits, linked }, on);
  }
}

interface Probe {
  readonly fits: JoinedTest;
  readonly linked: (rows: Joining) => Iterable<Row>;
}

function innerWalk(step: JoinStep, { fits, linked }: Probe, on: Walk): Walk {
  const { at, lastAt } = step;
  const body = walkOf(step.steps, on);
  return (rows) => {
    let goesOn = true;
    for (const row of linked(rows)) {
      rows[at] = row;
      if (fits(rows) && !body(rows)) {
        goesOn = false;
        break;
      }
    }
    rows.fill(undefined, at, lastAt + 1);
    return goesOn;
  };
}

function outerWalk(step: JoinStep, { fits, linked }: Probe, on: Walk): Walk {
  const { at, lastAt } = step;
  // A walk is never within itself.
  let hasAny = false;
  const body = walkOf(step.steps, (rows) => {
    hasAny = true;
    return on(rows);
  });
  return (rows) => {
    hasAny = false;
    let goesOn = true;
    for (const row of linked(rows)) {
      rows[at] = row;
      if (fits(rows) && !body(rows)) {
        goesOn = false;
        break;
      }
    }
    rows.fill(undefined, at, lastAt + 1);
    return goesOn && !hasAny ? on(rows) : goesOn;
  };
}

function existsWalk(step: JoinStep, { fits, linked }: Probe, on: Walk): Walk {
  const { at, lastAt } = step;
  const body = walkOf(step.steps, () => false);
  return (rows) => {
    let isFound = false;
    for (const row of linked(rows)) {
      rows[at] = row;
      isFound = fits(rows) && !body(rows);
      if (isFound) break;
    }
    rows.fill(undefined, at, lastAt + 1);
    return isFound ? on(rows) : true;
  };
}

/** The first is the one with the least id, so that it is always the same. */
function firstWalk(step: JoinStep, { fits, linked }: Probe, on: Walk): Walk {
  const { at, lastAt } = step;
  let hasAny = false;
  const body = walkOf(step.steps, (rows) => {
    hasAny = true;
    return on(rows);
  });
  return (rows) => {
    hasAny = false;
    let goesOn = true;
    const sorted = [...linked(rows)].sort((one, other) => (one.id < other.id ? -1 : 1));
    for (const row of sorted) {
      rows[at] = row;
      goesOn = !fits(rows) || body(rows);
      if (hasAny || !goesOn) break;
    }
    rows.fill(undefined, at, lastAt + 1);
    return goesOn;
  };
}

const NONE: readonly Row[] = [];

/** The rows whose column has what a column of those before has. */
function linkedRows({
  link,
  table,
  parent,
  primaryId,
}: JoinStep): (rows: Joining) => Iterable<Row> {
  const rowsOf = rowsByKey(table, link.from, primaryId);
  const { to } = link;
  return (rows) => {
    const cell = rows[parent]?.cells[to];
    return cell === undefined ? NONE : rowsOf(cell);
  };
}

/** The rows of a table by the value of a column. */
export function rowsByKey(
  table: Table,
  column: string,
  primaryId: string,
): (cell: Cell) => readonly Row[] {
  if (column === primaryId) {
    return (cell) => {
      const row = table.get(String(keyOf(cell)));
      return row ? [row] : NONE;
    };
  }
  const index = table.indexes.join(column);
  return (cell) => {
    const key = keyOf(cell);
    return key === undefined ? NONE : Array.from(index.idsOf(key), (id) => table.get(id) as Row);
  };
}

/** The way to the rows that have any linked row: from those, where there are fewer of them. Not from an outer link, without whose rows others do, too. */
export function accessByLinks(steps: readonly JoinStep[], scope: AccessScope): Access | undefined {
  let best: Access | undefined;
  for (const step of steps) {
    if (step.parent === scope.place && step.link.type !== 'outer') {
      best = fewer(best, accessByLink(step, scope));
    }
  }
  return best;
}

function accessByLink(step: JoinStep, scope: AccessScope): Access | undefined {
  const { link, table, at, primaryId } = step;
  const own = { table, place: at, primaryId, makes: scope.makes };
  const parts = step.filter?.kind === 'and' ? step.filter.parts : step.filter ? [step.filter] : [];
  const linked = fewer(accessFor(parts, own), accessByLinks(step.steps, own));
  if (!linked || linked.rows * 2 > scope.table.size) return undefined;
  const way = keyWay(link.to, { ...scope, makes: false });
  return (
    way && {
      by: 'linked rows',
      on: `${link.entity} by ${linked.by} of ${linked.on}`,
      rows: Math.ceil(linked.rows * way.rowsPerKey),
      ids: (): Iterable<Guid> => {
        const cells = Array.from(linked.ids(), (id) => table.get(id)?.cells[link.from]);
        return way.ids(
          new Set(cells.flatMap((cell) => (cell === undefined ? [] : (keyOf(cell) ?? [])))),
        );
      },
    }
  );
}

/** State and status: a new record begins in the state in which records of its table do, and a status belongs to its state. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { StateOptionMetadata, StatusOptionMetadata } from '../metadata/attribute-metadata.ts';
import type { EntityMetadata } from '../metadata/entity-metadata.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import type { Cell } from '../store/cell.ts';
import { writeRulesOf } from './write-rules.ts';

interface States {
  readonly entity: EntityMetadata;
  readonly id: string;
}

/** Whether a column was named, be it with the value that it had. */
interface NamedStates extends States {
  isGiven(name: string): boolean;
}

type Cells = Record<string, Cell>;

const STATE = 'statecode';
const STATUS = 'statuscode';

/**
 * Puts a new record into its state.
 *
 * @throws DataverseFault for another state, or a status that does not belong to it
 */
export function addState(cells: Cells, states: States): void {
  const { state, status } = writeRulesOf(states.entity);
  if (!state) return;
  const [first] = state.options;
  const initial = first?.value ?? 0;
  const given = numberIn(cells, STATE) ?? initial;
  if (first && given !== initial) throw wrongState(given, states);
  cells[STATE] = new OptionSetValue(given);
  if (!status) return;
  const chosen = numberIn(cells, STATUS) ?? first?.defaultStatus ?? 1;
  checkPair(given, chosen, { ...states, statuses: status.options });
  cells[STATUS] = new OptionSetValue(chosen);
}

/**
 * Makes state and status of a changed record fit each other: who names one of them gets the other with it.
 *
 * @throws DataverseFault if both are named and do not fit, or the one may not follow what was before
 */
export function changeState(cells: Cells, before: Readonly<Cells>, states: NamedStates): void {
  const { state, status } = writeRulesOf(states.entity);
  if (!state || !status?.options.length) return;
  const { isGiven } = states;
  const old = numberIn(before, STATUS);
  const wanted = numberIn(cells, STATUS);
  const isStateNew = numberIn(cells, STATE) !== numberIn(before, STATE);
  const areBoth = isGiven(STATE) && isGiven(STATUS);
  const isStatusNamed = wanted !== old || areBoth;
  if (!isStatusNamed && !isStateNew) return;
  const chosen = isStatusNamed ? wanted : defaultStatus(numberIn(cells, STATE), state.options);
  const own = status.options.find(({ value }) => value === chosen);
  if (chosen === undefined || !own) throw wrongState(numberIn(cells, STATE), states);
  if (isStateNew || areBoth) {
    checkPair(numberIn(cells, STATE), chosen, { ...states, statuses: status.options });
  }
  checkTransition(old, chosen, { ...states, statuses: status.options });
  cells[STATE] = new OptionSetValue(own.state);
  cells[STATUS] = new OptionSetValue(chosen);
}

interface Statuses extends States {
  readonly statuses: readonly StatusOptionMetadata[];
}

function checkPair(state: number | undefined, status: number, { statuses, ...of }: Statuses): void {
  const own = statuses.find(({ value }) => value === status);
  if (!statuses.length || own?.state === state) return;
  throw new DataverseFault(
    'InvalidStateCodeStatusCode',
    `${status} is not a valid status code for state code ${state}State on ${of.entity.logicalName} with Id ${of.id}.`,
  );
}

function checkTransition(
  from: number | undefined,
  to: number,
  { statuses, ...of }: Statuses,
): void {
  if (!of.entity.enforceStateTransitions || from === to) return;
  const allowed = statuses.find(({ value }) => value === from)?.transitions;
  if (allowed === undefined || allowed.includes(to)) return;
  throw new DataverseFault(
    'InvalidStateCodeStatusCode',
    `Status code ${to} may not follow ${from} on ${of.entity.logicalName} with Id ${of.id}.`,
  );
}

function wrongState(state: number | undefined, { entity, id }: States): DataverseFault {
  return new DataverseFault(
    'InvalidStateCodeStatusCode',
    `${state} is not a valid state code on ${entity.logicalName} with Id ${id}.`,
  );
}

function defaultStatus(
  state: number | undefined,
  states: readonly StateOptionMetadata[],
): number | undefined {
  return states.find(({ value }) => value === state)?.defaultStatus;
}

function numberIn(cells: Readonly<Cells>, name: string): number | undefined {
  const cell = cells[name];
  return cell instanceof OptionSetValue ? cell.value : undefined;
}

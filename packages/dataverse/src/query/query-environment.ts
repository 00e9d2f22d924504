/** QueryEnvironment: who asks, when and where: what relative dates and conditions about users depend on. */
import { MOST_ON_PAGE } from '../paging/page-size.ts';
import type { Clock } from '@interpose/kernel';
import { checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { type Caller, effectiveUser } from '../context/caller.ts';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import type { MetadataBook } from '../metadata/metadata-book.ts';
import type { Guid } from '../records/guid.ts';
import { OptionSetValue } from '../records/option-set-value.ts';
import type { Cell } from '../store/cell.ts';
import type { Store } from '../store/store.ts';
import { dateZone, type DateZone, type LocalMs } from './date-zone.ts';
import { zoneOfCode } from './date-zone-codes.ts';
import { FiscalCalendar, type FiscalYearSettings } from './fiscal-calendar.ts';

/** What queries go by that is the same for a whole organization. */
export interface QuerySettings {
  /** The zone of users whose settings name none, such as `Europe/Berlin`. @default 'UTC' */
  readonly timeZone?: string;
  /** @default quarters, from the first of January on */
  readonly fiscalYear?: FiscalYearSettings;
  /** The day on which weeks begin; 0 is Sunday. @default 0 */
  readonly firstDayOfWeek?: number;
  /** The language of users whose settings name none, as a number of Windows. @default 1033 */
  readonly languageCode?: number;
  /** Whether conditions that begin with `not` fit what is empty. @default true */
  readonly neIncludesNull?: boolean;
  /** How many records come at once at most, 1 to 5000; fewer let tests see more pages. @default 5000 */
  readonly maxRetrieveCount?: number;
}

/** The name of the property of an organization that has its fiscal year settings, if they are not among its options. */
export const FISCAL_YEAR_SETTINGS = 'FiscalYearSettings';

/**
 * Makes sure that settings make sense.
 *
 * @throws TypeError or RangeError if not
 */
export function checkQuerySettings(settings: QuerySettings): QuerySettings {
  if (typeof settings !== 'object' || settings === null) {
    throw unexpected('query', 'the settings of queries', settings);
  }
  const { timeZone = 'UTC', fiscalYear, firstDayOfWeek = 0, languageCode = 1033 } = settings;
  dateZone(timeZone);
  const calendar = new FiscalCalendar(fiscalYear);
  if (checkWhole('firstDayOfWeek', firstDayOfWeek) > 6) {
    throw outOfRange('firstDayOfWeek', 'a day of the week, 0 to 6', firstDayOfWeek);
  }
  checkWhole('languageCode', languageCode, 1);
  const { maxRetrieveCount = MOST_ON_PAGE } = settings;
  if (checkWhole('maxRetrieveCount', maxRetrieveCount, 1) > MOST_ON_PAGE) {
    throw outOfRange('maxRetrieveCount', `at most ${MOST_ON_PAGE}`, maxRetrieveCount);
  }
  return { ...settings, fiscalYear: { ...fiscalYear, periodType: calendar.periodType } };
}

/** What an environment is made of. */
export interface QueryWorld {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly clock: Clock;
  readonly querySettings: QuerySettings;
  hasProperty(name: string): boolean;
  getProperty<T>(name: string): T;
}

/** The environment of one query: it asks the clock once, and the store for what is needed only. */
export class QueryEnvironment {
  readonly store: Store;
  readonly metadata: MetadataBook;
  readonly neIncludesNull: boolean;
  readonly firstDayOfWeek: number;
  readonly userId: Guid;
  readonly #world: QueryWorld;
  readonly #caller: Caller;
  #now: number | undefined;
  #zone: DateZone | undefined;
  #fiscal: FiscalCalendar | undefined;

  constructor(world: QueryWorld, caller: Caller) {
    this.#world = world;
    this.#caller = caller;
    this.store = world.store;
    this.metadata = world.metadata;
    this.userId = effectiveUser(caller).id;
    this.neIncludesNull = world.querySettings.neIncludesNull ?? true;
    this.firstDayOfWeek = world.querySettings.firstDayOfWeek ?? 0;
  }

  /** The moment of the query. */
  get now(): number {
    this.#now ??= this.#world.clock.wall();
    return this.#now;
  }

  /** The moment of the query as the user's clock shows it. */
  get localNow(): LocalMs {
    return this.zone.localOf(this.now);
  }

  /** The zone of the user. */
  get zone(): DateZone {
    this.#zone ??= dateZone(this.#zoneName());
    return this.#zone;
  }

  /** The fiscal years of the organization. */
  get fiscal(): FiscalCalendar {
    this.#fiscal ??= new FiscalCalendar(
      this.#world.hasProperty(FISCAL_YEAR_SETTINGS)
        ? this.#world.getProperty<FiscalYearSettings>(FISCAL_YEAR_SETTINGS)
        : this.#world.querySettings.fiscalYear,
    );
    return this.#fiscal;
  }

  /** The language of the user. */
  get languageCode(): number {
    const own = numberIn(this.#settingOf('uilanguageid'));
    return own ?? this.#world.querySettings.languageCode ?? 1033;
  }

  /** The business unit of the user: that of the record of the user, if there is one. */
  get businessUnitId(): Guid {
    const own = this.store.table('systemuser').get(this.userId)?.cells['businessunitid'];
    return idIn(own) ?? this.#caller.businessUnitId.id;
  }

  #zoneName(): string {
    const code = numberIn(this.#settingOf('timezonecode'));
    if (code === undefined) return this.#world.querySettings.timeZone ?? 'UTC';
    const name = zoneOfCode(code);
    if (name !== undefined) return name;
    throw new DataverseFault(
      'InvalidArgument',
      `The user settings of ${this.userId} have the time zone code ${code}, which stands for no zone that is known here.`,
    );
  }

  /** User settings have the id of their user, or name him. */
  #settingOf(column: string): Cell | undefined {
    const table = this.store.table('usersettings');
    if (!table.size) return undefined;
    const own = table.get(this.userId);
    if (own) return own.cells[column];
    for (const id of table.index('systemuserid').idsOf(this.userId)) {
      return table.get(id)?.cells[column];
    }
    return undefined;
  }
}

/** The id that a cell refers to. */
export function idIn(cell: Cell | undefined): Guid | undefined {
  if (typeof cell === 'string') return cell;
  return typeof cell === 'object' && 'id' in cell ? cell.id : undefined;
}

function numberIn(cell: Cell | undefined): number | undefined {
  if (cell instanceof OptionSetValue) return cell.value;
  return typeof cell === 'number' ? cell : undefined;
}

/** Tests of conditions about dates: where days, weeks and years begin and end, in which zone. */
import { describe, expect, test } from 'vitest';
import { fitting, id, organizationAt, records } from '../../test-kit/organization-of.ts';
import { DataverseFault, Entity, type Operator, type OrganizationOptions } from '../index.ts';

/** Which of some moments fit. */
function moments(
  now: string,
  operator: Operator,
  values: unknown,
  { given, ...options }: OrganizationOptions & { readonly given: readonly string[] },
): readonly string[] {
  const context = organizationAt(now, options);
  context.initialize(
    records(
      'row',
      given.map((one) => ({ at: new Date(one) })),
    ),
  );
  return fitting({ context }, 'at', operator, values).map((number) => given[number - 1] as string);
}

/** Just before a moment. */
const before = (moment: string): string => new Date(Date.parse(moment) - 1).toISOString();

/** A Wednesday. */
const NOW = '2026-05-20T15:45:30.000Z';

describe('a stretch of time begins at its first moment, and ends before the next', () => {
  test.each<[string, Operator, unknown, from: string | undefined, to: string | undefined]>([
    ['DV-28 today', 'Today', [], '2026-05-20T00:00:00Z', '2026-05-21T00:00:00Z'],
    ['DV-28 yesterday', 'Yesterday', [], '2026-05-19T00:00:00Z', '2026-05-20T00:00:00Z'],
    ['DV-28 tomorrow', 'Tomorrow', [], '2026-05-21T00:00:00Z', '2026-05-22T00:00:00Z'],
    ['DV-29 the last seven days', 'Last7Days', [], '2026-05-13T00:00:00Z', NOW],
    ['DV-29 the next seven days', 'Next7Days', [], NOW, '2026-05-28T00:00:00Z'],
    ['DV-30 the last days', 'LastXDays', 3, '2026-05-17T00:00:00Z', NOW],
    ['DV-30 the next days', 'NextXDays', '3', NOW, '2026-05-24T00:00:00Z'],
    ['DV-31 the last hours', 'LastXHours', 2, '2026-05-20T13:00:00Z', NOW],
    ['DV-31 the next hours', 'NextXHours', 2, NOW, '2026-05-20T18:00:00Z'],
    ['DV-32 the last weeks', 'LastXWeeks', 2, '2026-05-06T00:00:00Z', NOW],
    ['DV-32 the next weeks', 'NextXWeeks', 2, NOW, '2026-06-04T00:00:00Z'],
    ['DV-33 the last months', 'LastXMonths', 3, '2026-02-20T00:00:00Z', NOW],
    ['DV-33 the next months', 'NextXMonths', 3, NOW, '2026-08-21T00:00:00Z'],
    ['DV-33 the last years', 'LastXYears', 1, '2025-05-20T00:00:00Z', NOW],
    ['DV-33 the next years', 'NextXYears', 1, NOW, '2027-05-21T00:00:00Z'],
    ['DV-34 this week', 'ThisWeek', [], '2026-05-17T00:00:00Z', '2026-05-24T00:00:00Z'],
    ['DV-34 the last week', 'LastWeek', [], '2026-05-10T00:00:00Z', '2026-05-17T00:00:00Z'],
    ['DV-34 the next week', 'NextWeek', [], '2026-05-24T00:00:00Z', '2026-05-31T00:00:00Z'],
    ['DV-35 this month', 'ThisMonth', [], '2026-05-01T00:00:00Z', '2026-06-01T00:00:00Z'],
    ['DV-35 the last month', 'LastMonth', [], '2026-04-01T00:00:00Z', '2026-05-01T00:00:00Z'],
    ['DV-35 the next month', 'NextMonth', [], '2026-06-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    ['DV-36 this year', 'ThisYear', [], '2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'],
    ['DV-36 the last year', 'LastYear', [], '2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['DV-36 the next year', 'NextYear', [], '2027-01-01T00:00:00Z', '2028-01-01T00:00:00Z'],
    ['DV-37 on', 'On', '2026-05-18T13:00:00', '2026-05-18T00:00:00Z', '2026-05-19T00:00:00Z'],
    ['DV-37 on or after', 'OnOrAfter', '2026-05-18T13:00:00Z', '2026-05-18T00:00:00Z', undefined],
    ['DV-37 on or before', 'OnOrBefore', new Date(NOW), undefined, '2026-05-21T00:00:00Z'],
    ['DV-38 older than minutes', 'OlderThanXMinutes', 5, undefined, '2026-05-20T15:40:00Z'],
    ['DV-38 older than hours', 'OlderThanXHours', 5, undefined, '2026-05-20T10:00:00Z'],
    ['DV-38 older than days', 'OlderThanXDays', 5, undefined, '2026-05-15T00:00:00Z'],
    ['DV-38 older than weeks', 'OlderThanXWeeks', 1, undefined, '2026-05-13T00:00:00Z'],
    ['DV-38 older than months', 'OlderThanXMonths', 1, undefined, '2026-04-20T00:00:00Z'],
    ['DV-38 older than years', 'OlderThanXYears', 1, undefined, '2025-05-20T00:00:00Z'],
    ['DV-42 this quarter', 'ThisFiscalPeriod', [], '2026-04-01T00:00:00Z', '2026-07-01T00:00:00Z'],
    [
      'DV-43 the last quarter',
      'LastFiscalPeriod',
      [],
      '2026-01-01T00:00:00Z',
      '2026-04-01T00:00:00Z',
    ],
    [
      'DV-43 the next quarter',
      'NextFiscalPeriod',
      [],
      '2026-07-01T00:00:00Z',
      '2026-10-01T00:00:00Z',
    ],
    [
      'DV-42 this fiscal year',
      'ThisFiscalYear',
      [],
      '2026-01-01T00:00:00Z',
      '2027-01-01T00:00:00Z',
    ],
    [
      'DV-42 the last fiscal year',
      'LastFiscalYear',
      [],
      '2025-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z',
    ],
    [
      'DV-42 the next fiscal year',
      'NextFiscalYear',
      [],
      '2027-01-01T00:00:00Z',
      '2028-01-01T00:00:00Z',
    ],
    ['DV-42 the last fiscal years', 'LastXFiscalYears', 2, '2024-01-01T00:00:00Z', NOW],
    ['DV-42 the next fiscal years', 'NextXFiscalYears', 2, NOW, '2029-01-01T00:00:00Z'],
    ['DV-43 the last quarters', 'LastXFiscalPeriods', 2, '2025-10-01T00:00:00Z', NOW],
    ['DV-43 the next quarters', 'NextXFiscalPeriods', 2, NOW, '2027-01-01T00:00:00Z'],
    [
      'DV-42 in a fiscal year',
      'InFiscalYear',
      2025,
      '2025-01-01T00:00:00Z',
      '2026-01-01T00:00:00Z',
    ],
    [
      'DV-43 in a quarter',
      'InFiscalPeriodAndYear',
      [1, 2026],
      '2026-01-01T00:00:00Z',
      '2026-04-01T00:00:00Z',
    ],
    [
      'DV-44 in a quarter or before',
      'InOrBeforeFiscalPeriodAndYear',
      [1, '2026'],
      undefined,
      '2026-04-01T00:00:00Z',
    ],
    [
      'DV-44 in a quarter or after',
      'InOrAfterFiscalPeriodAndYear',
      [4, 2025],
      '2025-10-01T00:00:00Z',
      undefined,
    ],
  ])('D-81 %s', (_, operator, values, from, to) => {
    const early = '1900-01-01T00:00:00.000Z';
    const late = '2200-01-01T00:00:00.000Z';
    const given = [early, ...[from, to].flatMap((one) => (one ? [before(one), one] : [])), late];
    const wanted = [...(from ? [from] : [early]), ...(to ? [before(to)] : [late])].toSorted();
    expect(moments(NOW, operator, values, { given }).toSorted()).toEqual(wanted);
  });
});

test('DV-35 the last moment of a month that has 31 days is in it', () => {
  const given = ['2026-05-31T23:59:59.999Z', '2026-06-01T00:00:00.000Z'];
  expect(moments('2026-05-01T00:00:00Z', 'ThisMonth', [], { given })).toEqual([given[0]]);
});

test('DV-33 a month that has no such day counts from its last one', () => {
  const given = ['2026-02-27T23:59:59.999Z', '2026-02-28T00:00:00.000Z'];
  expect(moments('2026-03-31T12:00:00Z', 'LastXMonths', 1, { given })).toEqual([given[1]]);
});

test('DV-34 weeks begin when the organization says so', () => {
  const given = [
    '2026-05-17T12:00:00.000Z',
    '2026-05-18T12:00:00.000Z',
    '2026-05-24T12:00:00.000Z',
  ];
  const query = { firstDayOfWeek: 1 };
  expect(moments(NOW, 'ThisWeek', [], { given, query })).toEqual([given[1], given[2]]);
});

test('DV-39 equal compares moments, not days', () => {
  const given = ['2026-05-20T00:00:00.000Z', '2026-05-20T00:00:01.000Z'];
  expect(moments(NOW, 'Equal', '2026-05-20', { given })).toEqual([given[0]]);
});

test('DV-8 NotOn fits what is empty, unless the organization says otherwise', () => {
  for (const neIncludesNull of [true, false]) {
    const context = organizationAt(NOW, { query: { neIncludesNull } });
    context.initialize(records('row', [{ at: new Date(NOW) }, {}, { at: new Date('2020-01-01') }]));
    expect(fitting({ context }, 'at', 'NotOn', '2026-05-20')).toEqual(
      neIncludesNull ? [2, 3] : [3],
    );
  }
});

describe('DV-40 the zone', () => {
  test('is that of the organization, in which days are shorter and longer when clocks are changed', () => {
    const query = { timeZone: 'Europe/Berlin' };
    // On the 29th of March 2026 the day has 23 hours, on the 25th of October 25.
    const spring = [
      '2026-03-28T22:59:59.999Z',
      '2026-03-28T23:00:00.000Z',
      '2026-03-29T21:59:59.999Z',
      '2026-03-29T22:00:00.000Z',
    ];
    expect(moments('2026-03-29T12:00:00Z', 'Today', [], { given: spring, query })).toEqual(
      spring.slice(1, 3),
    );
    const autumn = [
      '2026-10-24T21:59:59.999Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T22:59:59.999Z',
      '2026-10-25T23:00:00.000Z',
    ];
    expect(moments('2026-10-25T12:00:00Z', 'On', '2026-10-25', { given: autumn, query })).toEqual(
      autumn.slice(1, 3),
    );
  });

  test('may leave out midnight, and then the day begins when the clock is put forward', () => {
    const query = { timeZone: 'Asia/Beirut' };
    // On the 29th of March 2026 it is one o'clock in Beirut as soon as it would have been midnight.
    const given = [
      '2026-03-28T21:59:59.999Z',
      '2026-03-28T22:00:00.000Z',
      '2026-03-29T20:59:59.999Z',
      '2026-03-29T21:00:00.000Z',
    ];
    expect(moments('2026-03-29T12:00:00Z', 'Today', [], { given, query })).toEqual(
      given.slice(1, 3),
    );
  });

  test('is the user’s own where there are settings of his', () => {
    const context = organizationAt('2026-05-20T03:00:00Z');
    context.initialize([
      ...records('row', [{ at: new Date('2026-05-20T02:00:00Z') }]),
      new Entity('usersettings', id(1), { systemuserid: id(1), timezonecode: 35 }),
      new Entity('usersettings', id(9), { systemuserid: id(2), timezonecode: 4711 }),
    ]);
    // In New York it is still the day before.
    expect(fitting({ context, user: id(1) }, 'at', 'On', '2026-05-19')).toEqual([1]);
    expect(fitting({ context, user: id(3) }, 'at', 'On', '2026-05-19')).toEqual([]);
    expect(() => fitting({ context, user: id(2) }, 'at', 'Today')).toThrow(/time zone code 4711/);
  });

  test('does not matter to columns that are kept without one', () => {
    const context = organizationAt('2026-05-20T03:00:00Z', {
      query: { timeZone: 'America/New_York' },
    });
    context.initializeMetadata([
      {
        logicalName: 'row',
        attributes: { at: { logicalName: 'at', type: 'DateTime', behavior: 'DateOnly' } },
      },
    ]);
    context.initialize(
      records('row', [{ at: new Date('2026-05-19') }, { at: new Date('2026-05-20') }]),
    );
    expect(fitting({ context }, 'at', 'Today')).toEqual([1]);
  });

  test('must be one', () => {
    expect(() => organizationAt(NOW, { query: { timeZone: 'Mars/Olympus' } })).toThrow(
      'Expected `timeZone` to be the name of a time zone, such as `Europe/Berlin`, got `Mars/Olympus` (string).',
    );
  });
});

describe('DV-42 D-91 fiscal years', () => {
  const startDate = new Date('2000-04-06');

  test.each<
    [
      FiscalType: 'Annually' | 'SemiAnnually' | 'Quarterly' | 'Monthly' | 'FourWeekPeriod',
      from: string,
      to: string,
    ]
  >([
    ['Annually', '2026-04-06', '2027-04-06'],
    ['SemiAnnually', '2026-04-06', '2026-10-06'],
    ['Quarterly', '2026-04-06', '2026-07-06'],
    ['Monthly', '2026-05-06', '2026-06-06'],
    ['FourWeekPeriod', '2026-05-04', '2026-06-01'],
  ])('are divided into periods: %s', (periodType, from, to) => {
    const given = [before(from), `${from}T00:00:00.000Z`, before(to), `${to}T00:00:00.000Z`];
    const query = { fiscalYear: { startDate, periodType } };
    expect(moments(NOW, 'ThisFiscalPeriod', [], { given, query })).toEqual(given.slice(1, 3));
  });

  test('come from a property, too, and a period of any year is found', () => {
    const context = organizationAt(NOW);
    context.setProperty('FiscalYearSettings', { startDate, periodType: 'Quarterly' });
    const given = [
      '2025-04-05T23:59:59Z',
      '2025-04-06',
      '2026-07-05T23:59:59Z',
      '2026-07-06',
      '2027-04-06',
    ];
    context.initialize(
      records(
        'row',
        given.map((one) => ({ at: new Date(one) })),
      ),
    );
    expect(fitting({ context }, 'at', 'InFiscalPeriod', 1)).toEqual([2, 3, 5]);
    expect(fitting({ context }, 'at', 'InFiscalPeriod', 4)).toEqual([1]);
    expect(() => fitting({ context }, 'at', 'InFiscalPeriod', 5)).toThrow(
      'requires a period from 1 to 4, not',
    );
  });

  test('must make sense', () => {
    expect(() =>
      organizationAt(NOW, { query: { fiscalYear: { periodType: 'Weekly' as never } } }),
    ).toThrow(TypeError);
    expect(() =>
      organizationAt(NOW, { query: { fiscalYear: { startDate: new Date('x') } } }),
    ).toThrow(TypeError);
  });
});

test('D-81 what dates cannot be counted by is refused, and what is too far away is the end of all times', () => {
  const context = organizationAt(NOW);
  context.initialize(records('row', [{ at: new Date(NOW), __proto__: { at: 1 } }]));
  const ask = (operator: Operator, values: unknown) => fitting({ context }, 'at', operator, values);
  for (const bad of [0, -1, 1.5, 'x', '', {}, Number.NaN]) {
    expect(() => ask('LastXDays', [bad])).toThrow(DataverseFault);
  }
  expect(() => ask('LastXDays', ['2 days'])).toThrow(
    "Condition operator 'LastXDays' requires a whole number, 1 or more, not '2 days'",
  );
  expect(() => ask('On', 'soon')).toThrow("Condition operator 'On' requires a date, not 'soon'");
  expect(() => ask('Today', 1)).toThrow('requires that no values are set');
  for (const far of [
    'NextXYears',
    'NextXMonths',
    'NextXFiscalYears',
    'NextXFiscalPeriods',
    'NextXWeeks',
  ] as const) {
    expect(ask(far, 2 ** 31 - 1)).toEqual([1]);
  }
  expect(ask('OlderThanXYears', 9_999_999_999)).toEqual([]);
  context.initializeMetadata([
    { logicalName: 'row', attributes: { at: { logicalName: 'at', type: 'String' } } },
  ]);
  expect(() => ask('Today', [])).toThrow("is for dates, and column 'at' is of type String.");
});

describe('where the clock is put back, and shows an hour twice', () => {
  const query = { timeZone: 'Europe/Berlin' };

  test.each<
    [string, Operator, number | readonly never[], given: readonly string[], fits: readonly string[]]
  >([
    [
      'DV-31 hours go by as they are',
      'LastXHours',
      2,
      ['2024-10-26T22:59:59.000Z', '2024-10-26T23:00:00.000Z', '2024-10-27T01:29:59.000Z'],
      ['2024-10-26T23:00:00.000Z', '2024-10-27T01:29:59.000Z'],
    ],
    [
      'DV-31 those to come, too',
      'NextXHours',
      1,
      ['2024-10-27T01:29:59.000Z', '2024-10-27T02:59:59.000Z', '2024-10-27T03:00:00.000Z'],
      ['2024-10-27T02:59:59.000Z'],
    ],
    [
      'DV-38 and those that have to have gone by',
      'OlderThanXMinutes',
      60,
      ['2024-10-27T00:29:59.000Z', '2024-10-27T00:30:00.000Z'],
      ['2024-10-27T00:29:59.000Z'],
    ],
    [
      'DV-29 what ends now ends when it is shown for the second time',
      'Last7Days',
      [],
      ['2024-10-27T00:45:00.000Z', '2024-10-27T01:29:59.000Z', '2024-10-27T01:30:00.000Z'],
      ['2024-10-27T00:45:00.000Z', '2024-10-27T01:29:59.000Z'],
    ],
  ])('D-81 %s', (_, operator, value, given, fits) => {
    expect(moments('2024-10-27T01:30:00Z', operator, value, { given, query })).toEqual(fits);
  });
});

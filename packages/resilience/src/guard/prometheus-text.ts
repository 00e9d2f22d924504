/** The figures of middleware in the text format of Prometheus. */
import type { TimeFigures } from './histogram.ts';
import type { MiddlewareMetrics } from './middleware-record.ts';

/** One line: labels and a value. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number, suffix?: string];

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'summary';
  readonly help: string;
  readonly samples: (one: MiddlewareMetrics) => readonly Sample[];
}

const QUANTILES = [
  ['0.5', 'p50'],
  ['0.95', 'p95'],
  ['0.99', 'p99'],
] as const;

const FAMILIES: readonly Family[] = [
  {
    name: 'middleware_executions_total',
    type: 'counter',
    help: 'Runs that came to an end.',
    samples: ({ name: middleware, successes, failures, ignored }) => [
      [{ middleware, outcome: 'success' }, successes],
      [{ middleware, outcome: 'failure' }, failures],
      [{ middleware, outcome: 'ignored' }, ignored],
    ],
  },
  {
    name: 'middleware_own_seconds',
    type: 'summary',
    help: 'Time in a middleware without the time in what it calls.',
    samples: ({ name, executions, ownMs }) => summary(name, executions, ownMs),
  },
  {
    name: 'middleware_total_seconds',
    type: 'summary',
    help: 'Time from entering to leaving a middleware.',
    samples: ({ name, executions, totalMs }) => summary(name, executions, totalMs),
  },
  {
    name: 'middleware_errors_total',
    type: 'counter',
    help: 'Errors that arose in a middleware, by type.',
    samples: ({ name: middleware, errors }) =>
      Object.entries(errors).map(([type, count]) => [{ middleware, type }, count]),
  },
  {
    name: 'middleware_last_execution_timestamp_seconds',
    type: 'gauge',
    help: 'When a middleware last came to an end.',
    samples: ({ name: middleware, lastExecutedAt }) =>
      lastExecutedAt === null ? [] : [[{ middleware }, lastExecutedAt / 1000]],
  },
  ...(
    [
      ['timed_out', 'timedOut', 'Runs that were timed out.'],
      ['late', 'late', 'Runs that came to an end after they had been timed out.'],
      ['blocked', 'blocked', 'Runs that blocked the thread for longer than their limit.'],
      ['skipped', 'skipped', 'Calls that went past a middleware whose circuit was open.'],
      ['rejected', 'rejected', 'Calls that were refused because a circuit was open.'],
    ] as const
  ).map(([name, key, help]): Family => ({
    name: `middleware_${name}_total`,
    type: 'counter',
    help,
    samples: ({ name: middleware, [key]: count }) => [[{ middleware }, count]],
  })),
];

function summary(middleware: string, executions: number, times: TimeFigures): readonly Sample[] {
  const quantiles = QUANTILES.map(([quantile, key]): Sample => [
    { middleware, quantile },
    times[key] / 1000,
  ]);
  return [
    ...quantiles,
    [{ middleware }, times.total / 1000, '_sum'],
    [{ middleware }, executions, '_count'],
  ];
}

/** The text that Prometheus scrapes. */
export function prometheusText(all: readonly MiddlewareMetrics[]): string {
  return FAMILIES.map(({ name, type, help, samples }) => {
    const lines = all
      .flatMap((one) => samples(one))
      .map(([labels, value, suffix = '']) => `${name}${suffix}{${textOf(labels)}} ${value}\n`);
    return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
  }).join('');
}

const textOf = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}="${escaped(value)}"`)
    .join(',');

const escaped = (value: string): string =>
  value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);

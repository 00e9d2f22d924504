/** Metrics as text: the exposition format of Prometheus 0.0.4, and OpenMetrics 1.0. */

/** Labels by name, and whatever text as their values. */
export type Labels = Readonly<Record<string, string>>;

/** One figure of a family. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
  /** Comes behind the name of the family: `bucket`, `sum` or `count` of a histogram. */
  readonly part?: 'bucket' | 'sum' | 'count';
}

/** Figures that mean the same of different things. */
export interface MetricFamily {
  /** Without `_total`, which counters get. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly description: string;
  readonly samples: readonly Sample[];
}

/** A form of the text. */
export type MetricsForm = 'prometheus' | 'openmetrics';

/** What each form is called in headers. */
export const METRICS_TYPES: Readonly<Record<MetricsForm, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** What no UTF-8 has. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The families as text. */
export function metricsText(families: readonly MetricFamily[], form: MetricsForm): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, kind, description, samples } = family;
    const full = kind === 'counter' ? `${name}_total` : name;
    const head = form === 'openmetrics' ? name : full;
    lines.push(`# HELP ${head} ${described(description, form)}`, `# TYPE ${head} ${kind}`);
    for (const { labels = {}, value, part } of samples) {
      lines.push(`${part ? `${name}_${part}` : full}${labelText(labels)} ${numberText(value)}`);
    }
  }
  if (form === 'openmetrics') lines.push('# EOF');
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const entries = Object.entries(labels);
  if (!entries.length) return '';
  return `{${entries.map(([name, value]) => `${name}="${escaped(value)}"`).join(',')}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll(LONE_SURROGATE, '\ufffd')
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('"', '\\"');
}

function described(text: string, form: MetricsForm): string {
  const safe = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return form === 'openmetrics' ? safe.replaceAll('"', '\\"') : safe;
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** Tells people what is different between two configs, a line for each change. */
import type { ConfigChange, ConfigDiff, Fate, FieldChange } from '@interpose/gateway';

const SIGNS: Readonly<Record<ConfigChange['kind'], string>> = {
  added: '+',
  removed: '-',
  changed: '~',
  moved: '>',
};

/** What becomes of what a part has learned, where that is worth a word. */
const FATES: Readonly<Partial<Record<Fate, string>>> = {
  kept: 'what it has learned is kept',
  'kept in part': 'targets that stay keep what they have learned',
  'begins anew': 'begins anew: what it has learned is lost',
  ends: 'ends with the requests that are under way',
};

/** The most characters of a value that are shown. */
const MOST_SHOWN = 60;

/** A line for each change and each value in it, and one for what stays; `no changes` if there is none. */
export function diffText({ changes, kept }: ConfigDiff): string {
  if (changes.length === 0) return 'no changes\n';
  const lines = changes.flatMap((change) => [
    headline(change),
    ...change.fields.map((field) => `    ${fieldText(field)}`),
  ]);
  return `${lines.join('\n')}\nkept as they are: ${many(kept.upstreams, 'upstream')}, ${many(kept.plugins, 'plugin')}\n`;
}

function headline({ kind, part, name, route, fate }: ConfigChange): string {
  const scope =
    part === 'plugin' ? (route === undefined ? ' of all routes' : ` of route ${route}`) : '';
  const place = kind === 'moved' ? ' stands at another place among the routes' : '';
  const words = FATES[fate];
  return `${SIGNS[kind]} ${part} ${name}${scope}${place}${words === undefined ? '' : ` (${words})`}`;
}

function fieldText(field: FieldChange): string {
  const { path, before, after } = field;
  if (!('before' in field)) return `${path}: ${shown(after)} is new`;
  if (!('after' in field)) return `${path}: ${shown(before)} is gone`;
  const [one, other] = [shown(before), shown(after)];
  return one === other ? `${path}: differs (${one})` : `${path}: ${one} → ${other}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function many(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

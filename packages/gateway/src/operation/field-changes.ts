/** Finds what differs between two values, leaf by leaf. */
import { contentKey } from '../content-key.ts';

/** One value that is not what it was. */
export interface FieldChange {
  /** The way to it: `options.limit`, `targets[1].weight`. */
  readonly path: string;
  /** What it was, as it may be shown; not there if it is new. */
  readonly before?: unknown;
  /** What it is, as it may be shown; not there if it is gone. */
  readonly after?: unknown;
}

/** A value, and the same as it may be shown: with nothing below it where it is hidden. */
export interface Showable {
  readonly whole: unknown;
  readonly shown: unknown;
}

/** Every leaf in which two values differ. Lists of texts and the like are taken whole, as one of them rarely moves alone. */
export function fieldChanges(before: Showable, after: Showable, path = ''): readonly FieldChange[] {
  if (contentKey(before.whole) === contentKey(after.whole)) return [];
  if (isMapping(before) && isMapping(after)) {
    const names = new Set([...Object.keys(before.shown), ...Object.keys(after.shown)]);
    return [...names].flatMap((name) =>
      fieldChanges(child(before, name), child(after, name), path === '' ? name : `${path}.${name}`),
    );
  }
  if (isListOfMappings(before) && isListOfMappings(after)) {
    const [old, now] = [before.shown.length, after.shown.length];
    if (old === now) {
      return before.shown.flatMap((_, at) =>
        fieldChanges(child(before, at), child(after, at), `${path}[${at}]`),
      );
    }
  }
  return [
    {
      path,
      ...(before.whole === undefined ? {} : { before: before.shown }),
      ...(after.whole === undefined ? {} : { after: after.shown }),
    },
  ];
}

interface Mapping {
  readonly whole: Readonly<Record<string, unknown>>;
  readonly shown: Readonly<Record<string, unknown>>;
}

interface ListOfMappings {
  readonly whole: readonly unknown[];
  readonly shown: readonly unknown[];
}

function child({ whole, shown }: Mapping | ListOfMappings, key: string | number): Showable {
  return { whole: whole[key as never], shown: shown[key as never] };
}

function isMapping(value: Showable): value is Mapping {
  return isPlain(value.whole) && isPlain(value.shown);
}

function isListOfMappings(value: Showable): value is ListOfMappings {
  const { whole, shown } = value;
  return Array.isArray(whole) && Array.isArray(shown) && shown.every(isPlain);
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

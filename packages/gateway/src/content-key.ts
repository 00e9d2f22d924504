/** contentKey: by what a thing that was made from a part of a config is known again when the config is read once more. */

/** What has no content to go by is known by itself. */
const known = new WeakMap<object, number>();
let count = 0;

/** The same text for the same content, in whatever order its names come. */
export function contentKey(value: unknown): string {
  if (typeof value === 'function') return identity(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  if (Array.isArray(value)) return `[${value.map(contentKey).join(',')}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return identity(value);
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${contentKey(one)}`).join(',')}}`;
}

function identity(value: object): string {
  const id = known.get(value) ?? ++count;
  known.set(value, id);
  return `#${id}`;
}

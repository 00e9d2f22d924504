/** Reads JSON as the Web API writes definitions: labels in their languages, values that come with whether they can be changed. */

/** An object of JSON. */
export type Json = Readonly<Record<string, unknown>>;

/** An object; `undefined` for anything else. */
export function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Json)
    : undefined;
}

/** The objects of a list; none if there is no list. */
export function listOf(json: Json | undefined, name: string): readonly Json[] {
  const list = json?.[name];
  if (!Array.isArray(list)) return [];
  return list.flatMap((one) => {
    const object = objectOf(one);
    return object ? [object] : [];
  });
}

/** A text that says something, as it is or as the value of a managed property. */
export function textOf(json: Json | undefined, name: string): string | undefined {
  const value = plainOf(json, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A number, as it is or as the value of a managed property. */
export function numberOf(json: Json | undefined, name: string): number | undefined {
  const value = plainOf(json, name);
  return typeof value === 'number' ? value : undefined;
}

/** True or false, as it is or as the value of a managed property. */
export function flagOf(json: Json | undefined, name: string): boolean | undefined {
  const value = plainOf(json, name);
  return typeof value === 'boolean' ? value : undefined;
}

/** The text of a label in the language of whoever asked for it, else in its first one. */
export function labelOf(label: unknown): string | undefined {
  const json = objectOf(label);
  const [first] = listOf(json, 'LocalizedLabels');
  return textOf(objectOf(json?.['UserLocalizedLabel']), 'Label') ?? textOf(first, 'Label');
}

function plainOf(json: Json | undefined, name: string): unknown {
  const value = json && Object.hasOwn(json, name) ? json[name] : undefined;
  return objectOf(value)?.['Value'] ?? value;
}

/** xmlElement: elements as text, with everything in them written so that it is read as it was. */

import { DataverseFault } from '../faults/dataverse-fault.ts';

/** What cannot stand in XML in any way: control characters, and halves of pairs. */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ['\t', '&#9;'],
  ['\n', '&#10;'],
  ['\r', '&#13;'],
]);

/**
 * Text for the inside of an element or an attribute.
 *
 * @throws DataverseFault for characters that cannot stand there
 */
export function xmlText(text: string): string {
  if (!isXmlText(text)) {
    throw new DataverseFault(
      'InvalidArgument',
      `The text ${JSON.stringify(text.slice(0, 60))} has characters that XML cannot have.`,
    );
  }
  return text.replaceAll(/[&<>"\t\n\r]/g, (character) => ESCAPES.get(character) as string);
}

/** A text in which U+FFFD stands for what cannot stand in XML. */
export const readableText = (text: string): string => text.replaceAll(FORBIDDEN, '\ufffd');

/** Whether a text can stand in XML as it is. */
export const isXmlText = (text: string): boolean => text.search(FORBIDDEN) < 0;

/** Attributes by name; those that are `undefined` are left out. */
export type XmlAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element with what stands in it, which is XML already. A name that XML cannot have is written as `plainName` reads it. */
export function xmlElement(
  name: string,
  attributes: XmlAttributes,
  inside: readonly string[] = [],
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${xmlText(String(value))}"`],
  );
  const tag = xmlName(name);
  const start = `<${tag}${written.join('')}`;
  return inside.length ? `${start}>${inside.join('')}</${tag}>` : `${start} />`;
}

/** A name with numbers for what names in XML cannot have: `a b` is `a_x0020_b`. */
const xmlName = (name: string): string =>
  name.replaceAll(/^[^A-Za-z_]|[^\w.-]|_(?=x[\da-f]{4}_)/g, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, '0');
    return `_x${code}_`;
  });

/** The name that was written so. */
export const plainName = (name: string): string =>
  name.replaceAll(/_x([\da-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );

/** PagingCookie: where a page begins and ends, as clients send it back to be given the next one. */
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { isXmlText, plainName, xmlElement } from '../fetch-xml/xml-text.ts';
import { type XmlElement, XmlError, xmlTree } from '../fetch-xml/xml-tree.ts';

/** The first and the last value of one column; `undefined` is an empty one. */
export interface CookieColumn {
  readonly first: string | undefined;
  readonly last: string | undefined;
}

/** A page and what it is bounded by. */
export interface PagingCookie {
  readonly page: number;
  /** The columns by which records are in order, the ids behind them. */
  readonly columns: ReadonlyMap<string, CookieColumn>;
}

/** How long a cookie may be. */
const MOST_CHARACTERS = 1_000_000;

/** The cookie as text. */
export function writeCookie({ page, columns }: PagingCookie): string {
  const elements = Array.from(columns, ([name, { first, last }]) =>
    xmlElement(name, {
      ...(last === undefined ? { lastnull: '1' } : { last: guarded(last) }),
      ...(first === undefined ? { firstnull: '1' } : { first: guarded(first) }),
    }),
  );
  return xmlElement('cookie', { page }, elements);
}

/**
 * The cookie that a text is.
 *
 * @throws DataverseFault if it is none
 */
export function readCookie(text: string): PagingCookie {
  const root = rootOf(text);
  const written = root.attributes.get('page')?.value ?? '';
  const page = Number(written);
  if (root.name !== 'cookie' || !/^\d{1,9}$/.test(written) || page < 1) throw noCookie();
  const columns = new Map<string, CookieColumn>();
  for (const element of root.elements) {
    columns.set(plainName(element.name), {
      first: valueOf(element, 'first'),
      last: valueOf(element, 'last'),
    });
  }
  return { page, columns };
}

function rootOf(text: string): XmlElement {
  if (typeof text !== 'string' || text.length > MOST_CHARACTERS) throw noCookie();
  try {
    return xmlTree(text);
  } catch (error) {
    if (error instanceof XmlError) throw noCookie(error);
    throw error;
  }
}

function valueOf({ attributes }: XmlElement, end: 'first' | 'last'): string | undefined {
  if (attributes.has(`${end}null`)) return undefined;
  const value = attributes.get(end)?.value;
  if (value === undefined) throw noCookie();
  return value.replaceAll(/\\u([\da-f]{4})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}

/** A text that XML cannot have is written with numbers for its characters; one with a backslash is, too, so that it is not taken for that. */
function guarded(text: string): string {
  if (isXmlText(text) && !text.includes('\\')) return text;
  return text.replaceAll(
    /[^ -[\]-~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function noCookie(cause?: Error): DataverseFault {
  return new DataverseFault(
    'InvalidArgument',
    'The paging cookie is none that was given with a page.',
    cause && { cause },
  );
}

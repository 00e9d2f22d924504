/** xmlTree: a small XML document as a tree that knows where everything stands. Document types, and with them entities, are refused. */
import { SaxesParser } from 'saxes';

/** Something of a document, and where it begins. */
export interface XmlAttribute {
  readonly value: string;
  readonly offset: number;
}

/** An element. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
  readonly elements: readonly XmlElement[];
  /** All text that stands directly in it. */
  readonly text: string;
  /** Where it begins in the text of the document. */
  readonly offset: number;
}

/** What is wrong with a document, and where. */
export class XmlError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** How deep elements may stand in one another. */
const MOST_DEPTH = 100;

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, XmlAttribute>;
  readonly elements: OpenElement[];
  text: string;
}

/**
 * The root of a document.
 *
 * @throws XmlError for what is no XML, for a document type, and for elements that stand too deep
 */
export function xmlTree(text: string): XmlElement {
  const parser = new SaxesParser();
  const open: OpenElement[] = [];
  let root: OpenElement | undefined;
  parser.on('error', ({ message }) => {
    throw new XmlError(message.replace(/^\d+:\d+: /, ''), parser.position);
  });
  parser.on('doctype', () => {
    throw new XmlError('a document type is not allowed.', parser.position);
  });
  parser.on('opentagstart', ({ name }) => {
    // The parser has read the character behind the name.
    const offset = parser.position - name.length - 2;
    if (open.length === MOST_DEPTH) {
      throw new XmlError(`elements stand more than ${MOST_DEPTH} deep.`, offset);
    }
    const element = { name, attributes: new Map(), elements: [], text: '', offset };
    open.at(-1)?.elements.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('attribute', ({ name, value }) => {
    const offset = attributeOffset(text, name, parser.position);
    open.at(-1)?.attributes.set(name, { value, offset });
  });
  const addText = (more: string): void => {
    const element = open.at(-1);
    if (element) element.text += more;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  if (root) return root;
  throw new XmlError('document must contain a root element.', text.length);
}

/** Where an attribute begins, of which is known where it ends: no value has the quotes in it that it stands in. */
function attributeOffset(text: string, name: string, end: number): number {
  const quote = text.lastIndexOf(text.charAt(end - 1), end - 2);
  return text.lastIndexOf(name, quote);
}

/** Line and column of a place in a text, as editors count them: from 1. */
export function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, Math.max(0, offset)).split(/\r\n|\r|\n/);
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

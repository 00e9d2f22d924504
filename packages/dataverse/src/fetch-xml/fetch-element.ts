/** FetchElement: an element of FetchXML whose attributes are read as what they are meant to be; every fault says where it is. */
import { nearest } from '@interpose/kernel/options';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { GRAMMAR } from './fetch-grammar.ts';
import { lineAndColumn, type XmlElement } from './xml-tree.ts';

/** The largest number that an attribute takes. */
const MOST = 2 ** 31 - 1;

const DECLARATION = /^xmlns(?::|$)/;

/** An element that has only attributes and elements which it may have. */
export class FetchElement {
  readonly name: string;
  readonly children: readonly FetchElement[];
  readonly #element: XmlElement;
  readonly #source: string;

  /** @throws DataverseFault for an element in which something stands that may not */
  constructor(element: XmlElement, source: string) {
    this.name = element.name;
    this.#element = element;
    this.#source = source;
    const rule = GRAMMAR.get(element.name);
    if (!rule) throw this.fault(`At least some node is not valid: <${shown(element.name)}>`);
    for (const [name, { offset }] of element.attributes) {
      if (rule.attributes.includes(name) || DECLARATION.test(name)) continue;
      throw this.#faultAt(offset, unknownAttribute(this.name, name, rule.attributes));
    }
    if (!rule.hasText && element.text.trim() !== '') {
      throw this.fault(`At least some node is not valid: <${this.name}> with text in it`);
    }
    this.children = element.elements.map((child) => {
      const known = new FetchElement(child, source);
      if (rule.elements.includes(child.name)) return known;
      throw known.fault(`At least some node is not valid: <${child.name}> in <${this.name}>`);
    });
  }

  /** What stands in it as text. */
  get text(): string {
    return this.#element.text;
  }

  /** The children of a name. */
  all(name: string): FetchElement[] {
    return this.children.filter((child) => child.name === name);
  }

  has(name: string): boolean {
    return this.#element.attributes.has(name);
  }

  /** The value of an attribute. */
  read(name: string): string | undefined {
    return this.#element.attributes.get(name)?.value;
  }

  /**
   * The value of an attribute that has to be there, and not be empty.
   *
   * @throws DataverseFault if it is not
   */
  required(name: string): string {
    const value = this.read(name);
    if (value !== undefined && value.trim() !== '') return value;
    throw this.fault(`At least some node is not valid: <${this.name}> without '${name}'`, name);
  }

  /**
   * The value of an attribute that is a whole number, `least` or more.
   *
   * @throws DataverseFault if it is none
   */
  whole(name: string, least: number): number | undefined {
    const value = this.read(name);
    if (value === undefined) return undefined;
    const [first = '', ...rest] = name;
    const title = `${first.toUpperCase()}${rest.join('')} attribute in ${this.name} node`;
    const number = Number(value);
    if (!/^\s*[+-]?\d+\s*$/.test(value) || Math.abs(number) > MOST) {
      throw this.fault(`${title} must be an integer`, name);
    }
    if (number < least) throw this.fault(`${title} must be ${least} or more`, name);
    return number;
  }

  /**
   * The value of an attribute that is true or false; `undefined` if it is not there.
   *
   * @throws DataverseFault if it is neither
   */
  yesOrNo(name: string): boolean | undefined {
    const value = this.read(name)?.trim().toLowerCase();
    if (value === undefined) return undefined;
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    throw this.fault(`Attribute '${name}' in ${this.name} node must be true or false`, name);
  }

  /** A fault that says where the element, or one of its attributes, is. */
  fault(message: string, attribute?: string): DataverseFault {
    const place = attribute === undefined ? undefined : this.#element.attributes.get(attribute);
    return this.#faultAt((place ?? this.#element).offset, message);
  }

  /** Runs `make`, and says of a fault of its where it is. */
  telling<T>(attribute: string, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (error instanceof DataverseFault) throw this.fault(error.message, attribute);
      throw error;
    }
  }

  #faultAt(offset: number, message: string): DataverseFault {
    const text = `${message} (${lineAndColumn(this.#source, offset)})`;
    return new DataverseFault('InvalidArgument', text);
  }
}

function unknownAttribute(element: string, name: string, known: readonly string[]): string {
  const meant = nearest(shown(name), known);
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return `At least some node is not valid: <${element}> has no attribute '${shown(name)}'${hint}`;
}

/** A name as a fault tells it: no longer than names are. */
export const shown = (name: string): string => (name.length > 60 ? `${name.slice(0, 60)}…` : name);

/** readCsdl: what a `$metadata` document says of tables, as it says it. */
import { CodedError } from '@interpose/kernel';
import { SaxesParser } from 'saxes';

/** A property that is a value. */
export interface CsdlProperty {
  readonly name: string;
  readonly type: string;
}

/** A property that leads to another table. */
export interface CsdlNavigation extends CsdlProperty {
  readonly partner: string | undefined;
  /** The property with the id of the other record, if the document says which. */
  property: string | undefined;
}

/** A type of entities. */
export interface CsdlEntityType {
  readonly name: string;
  readonly baseType: string | undefined;
  readonly isAbstract: boolean;
  readonly key: string[];
  readonly properties: CsdlProperty[];
  readonly navigation: CsdlNavigation[];
  /** The properties of its alternate keys. */
  readonly alternateKeys: string[][];
}

/** A document. */
export interface CsdlDocument {
  readonly types: ReadonlyMap<string, CsdlEntityType>;
  /** The names of sets by the names of their types. */
  readonly sets: ReadonlyMap<string, string>;
}

/** A text is no document of metadata. */
export class CsdlSyntaxError extends CodedError {
  static override readonly code: string = 'CSDL_SYNTAX';
  readonly line: number;
  readonly column: number;

  constructor(
    message: string,
    { line, column }: { readonly line: number; readonly column: number },
  ) {
    super(`Line ${line}, column ${column}: ${message}`);
    this.line = line;
    this.column = column;
  }
}

type Element = Readonly<Record<string, string>>;

/** Reads one element after the other. */
class Reader {
  readonly types = new Map<string, CsdlEntityType>();
  readonly sets = new Map<string, string>();
  hasRoot = false;
  #type: CsdlEntityType | undefined;
  #navigation: CsdlNavigation | undefined;
  /** The alternate key that is being read, as annotations nest. */
  #inAlternateKeys = false;
  #alternateKey: string[] | undefined;

  open(name: string, element: Element): void {
    this.hasRoot ||= name === 'Edmx';
    if (name === 'EntitySet') this.#addSet(element);
    if (name === 'EntityType') this.#type = this.#addType(element);
    if (!this.#type) return;
    if (name === 'PropertyRef') this.#type.key.push(element['Name'] ?? '');
    else if (name === 'Property') this.#type.properties.push(propertyOf(element));
    else if (name === 'NavigationProperty') this.#openNavigation(this.#type, element);
    else if (name === 'ReferentialConstraint' && this.#navigation) {
      this.#navigation.property = element['Property'];
    } else if (name === 'Annotation') {
      this.#inAlternateKeys = (element['Term'] ?? '').endsWith('.AlternateKeys');
    } else if (this.#inAlternateKeys) this.#openKeyPart(name, element);
  }

  close(name: string): void {
    if (name === 'EntityType') this.#type = undefined;
    else if (name === 'NavigationProperty') this.#navigation = undefined;
    else if (name === 'Annotation') this.#inAlternateKeys = false;
    else if (name === 'Collection' && this.#alternateKey?.length) {
      this.#type?.alternateKeys.push(this.#alternateKey);
      this.#alternateKey = undefined;
    }
  }

  #addSet({ Name = '', EntityType = '' }: Element): void {
    this.sets.set(plainName(EntityType), Name);
  }

  #addType({ Name = '', BaseType, Abstract }: Element): CsdlEntityType {
    const type: CsdlEntityType = {
      name: Name,
      baseType: BaseType === undefined ? undefined : plainName(BaseType),
      isAbstract: Abstract === 'true',
      key: [],
      properties: [],
      navigation: [],
      alternateKeys: [],
    };
    this.types.set(Name, type);
    return type;
  }

  #openNavigation({ navigation }: CsdlEntityType, element: Element): void {
    this.#navigation = { ...propertyOf(element), partner: element['Partner'], property: undefined };
    navigation.push(this.#navigation);
  }

  #openKeyPart(name: string, { Property, PropertyPath }: Element): void {
    if (name !== 'PropertyValue') return;
    if (Property === 'Key') this.#alternateKey = [];
    else if (Property === 'Name' && PropertyPath) this.#alternateKey?.push(PropertyPath);
  }
}

const propertyOf = ({ Name = '', Type = '' }: Element): CsdlProperty => ({
  name: Name,
  type: Type,
});

/** A name without its namespace. */
export function plainName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}

/**
 * Reads a document.
 *
 * @throws CsdlSyntaxError that says where it is none
 */
export function readCsdl(text: string): CsdlDocument {
  const reader = new Reader();
  const parser = new SaxesParser();
  const fail = (message: string): never => {
    throw new CsdlSyntaxError(message, { line: parser.line, column: parser.column });
  };
  parser.on('error', (error) => fail(error.message.replace(/^[\d:]+ */, '')));
  parser.on('doctype', () => fail('A document type is not accepted.'));
  parser.on('opentag', ({ name, attributes }) => {
    reader.open(localName(name), attributes as Element);
  });
  parser.on('closetag', ({ name }) => reader.close(localName(name)));
  parser.write(text).close();
  if (!reader.hasRoot) fail('There is no Edmx element.');
  return reader;
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

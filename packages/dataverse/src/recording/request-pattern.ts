/** RequestPattern: which of the requests that came are meant. */
import { Entity } from '../records/entity.ts';
import { EntityReference } from '../records/entity-reference.ts';
import type { RecordedRequest } from './recorded-request.ts';

/** Which requests are meant: all that fit everything that is said. */
export interface RequestPattern {
  /** @default any */
  readonly requestName?: string;
  /** @default any */
  readonly logicalName?: string;
  /** @default any */
  readonly depth?: number;
  /** Attributes that the record of the request has, among others. @default any */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** @default any */
  readonly where?: (recorded: RecordedRequest) => boolean;
}

/** Whether a request is meant. */
export function fitsPattern(recorded: RecordedRequest, pattern: RequestPattern): boolean {
  const { requestName, logicalName, depth, attributes, where } = pattern;
  return (
    (requestName === undefined || recorded.requestName === requestName) &&
    (logicalName === undefined || recorded.logicalName === logicalName) &&
    (depth === undefined || recorded.depth === depth) &&
    (attributes === undefined || hasAttributes(recorded, attributes)) &&
    (where === undefined || where(recorded))
  );
}

function hasAttributes({ request }: RecordedRequest, wanted: object): boolean {
  const target = request.parameters['Target'];
  if (!(target instanceof Entity)) return false;
  return Object.entries(wanted).every(
    ([name, value]) => target.contains(name) && isSame(target.attributes[name], value),
  );
}

/** Values are the same if everything in them is. */
function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return false;
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof EntityReference && other instanceof EntityReference) {
    return one.logicalName === other.logicalName && one.id === other.id;
  }
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => isSame(Reflect.get(one, name), Reflect.get(other, name)))
  );
}

/** What is meant, in words. */
export function patternText(pattern: string | RequestPattern): string {
  if (typeof pattern === 'string') return pattern;
  const { requestName = 'a request', logicalName, depth, attributes, where } = pattern;
  return [
    requestName,
    ...(logicalName === undefined ? [] : [`of ${logicalName}`]),
    ...(depth === undefined ? [] : [`at depth ${depth}`]),
    ...(attributes === undefined ? [] : [`with ${Object.keys(attributes).join(', ')}`]),
    ...(where === undefined ? [] : ['that fits']),
  ].join(' ');
}

/** Reads the text of an OpenAPI document into plain values, whoever wrote it. */
import { parseDocument } from 'yaml';
import { tooDeepAt } from '../config/nesting.ts';
import { below, type SpecReport } from './spec-problem.ts';

/** A mapping of a document; what is in it has yet to be looked at. */
export type SpecMap = Readonly<Record<string, unknown>>;

/** The most characters that a document may have. */
const MOST_CHARACTERS = 8 * 1024 * 1024;
const MOST_ALIASES = 100;

/** The value as a mapping, if it is one. */
export function mapOf(value: unknown): SpecMap | undefined {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as SpecMap) : undefined;
}

/** The value as text, if it is text with something in it. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** The document; nothing if it is no OpenAPI 3, and the report says why. */
export function readDocument(text: string, report: SpecReport): SpecMap | undefined {
  const document = mapOf(parsed(text, report));
  if (report.problems.length) return undefined;
  if (!document) return report.error('', 'expected an OpenAPI document (a mapping)');
  const { openapi, swagger } = document;
  if (swagger !== undefined) {
    return report.error('/swagger', 'expected OpenAPI 3, got Swagger 2; convert it first');
  }
  if (typeof openapi !== 'string' || !/^3\.\d+(?:\.\d+)?$/.test(openapi)) {
    return report.error('/openapi', `expected a version such as 3.1.0, got ${shownSpec(openapi)}`);
  }
  return document;
}

function parsed(text: string, report: SpecReport): unknown {
  if (text.length > MOST_CHARACTERS) {
    return report.error('', `expected at most ${MOST_CHARACTERS} characters, got ${text.length}`);
  }
  if (tooDeepAt(text) !== undefined) return report.error('', 'nested too deep for a document');
  const document = parseDocument(text, { prettyErrors: true, version: '1.2', logLevel: 'error' });
  const [fault] = document.errors;
  if (fault) return report.error('', `it is neither YAML nor JSON: ${firstLine(fault.message)}`);
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    return report.error('', firstLine((error as Error).message));
  }
}

const firstLine = (message: string): string => (message.split('\n')[0] as string).replace(/:$/, '');

/** A value as it can be shown in one line. */
export function shownSpec(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Follows a reference inside the document; gives what is not one back as it is. */
export function resolved(
  value: unknown,
  { document, path, report }: { document: SpecMap; path: string; report: SpecReport },
): SpecMap | undefined {
  let at = mapOf(value);
  for (let hops = 0; at && typeof at['$ref'] === 'string'; hops++) {
    const ref: string = at['$ref'];
    if (!ref.startsWith('#/') || hops > 10) {
      return report.warning(below(path, '$ref'), `left out: ${shownSpec(ref)} is not in this file`);
    }
    let found: unknown = document;
    for (const key of ref.slice(2).split('/')) {
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
      const map = mapOf(found);
      found = map && Object.hasOwn(map, name) ? map[name] : undefined;
    }
    at = mapOf(found);
  }
  return at ?? report.warning(path, 'left out: expected a mapping');
}

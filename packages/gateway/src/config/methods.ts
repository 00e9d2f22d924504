/** Reads lists of methods. */
import { METHODS } from 'node:http';
import { tells, variableSchema } from './probe.ts';
import { oneOf } from './scalar-shapes.ts';
import { listOf, type Shape } from './shape.ts';

/** A tunnel has no route, and TRACE would show what others put into the request. */
const REFUSED = new Set(['CONNECT', 'TRACE']);
const METHOD_NAMES = METHODS.filter((method) => !REFUSED.has(method));
const COMMON = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const methodName: Shape<string> = (node, report) => {
  if (tells(node, () => ({ anyOf: [{ enum: METHOD_NAMES }, variableSchema] }))) return undefined;
  const isKnown = node.kind === 'scalar' && METHOD_NAMES.includes(String(node.value));
  return oneOf(isKnown ? METHOD_NAMES : COMMON)(node, report);
};

const methods = listOf(methodName, { wanted: 'a list of methods' });

/** A list of at least one method. */
export const methodList: Shape<readonly string[]> = (node, report) => {
  if (node.kind === 'list' && node.items.length === 0) {
    report.error(
      'badValue',
      node,
      'expected at least one method; leave "methods" out for every method',
    );
  }
  return methods(node, report);
};

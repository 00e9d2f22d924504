/** depthLimit: refuses operations whose fields lie one in the other more often than they may. */
import type {
  DocumentNode,
  GraphQLError,
  OperationDefinitionNode,
  ValidationContext,
  ValidationRule,
} from 'graphql';
import { checkNames, checkWhole, unexpected } from '@interpose/kernel/options';
import { DepthAnalysis, type Heights } from './depth-analysis.ts';
import { operationsOf, titleOf } from './operation.ts';
import { checkOnReject, type OnReject, refusal } from './refusal.ts';

/** Names of fields that are not counted, nor what lies in them. */
export type IgnoredFields = readonly (string | RegExp)[];

/** Options of `depthLimit`. */
export interface DepthLimitOptions {
  /** How many fields may lie one in the other; `{ a { b } }` has 2. @default 7 */
  readonly maxDepth?: number;
  /** The same for `__schema` and `__type`, counted from there. Tools ask for the schema 15 deep. @default 20 */
  readonly maxIntrospectionDepth?: number;
  /** Fields that are not counted, nor what lies in them, by their names in the schema. @default none */
  readonly ignore?: IgnoredFields;
  /** Told of each operation that is refused. */
  readonly onReject?: OnReject;
}

interface Settings {
  readonly limits: Heights;
  readonly isIgnored: (fieldName: string) => boolean;
  readonly onReject: OnReject | undefined;
}

/**
 * A validation rule that refuses operations which go too deep. Fragments count as what stands in them; fields that
 * `@skip` or `@include` leave out for certain do not count, and neither does `__typename`.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const errors = validate(schema, document, [...specifiedRules, depthLimit({ maxDepth: 7 })]);
 */
export function depthLimit(options: DepthLimitOptions = {}): ValidationRule {
  const settings = checked(options);
  return function depthLimit(context: ValidationContext) {
    const document = context.getDocument();
    for (const error of tooDeep(document, operationsOf(document), settings)) {
      context.reportError(error);
    }
    return {};
  };
}

/**
 * How deep a document goes: its operation of that name, or the deepest. `Infinity` if a fragment is spread in itself.
 *
 * @throws TypeError for an `ignore` that is no list of names and patterns
 */
export function queryDepth(
  document: DocumentNode,
  operationName?: string | null,
  ignore: IgnoredFields = [],
): number {
  const analysis = new DepthAnalysis(document, ignoring(ignore));
  return operationsOf(document, operationName).reduce(
    (deepest, operation) => Math.max(deepest, analysis.heightsOf(operation).data),
    0,
  );
}

function checked(options: DepthLimitOptions): Settings {
  checkNames('depthLimit()', options, ['maxDepth', 'maxIntrospectionDepth', 'ignore', 'onReject']);
  const { maxDepth = 7, maxIntrospectionDepth = 20, ignore = [], onReject } = options;
  return {
    limits: {
      data: checkWhole('maxDepth', maxDepth, 1),
      introspection: checkWhole('maxIntrospectionDepth', maxIntrospectionDepth, 1),
    },
    isIgnored: ignoring(ignore),
    onReject: checkOnReject(onReject),
  };
}

function ignoring(ignore: IgnoredFields): (fieldName: string) => boolean {
  if (!Array.isArray(ignore)) throw unexpected('ignore', 'a list of names and patterns', ignore);
  const names = new Set<string>();
  const patterns: RegExp[] = [];
  for (const one of ignore as IgnoredFields) {
    if (typeof one === 'string') names.add(one);
    // A pattern that is `g` or `y` remembers where it was, and so would find every second name.
    else if (one instanceof RegExp) patterns.push(new RegExp(one, one.flags.replace(/[gy]/g, '')));
    else throw unexpected('ignore', 'a list of names and patterns', one);
  }
  return (fieldName) => names.has(fieldName) || patterns.some((pattern) => pattern.test(fieldName));
}

function tooDeep(
  document: DocumentNode,
  operations: readonly OperationDefinitionNode[],
  { limits, isIgnored, onReject }: Settings,
): readonly GraphQLError[] {
  const analysis = new DepthAnalysis(document, isIgnored);
  return operations.flatMap((operation) => {
    const heights = analysis.heightsOf(operation);
    const kind = heights.data > limits.data ? 'data' : 'introspection';
    const [found, limit] = [heights[kind], limits[kind]];
    if (found <= limit) return [];
    const isEndless = found === Infinity;
    const depth = isEndless ? 'without an end' : `${found} deep`;
    const what = kind === 'data' ? '' : ' into the schema';
    const parts = {
      message: `${titleOf(operation)} goes ${depth}${what}; ${limit} is allowed.`,
      code: 'DEPTH_LIMIT_EXCEEDED',
      operation,
      node: analysis.firstBeyond(operation, limit, kind) ?? operation,
      limit,
      found,
      figures: isEndless ? { maxDepth: limit } : { depth: found, maxDepth: limit },
    };
    return [refusal(parts, onReject)];
  });
}

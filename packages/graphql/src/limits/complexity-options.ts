/** The options of complexityLimit, checked, and what a field may be said to cost. */
import type { FieldNode, GraphQLCompositeType, GraphQLField } from 'graphql';
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { checkOnReject, type OnReject } from './refusal.ts';

/** What an estimator is given of one field of an operation. */
export interface FieldCost {
  /** The type that the field is asked of. */
  readonly type: GraphQLCompositeType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly node: FieldNode;
  /** The arguments as they were written, variables filled in and defaults as well; no names are inherited. */
  readonly args: Readonly<Record<string, unknown>>;
  /** What is asked of one item of the field. */
  readonly childComplexity: number;
  /** How many items the field is taken to have; 1 if it is no list. */
  readonly listSize: number;
  /** What the field costs by itself. */
  readonly fieldCost: number;
}

/** Gives what a field costs with all that is asked of it, or nothing, if it is for another to say. */
export type ComplexityEstimator = (field: FieldCost) => number | undefined | void;

/** What is known of the length of a list. */
export interface ListSize {
  /** How many items there are if no argument says it. */
  readonly assumedSize?: number;
  /** Arguments that say how many items are wanted; `page.first` is the one within the other. The largest counts. */
  readonly slicingArguments?: readonly string[];
  /** Lists of the object returned that have the length, instead of the field itself: `edges`. */
  readonly sizedFields?: readonly string[];
}

/** Options of `complexityLimit`. */
export interface ComplexityOptions {
  /** What an operation may cost. @default 1000 */
  readonly maxComplexity?: number;
  /** What a field costs that gives objects. @default 1 */
  readonly objectCost?: number;
  /** What a field costs that gives a scalar or an enum. @default 1 */
  readonly scalarCost?: number;
  /** How many objects a list is taken to have if nothing says it. @default 10 */
  readonly defaultListSize?: number;
  /** How many are taken to be asked for while the variable that says it is unknown, as it is to a validation rule. @default 100 */
  readonly unknownListSize?: number;
  /** Arguments that say how many are wanted, for fields of which nothing else is said. @default first, last, limit, take */
  readonly listArguments?: readonly string[];
  /** By `Type.field`: what the field itself costs, or an estimator of the field and all in it. */
  readonly costs?: Readonly<Record<string, number | ComplexityEstimator>>;
  /** By `Type.field`: how long the list is. */
  readonly listSizes?: Readonly<Record<string, number | ListSize>>;
  /** Asked in turn for each field of which `costs` says nothing; the first number counts. */
  readonly estimators?: readonly ComplexityEstimator[];
  /** Told of each operation that is refused. */
  readonly onReject?: OnReject;
}

/** Options with all defaults filled in. */
export interface ComplexitySettings {
  readonly maxComplexity: number;
  readonly objectCost: number;
  readonly scalarCost: number;
  readonly defaultListSize: number;
  readonly unknownListSize: number;
  readonly listArguments: readonly string[];
  readonly costs: ReadonlyMap<string, number | ComplexityEstimator>;
  readonly listSizes: ReadonlyMap<string, ListSize>;
  readonly estimators: readonly ComplexityEstimator[];
  readonly onReject: OnReject | undefined;
}

const OPTIONS = [
  'maxComplexity',
  'objectCost',
  'scalarCost',
  'defaultListSize',
  'unknownListSize',
  'listArguments',
  'costs',
  'listSizes',
  'estimators',
  'onReject',
];

/** Checks options, and fills in what is not said. */
export function checkedComplexity(options: ComplexityOptions, of: string): ComplexitySettings {
  checkNames(of, options, OPTIONS);
  const { listArguments = ['first', 'last', 'limit', 'take'], estimators = [] } = options;
  const costs = Object.entries(options.costs ?? {});
  for (const [name, cost] of costs) {
    checkFieldName('costs', name);
    if (typeof cost !== 'function') checkCost(`costs["${name}"]`, cost);
  }
  if (!Array.isArray(estimators) || !estimators.every((one) => typeof one === 'function')) {
    throw unexpected('estimators', 'a list of functions', estimators);
  }
  return {
    maxComplexity: checkWhole('maxComplexity', options.maxComplexity ?? 1000, 1),
    objectCost: checkCost('objectCost', options.objectCost ?? 1),
    scalarCost: checkCost('scalarCost', options.scalarCost ?? 1),
    defaultListSize: checkWhole('defaultListSize', options.defaultListSize ?? 10, 1),
    unknownListSize: checkWhole('unknownListSize', options.unknownListSize ?? 100, 1),
    listArguments: checkTexts('listArguments', listArguments),
    costs: new Map(costs),
    listSizes: new Map(
      Object.entries(options.listSizes ?? {}).map(([name, size]) => [name, checkSize(name, size)]),
    ),
    estimators,
    onReject: checkOnReject(options.onReject),
  };
}

function checkSize(field: string, size: unknown): ListSize {
  checkFieldName('listSizes', field);
  const name = `listSizes["${field}"]`;
  if (typeof size === 'number') return { assumedSize: checkWhole(name, size, 1) };
  if (typeof size !== 'object' || size === null) {
    throw unexpected(name, 'a number or an object', size);
  }
  checkNames(name, size, ['assumedSize', 'slicingArguments', 'sizedFields']);
  const { assumedSize, slicingArguments, sizedFields } = size as ListSize;
  if (assumedSize !== undefined) checkWhole(`${name}.assumedSize`, assumedSize, 1);
  if (slicingArguments) checkTexts(`${name}.slicingArguments`, slicingArguments);
  if (sizedFields) checkTexts(`${name}.sizedFields`, sizedFields);
  return size;
}

function checkFieldName(option: string, name: string): void {
  if (!/^\w+\.\w+$/.test(name)) throw outOfRange(option, 'an object by `Type.field`', name);
}

/** Checks what something costs. */
export function checkCost(name: string, value: unknown): number {
  const wanted = 'a number, 0 or more';
  if (typeof value !== 'number') throw unexpected(name, wanted, value);
  if (!Number.isFinite(value) || value < 0) throw outOfRange(name, wanted, value);
  return value;
}

function checkTexts(name: string, value: unknown): readonly string[] {
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) {
    throw unexpected(name, 'a list of names', value);
  }
  return value as readonly string[];
}

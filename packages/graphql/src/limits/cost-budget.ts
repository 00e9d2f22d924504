/** costBudget: what an operation may really cost, counted while it runs, as lists may be longer than anybody has assumed. */
import { isThenable } from '@interpose/kernel';
import { checkNames, checkWhole } from '@interpose/kernel/options';
import { unharmed } from '@interpose/kernel/unharmed';
import { getNullableType, GraphQLError, isListType, OperationTypeNode } from 'graphql';
import type { FieldContext, FieldMiddleware } from '../field-context.ts';
import { perOperation } from '../per-operation.ts';
import { checkCost } from './complexity-options.ts';
import { checkOnReject, type OnReject } from './refusal.ts';

/** Options of `costBudget`. */
export interface CostBudgetOptions {
  /** What an operation may spend; each event of a subscription has as much. @default 10_000 */
  readonly maxCost?: number;
  /** What a call of a resolver costs. @default 1 */
  readonly fieldCost?: number;
  /** What an item of a list costs that a resolver gives. @default 1 */
  readonly itemCost?: number;
  /** Told once of each operation that spends too much. */
  readonly onReject?: OnReject;
}

/** What one operation has spent. */
interface Account {
  spent: number;
  isTold: boolean;
}

/**
 * A middleware of fields that counts what they cost as they run: once an operation has spent its budget, every further field it is
 * round is an error with the code `COST_BUDGET_EXCEEDED`, and its resolver is not called. A list that passes the budget is not given out.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * const schema = fields().use(costBudget({ maxCost: 5000 })).apply(plain);
 */
export function costBudget(options: CostBudgetOptions = {}): FieldMiddleware {
  checkNames('costBudget()', options, ['maxCost', 'fieldCost', 'itemCost', 'onReject']);
  const maxCost = checkWhole('maxCost', options.maxCost ?? 10_000, 1);
  const fieldCost = checkCost('fieldCost', options.fieldCost ?? 1);
  const itemCost = checkCost('itemCost', options.itemCost ?? 1);
  const onReject = checkOnReject(options.onReject);
  const accountOf = perOperation((): Account => ({ spent: 0, isTold: false }));

  const spend = (account: Account, cost: number, ctx: FieldContext): void => {
    account.spent += cost;
    if (account.spent <= maxCost) return;
    tell(account, ctx);
    const extensions = { code: 'COST_BUDGET_EXCEEDED', maxCost };
    throw new GraphQLError(`The operation has cost more than ${maxCost}.`, { extensions });
  };
  const tell = (account: Account, { info }: FieldContext): void => {
    if (!onReject || account.isTold) return;
    account.isTold = true;
    const told = {
      code: 'COST_BUDGET_EXCEEDED',
      operationName: info.operation.name?.value,
      limit: maxCost,
      found: account.spent,
    };
    unharmed(() => onReject(told));
  };
  const counted = (value: unknown, account: Account, ctx: FieldContext): unknown => {
    if (!isListOf(ctx) || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      spend(account, value.length * itemCost, ctx);
      return value;
    }
    // What gives its items one by one is counted one by one: it may have no end.
    const each = (): void => spend(account, itemCost, ctx);
    if (Symbol.iterator in value) return passing(value as Iterable<unknown>, each);
    if (isSource(ctx) || !(Symbol.asyncIterator in value)) return value;
    return passingAsync(value as AsyncIterable<unknown>, each);
  };

  return function costBudget(ctx, next) {
    const account = accountOf(ctx);
    spend(account, fieldCost, ctx);
    const result = next();
    if (!isThenable(result)) return counted(result, account, ctx);
    return result.then((value) => counted(value, account, ctx));
  };
}

/** Whether what the field gives is a list, and not a scalar that has items. */
function isListOf({ info }: FieldContext): boolean {
  return isListType(getNullableType(info.returnType));
}

/** Whether the field may give the events of a subscription, which are not the items of its list. */
function isSource({ info }: FieldContext): boolean {
  return (
    info.operation.operation === OperationTypeNode.SUBSCRIPTION && info.path.prev === undefined
  );
}

function* passing<T>(items: Iterable<T>, each: () => void): Generator<T> {
  for (const item of items) {
    each();
    yield item;
  }
}

async function* passingAsync<T>(items: AsyncIterable<T>, each: () => void): AsyncGenerator<T> {
  for await (const item of items) {
    each();
    yield item;
  }
}

/** injectFaults: makes requests fail on purpose: the third Create, every second Update of accounts, one in ten of all. */
import { isThenable } from '@interpose/kernel';
import { checkNames, unexpected } from '@interpose/kernel/options';
import type { OrganizationMiddleware } from '../pipeline/organization-middleware.ts';
import type { OrganizationRequest } from '../requests/organization-request.ts';
import { checkFaultRule, faultOf, type FaultRule, fitsRule } from './fault-rule.ts';

/** What chance is made with. */
export interface InjectedFaultsOptions {
  /** A number from 0 to 1, without 1. @default Math.random */
  readonly random?: () => number;
}

interface Rule {
  readonly asked: FaultRule;
  readonly from: number;
  readonly times: number;
  readonly probability: number;
  came: number;
  failed: number;
}

/** Faults on purpose. */
export class InjectedFaults {
  readonly #random: () => number;
  readonly #rules: Rule[] = [];

  constructor({ random = Math.random }: InjectedFaultsOptions = {}) {
    if (typeof random !== 'function') throw unexpected('random', 'a function', random);
    this.#random = random;
  }

  /** Stands in front of what is to fail. */
  readonly middleware: OrganizationMiddleware = (ctx, next) => {
    const rule = this.#failing(ctx.request);
    if (!rule) return next();
    if (!rule.asked.afterwards) throw faultOf(rule.asked);
    const fail = (): never => {
      throw faultOf(rule.asked);
    };
    const response = next();
    return isThenable(response) ? response.then(fail) : fail();
  };

  /** How many requests have failed on purpose. */
  get count(): number {
    return this.#rules.reduce((count, { failed }) => count + failed, 0);
  }

  /**
   * Makes requests fail.
   *
   * @throws TypeError or RangeError for a rule that makes no sense
   * @example
   * faults.add({ requestName: 'Create', logicalName: 'contact', from: 3, fault: 'DuplicateRecord' });
   */
  add(rule: FaultRule): this {
    checkFaultRule(rule);
    const { from = 1, probability = 1 } = rule;
    const usual = rule.probability === undefined ? 1 : Infinity;
    const times = rule.times ?? usual;
    this.#rules.push({ asked: rule, from, times, probability, came: 0, failed: 0 });
    return this;
  }

  /** Nothing fails on purpose any more. */
  clear(): void {
    this.#rules.length = 0;
  }

  /** Every rule counts what fits it; the first whose turn it is decides. */
  #failing(request: OrganizationRequest): Rule | undefined {
    let found: Rule | undefined;
    for (const rule of this.#rules) {
      if (!fitsRule(rule.asked, request)) continue;
      rule.came++;
      if (found || rule.came < rule.from || rule.failed >= rule.times) continue;
      if (rule.probability < 1 && this.#random() >= rule.probability) continue;
      rule.failed++;
      found = rule;
    }
    return found;
  }
}

/**
 * Makes requests fail on purpose.
 *
 * @example
 * const faults = injectFaults().add({ requestName: 'Create', from: 3, fault: 'DuplicateRecord' });
 * const context = MiddlewareBuilder.new().addCrud().use(faults.middleware).useCrud().build();
 */
export function injectFaults(options: InjectedFaultsOptions = {}): InjectedFaults {
  checkNames('injectFaults', options, ['random']);
  return new InjectedFaults(options);
}

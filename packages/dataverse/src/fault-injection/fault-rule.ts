/** FaultRule: which requests fail on purpose, and with what. */
import { checkNames, checkWhole, outOfRange, unexpected } from '@interpose/kernel/options';
import { DataverseFault } from '../faults/dataverse-fault.ts';
import { FAULT_CODES, type FaultName } from '../faults/fault-codes.ts';
import { tableOf } from '../recording/recorded-request.ts';
import type { OrganizationRequest } from '../requests/organization-request.ts';

/** Which requests fail, and with what. A request fails if everything that is said fits. */
export interface FaultRule {
  /** The fault: the name of a code, or any error. */
  readonly fault: FaultName | Error;
  /** The text of the fault. @default that of the code */
  readonly message?: string;
  /** @default any */
  readonly requestName?: string;
  /** The table. @default any */
  readonly logicalName?: string;
  /** @default any */
  readonly when?: (request: OrganizationRequest) => boolean;
  /** Of the requests that fit, the first that fails; 1 is the first that comes. @default 1 */
  readonly from?: number;
  /** How many fail. @default 1, or all where `probability` is said */
  readonly times?: number;
  /** How likely each of them is to fail, from 0 to 1. @default 1 */
  readonly probability?: number;
  /** Whether it fails after it has been handled, so that it has its effect and the caller does not hear of it. @default false */
  readonly afterwards?: boolean;
}

const NAMES = [
  'fault',
  'message',
  'requestName',
  'logicalName',
  'when',
  'from',
  'times',
  'probability',
  'afterwards',
];

/** @throws TypeError or RangeError for a rule that makes no sense */
export function checkFaultRule(rule: FaultRule): void {
  checkNames('FaultRule', rule, NAMES);
  const { fault, from = 1, probability = 1, times = Infinity } = rule;
  const isKnown = typeof fault === 'string' && Object.hasOwn(FAULT_CODES, fault);
  if (!isKnown && !(fault instanceof Error)) {
    throw unexpected('fault', 'the name of a code or an error', fault);
  }
  if (typeof probability !== 'number' || !(probability >= 0 && probability <= 1)) {
    throw outOfRange('probability', 'a number from 0 to 1', probability);
  }
  if (times !== Infinity) checkWhole('times', times, 1);
  checkWhole('from', from, 1);
}

/** Whether a request is of those that a rule is for. */
export function fitsRule(
  { requestName, logicalName, when }: FaultRule,
  request: OrganizationRequest,
): boolean {
  return (
    (requestName === undefined || request.requestName === requestName) &&
    (logicalName === undefined || tableOf(request) === logicalName) &&
    (when === undefined || when(request))
  );
}

/** The fault of a rule. */
export function faultOf({ fault, message }: FaultRule): Error {
  return fault instanceof Error ? fault : new DataverseFault(fault, message);
}

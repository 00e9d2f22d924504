/** ExecuteTransactionFault: a request of a transaction failed, and nothing of the transaction stays. */
import { DataverseFault } from './dataverse-fault.ts';

/** The fault of a request within a transaction, which is its `cause`, and which of the requests it was. */
export class ExecuteTransactionFault extends DataverseFault {
  static override readonly code: string = 'EXECUTE_TRANSACTION_FAULT';
  /** Which of the requests failed; the first is 0. */
  readonly faultedRequestIndex: number;

  constructor(fault: DataverseFault, faultedRequestIndex: number) {
    const { faultName, message, traceText } = fault;
    super(faultName, message, { cause: fault, ...(traceText !== undefined && { traceText }) });
    this.faultedRequestIndex = faultedRequestIndex;
  }
}

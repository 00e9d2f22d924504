/** WebApiError: how a client of the Web API is told that something went wrong. */
import { CodedError } from '@interpose/kernel';
import { DataverseFault } from '../faults/dataverse-fault.ts';

/** An unexpected error, in the service's list of codes. */
const UNEXPECTED = 0x80040216;

/** What `Xrm.WebApi` rejects with: a number and a text. What led to it is its cause. */
export class WebApiError extends CodedError {
  static override readonly code: string = 'WEB_API';
  /** The code of the fault as a positive number: 2147746327 for 0x80040217. */
  readonly errorCode: number;
  /** The heading of the dialog in which an app shows it. */
  readonly title: string = 'Error';

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.errorCode = cause instanceof DataverseFault ? cause.errorCode >>> 0 : UNEXPECTED;
  }
}

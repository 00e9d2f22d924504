/** DataverseFault: what goes wrong in an organization, with the code, the name and the text that Dataverse has for it. */
import { CodedError } from '@interpose/kernel';
import { FAULT_CODES, type FaultName } from './fault-codes.ts';

/** What a fault carries besides its text. */
export interface FaultOptions extends ErrorOptions {
  /** What came of what led to it, for traces. @default nothing */
  readonly traceText?: string;
}

/** A failure as the organization service tells it. */
export class DataverseFault extends CodedError {
  static override readonly code: string = 'DATAVERSE_FAULT';
  /** The name that the table of codes has for it. */
  readonly faultName: FaultName;
  /** The number that the service sends, as it counts: negative for all of these. */
  readonly errorCode: number;
  readonly traceText: string | undefined;

  constructor(faultName: FaultName, message?: string, options: FaultOptions = {}) {
    const { code, text } = FAULT_CODES[faultName];
    super(message ?? text, options);
    this.faultName = faultName;
    this.errorCode = code | 0;
    this.traceText = options.traceText;
  }

  /** The number as it is written: `0x80040217`. */
  get hexCode(): string {
    return `0x${(this.errorCode >>> 0).toString(16).padStart(8, '0')}`;
  }
}

/** Thrown by middleware and plug-ins to refuse a request; its text is for the caller. */
export class InvalidPluginExecutionException extends DataverseFault {
  static override readonly code: string = 'INVALID_PLUGIN_EXECUTION';

  constructor(message?: string, options: FaultOptions = {}) {
    super('IsvAborted', message, options);
  }
}

/** The answer to a request that we have made. */
import type { IncomingBody } from '../incoming-body.ts';
import { headerOf } from '../raw-headers.ts';
import type { ResponseHead } from '../message-reader/response-head.ts';

/** An answer, whose body comes as it is read. */
export class ClientAnswer {
  readonly status: number;
  readonly version: '1.0' | '1.1';
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** The body, to be read once or cancelled; `null` if there is none. */
  readonly body: IncomingBody | null;

  constructor({ status, version, fields }: ResponseHead, body: IncomingBody | null) {
    this.status = status;
    this.version = version;
    this.rawHeaders = fields.raw;
    this.body = body;
  }

  /** The value of a header, by its name in lower case; several values are joined by a comma. */
  header(name: string): string | undefined {
    return headerOf(this.rawHeaders, name);
  }
}

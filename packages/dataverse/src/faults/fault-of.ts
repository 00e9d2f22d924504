/** faultOf: anything thrown, as a fault. */
import { DataverseFault } from './dataverse-fault.ts';

/** A fault as it is; anything else as one that has it as its cause. */
export function faultOf(error: unknown): DataverseFault {
  if (error instanceof DataverseFault) return error;
  const text = error instanceof Error ? error.message : undefined;
  return new DataverseFault('IsvUnExpected', text, { cause: error });
}

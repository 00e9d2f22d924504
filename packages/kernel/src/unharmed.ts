/** Onlookers may fail; those whom they look at must not notice. */
import { isThenable } from './middleware.ts';

/** Runs something that must not disturb its caller, now or later. */
export function unharmed(
  act: () => unknown,
  onFailure: (error: unknown) => void = reportFailure,
): void {
  try {
    const said = act();
    if (isThenable(said)) said.then(undefined, onFailure);
  } catch (error) {
    onFailure(error);
  }
}

/** Where failures of onlookers go when nobody asks for them. */
export function reportFailure(error: unknown): void {
  // oxlint-disable-next-line no-console -- the last resort: nobody else has asked for it
  console.error('An onlooker failed and was ignored:', error);
}

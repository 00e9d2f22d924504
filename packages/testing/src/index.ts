/** The front door of @interpose/testing. */
export { type Law, middlewareContract } from './contract.ts';
export type { ContractKit, ContractOptions } from './contract-options.ts';
export { BrokenLawError, ClockStuckError, ScriptEndedError, WrongOrderError } from './errors.ts';
export { type Failing, failingMiddleware, type FailingOptions } from './failing-middleware.ts';
export { type FakeClock, fakeClock, type FakeClockOptions } from './fake-clock.ts';
export { type Hanging, hangingMiddleware, type HangingOptions } from './hanging-middleware.ts';
export {
  type Mock,
  type MockMiddleware,
  mockMiddleware,
  type Spy,
  spy,
} from './mock-middleware.ts';
export type { Onlooker } from './onlooker.ts';
export { pending, type Pending } from './pending.ts';
export { type Recorder, recorder, type RecorderOptions, type Snapshot } from './recorder.ts';
export { seededRandom } from './seeded-random.ts';
export { settle } from './settle.ts';
export {
  always,
  type PlainStep,
  type Step,
  type StubCall,
  type StubHandler,
  stubHandler,
} from './stub-handler.ts';
export { TestContext } from './test-context.ts';
export { type MiddlewareFacts, type MiddlewareReport, testMiddleware } from './test-middleware.ts';

/** Tests of plugins and configs: one phase, all phases, a whole gateway in memory, and one on a real port. */
export type { FakeRequest, MemoryAnswer } from './testing/memory-exchange.ts';
export { MemoryExchange } from './testing/memory-exchange.ts';
export {
  memoryGateway,
  type MemoryGateway,
  type MemoryGatewayOptions,
  type OpenRequest,
  type TestAnswer,
} from './testing/memory-gateway.ts';
export { type KeptEntry, memoryLogger, type MemoryLogger } from './testing/memory-logger.ts';
export type { TestConfig } from './testing/test-config.ts';
export {
  type PhaseRun,
  type RunOptions,
  type Testable,
  type TestedPlugin,
  testPlugin,
  type TestPluginOptions,
} from './testing/test-plugin.ts';
export { type RunningGateway, withGateway } from './testing/with-gateway.ts';

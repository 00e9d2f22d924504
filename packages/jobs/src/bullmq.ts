/** The entry @interpose/jobs/bullmq: the same jobs on Redis, Valkey or Postgres. */
export { bullmq } from './bullmq-driver/bullmq-driver.ts';
export type { BullmqOptions } from './bullmq-driver/bullmq-options.ts';
export { QueueUnavailableError } from './bullmq-driver/errors.ts';
export { type BullJobInHand, bullJobOf } from './bullmq-driver/native-job.ts';
export type { RedisKeyStoreOptions } from './bullmq-driver/redis-key-options.ts';
export { type RedisKeyStore, redisKeyStore } from './bullmq-driver/redis-key-store.ts';

/** BullMQ on a real Redis keeps what every driver owes. */
import { afterAll, beforeAll, describe } from 'vitest';
import { bullmqKit } from '../test-kit/bullmq-kit.ts';
import { driverContract } from '../test-kit/driver-contract.ts';
import { isWithoutRedis, type RedisServer, startRedis } from '../test-kit/redis-server.ts';

describe.skipIf(isWithoutRedis)('bullmq', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  driverContract('Redis', () => bullmqKit({ connection: redis.url }));
});

/** The entry @interpose/jobs/bullmq: the same jobs on Redis, Valkey or Postgres. */
export {};

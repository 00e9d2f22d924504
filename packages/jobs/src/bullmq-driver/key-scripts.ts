/** KeyScripts: what is done to keys in Redis, each in one step, by the client that BullMQ makes of a connection. */
import { unharmed } from '@interpose/kernel/unharmed';
import { RedisConnection, type RedisClient } from 'bullmq';
import { endsWithin } from './bounded.ts';
import type { KeyOpening } from './redis-key-options.ts';

const SET = `
local function put(...)
  if ARGV[2] == '' then return redis.call('SET', KEYS[1], ARGV[1], ...) end
  return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2], ...)
end
`;

/** What can be done. */
export type KeyScript = 'set' | 'add' | 'delete' | 'swap' | 'deleteIf';

/** The arguments: the value, its time to live or nothing, and the value that is to be there. */
const SCRIPTS: Readonly<Record<KeyScript, string>> = {
  set: `${SET} put() return 1`,
  add: `${SET} return put('NX') and 1 or 0`,
  delete: `return redis.call('DEL', KEYS[1])`,
  swap: `${SET}
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
put() return 1`,
  deleteIf: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
};

const commandOf = (script: string): string => `interposeKey:${script}`;

/** A client that knows the scripts. */
export class KeyScripts {
  readonly #opening: KeyOpening;
  readonly #connection: RedisConnection;
  readonly #client: Promise<RedisClient>;

  constructor(opening: KeyOpening) {
    this.#opening = opening;
    const { connection, isShared, onError } = opening;
    this.#connection = new RedisConnection(connection, { shared: isShared, blocking: false });
    this.#connection.on('error', (error: Error) => unharmed(() => onError(error) as unknown));
    this.#client = this.#connection.client.then((client) => {
      for (const [name, lua] of Object.entries(SCRIPTS)) {
        client.defineCommand(commandOf(name), { numberOfKeys: 1, lua });
      }
      return client;
    });
    // Whoever asks is told.
    this.#client.catch(() => {});
  }

  async get(name: string): Promise<string | null> {
    return (await this.#client).get(name);
  }

  async run(script: KeyScript, name: string, args: readonly string[]): Promise<boolean> {
    const client = await this.#client;
    return Number(await client.runCommand(commandOf(script), [name, ...args])) === 1;
  }

  async close(): Promise<void> {
    const { answerWithinMs } = this.#opening;
    if (!(await endsWithin(this.#connection.close(), answerWithinMs))) {
      await endsWithin(this.#connection.close(true), answerWithinMs);
    }
  }
}

/** Connected: how queues, workers and listeners of BullMQ are opened, and how they are closed though nobody answers. */
import type { BackendFactory, ConnectionOptions, IQueueBackend, Queue, QueueEvents } from 'bullmq';
import { endsWithin } from './bounded.ts';

/** What every object of BullMQ is opened with. */
export interface Connected {
  readonly connection: ConnectionOptions;
  readonly prefix?: string;
}

/** Where jobs are kept. */
export type AnyBackend = BackendFactory;

/** A queue of BullMQ, wherever it is kept. */
export type NativeQueue = Queue<unknown, unknown, string, unknown, unknown, string, IQueueBackend>;

/** The events of a queue, wherever it is kept. */
export type NativeEvents = QueueEvents<unknown, IQueueBackend>;

/** What one driver hands to all that it opens. */
export interface Opening {
  readonly connected: Connected;
  readonly backend: AnyBackend;
  /** Whether the connection is a client of the caller's, which stays open. */
  readonly isShared: boolean;
  /** How long an answer may take. */
  readonly answerWithinMs: number;
  readonly onError: (error: Error) => void;
}

interface Client {
  disconnect?(): void;
}

/** What a backend on Redis has besides. */
interface RedisClients {
  readonly client?: PromiseLike<Client>;
  readonly blockingClient?: PromiseLike<Client>;
}

/** Cuts the connections of a backend, without a word to whoever is at the other end. */
export function cut(backend: IQueueBackend, isShared: boolean): void {
  backend.close(true).catch(() => {});
  const { client, blockingClient } = backend as IQueueBackend & RedisClients;
  const ours = isShared ? [blockingClient] : [client, blockingClient];
  for (const connected of ours) {
    connected?.then(
      (open) => open.disconnect?.(),
      () => {},
    );
  }
}

/** Closes a queue or a listener, by force if nobody answers in time. */
export async function closeOrCut(
  opened: { close(): Promise<unknown>; getBackend(): IQueueBackend },
  { answerWithinMs, isShared }: Opening,
): Promise<void> {
  if (!(await endsWithin(opened.close(), answerWithinMs))) cut(opened.getBackend(), isShared);
}

/** A contender that is a file of `bench`, bundled and run by this very Node. */
import type { Contender, Kind } from './case.ts';

/** What is run, and by which name it is shown. */
export interface NodeContenderOptions {
  readonly name: string;
  /** From the folder `bench`. */
  readonly file: string;
  /** @default 'node' */
  readonly kind?: Kind;
  /** Given on the command line. @default the address of the upstream */
  readonly argument?: string;
  /** Shown beside what came of the targets. */
  readonly note?: string;
}

/** A server on Node. The first line that it prints must be its port. */
export function nodeContender(options: NodeContenderOptions): Contender {
  const { name, file, kind = 'node', argument, note } = options;
  return {
    name,
    kind,
    ...(note !== undefined && { note }),
    launch: async ({ bundled, upstreamPort }) => ({
      command: [
        process.execPath,
        await bundled(file),
        argument ?? `http://127.0.0.1:${upstreamPort}`,
      ],
    }),
  };
}

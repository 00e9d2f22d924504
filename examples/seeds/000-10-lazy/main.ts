/** Lazy resources: what is dear is loaded when a call first asks for it, for that call alone or once for all. */
import { pathToFileURL } from 'node:url';
import { type Awaitable, pipeline, type Runner } from '@interpose/kernel';
import { lazy } from '@interpose/resilience/resources';

/** What is known of a call. */
export interface Call {
  readonly user: string;
  /** A mail to judge; without one the call only asks whether anybody is there. */
  readonly mail?: string;
}

/** A connection to where mails are kept. */
export interface Database {
  knows(user: string): Promise<boolean>;
  close(): Promise<void>;
}

/** What tells spam from mail. */
export interface Model {
  predict(mail: string): 'spam' | 'mail';
}

/** Where the two come from. */
export interface Sources {
  readonly createDbConnection: () => Promise<Database>;
  readonly loadMlModel: () => Promise<Model>;
}

/**
 * Judges mails. Every call has a connection of its own, which is closed after the call; the model is loaded once, by whichever
 * call needs it first. A call that needs neither waits for neither.
 */
export function makeJudge(sources: Sources): Runner<Call, Awaitable<string>> {
  return pipeline<Call, string>()
    .use(
      lazy({
        db: { load: sources.createDbConnection, dispose: (db) => db.close() },
        mlModel: { load: sources.loadMlModel, scope: 'app' },
      }),
    )
    .handle(async (ctx) => {
      if (ctx.mail === undefined) return 'here I am';
      const db = await ctx.db.get();
      if (!(await db.knows(ctx.user))) return `who is ${ctx.user}?`;
      const model = await ctx.mlModel.get();
      return model.predict(ctx.mail);
    });
}

/** Judges a few mails, and says what is loaded and closed meanwhile. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  let connections = 0;
  const judge = makeJudge({
    async createDbConnection() {
      const id = ++connections;
      print(`  open connection ${id}`);
      return {
        knows: async (user) => user !== 'mallory',
        close: async () => print(`  close connection ${id}`),
      };
    },
    async loadMlModel() {
      print('  load the model');
      return { predict: (mail) => (mail.includes('prize') ? 'spam' : 'mail') };
    },
  });

  const calls: readonly Call[] = [
    { user: 'ada' },
    { user: 'mallory', mail: 'let me in' },
    { user: 'ada', mail: 'see you at noon' },
    { user: 'bob', mail: 'your prize is waiting' },
  ];
  for (const call of calls) {
    print(`${call.user}: ${await judge(call)}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

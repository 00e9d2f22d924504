/** Conditional middleware: each call decides, from its own context, whether a middleware runs. Skipping is not refusing. */
import { pathToFileURL } from 'node:url';
import {
  after,
  answer,
  type Awaitable,
  before,
  CodedError,
  type ContextPolicy,
  type Middleware,
  pipeline,
  type Runner,
  when,
} from '@interpose/kernel';

/** Who calls. */
export interface Session {
  readonly user: string;
  readonly role: 'admin' | 'member';
}

/** What is sensitive here: who earns how much. */
export type Salaries = Readonly<Record<string, number>>;

/** What each of the pipelines is. */
export type Report = Runner<Session, Awaitable<Salaries>>;

/** Somebody may not do what they ask for. */
export class ForbiddenError extends CodedError {
  static override readonly code: string = 'FORBIDDEN';
}

const salaries: Salaries = { ada: 7350, bob: 5120 };

/** Asked once a call, with the context of that call. */
export const isAdmin = (ctx: Session): boolean => ctx.role === 'admin';

/** Writes down who looked. */
export function audit(write: (line: string) => void): ContextPolicy<Session> {
  return before(function audit(ctx: Session) {
    write(`audit: ${ctx.user}`);
  });
}

/** Shows whole thousands only. */
export const roundOff: Middleware<Session, Salaries> = after(function roundOff(_, exact: Salaries) {
  const rounded = Object.entries(exact).map(([name, sum]) => [name, Math.round(sum / 1000) * 1000]);
  return answer(Object.fromEntries(rounded) as Salaries);
});

const refuse = before(function refuse(ctx: Session) {
  throw new ForbiddenError(`${ctx.user} may not see the salaries.`);
});

/** The middleware runs for admins and is skipped for all others, who get the salaries all the same: this guards nothing. */
export function auditedReport(write: (line: string) => void): Report {
  return pipeline<Session, Salaries>()
    .use(when(isAdmin, audit(write)))
    .handle(() => salaries);
}

/** One middleware for admins, another one for everybody else. */
export function roundedReport(write: (line: string) => void): Report {
  return pipeline<Session, Salaries>()
    .use(when(isAdmin, audit(write), roundOff))
    .handle(() => salaries);
}

/**
 * To keep somebody out, run something that refuses. The condition may be asynchronous; if it fails, the call fails with
 * that error, and the salaries stay closed.
 */
export function guardedReport(isSuspended: (user: string) => Promise<boolean>): Report {
  return pipeline<Session, Salaries>()
    .use(when((ctx) => !isAdmin(ctx), refuse))
    .use(when((ctx) => isSuspended(ctx.user), refuse))
    .handle(() => salaries);
}

/** Asks all three as an admin, as a member, and while the list of suspended users cannot be read. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const ada: Session = { user: 'ada', role: 'admin' };
  const bob: Session = { user: 'bob', role: 'member' };
  const unreadable = async (): Promise<boolean> => {
    throw new Error('the list of suspended users cannot be read');
  };
  const reports: readonly (readonly [string, Report])[] = [
    ['audited', auditedReport(print)],
    ['rounded', roundedReport(print)],
    ['guarded', guardedReport(async () => false)],
    ['guarded, list down', guardedReport(unreadable)],
  ];
  for (const [name, report] of reports) {
    for (const session of [ada, bob]) {
      const said = await Promise.resolve(session).then(report).then(JSON.stringify, String);
      print(`${name}, ${session.user}: ${said}`);
    }
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

/** Mock middleware: stands in a stack like any other, and tells afterwards what passed through it. */
import { pathToFileURL } from 'node:url';
import { type CallContext, type Composable, wrap } from '@interpose/kernel';
import { type MockMiddleware, mockMiddleware } from '@interpose/testing';

/** The function under test. Production gives it real middleware, a test gives it a mock. */
export function makeSendMail(
  ...middleware: readonly Composable[]
): (to: string) => Promise<string> {
  return wrap(
    async function sendMail(to: string): Promise<string> {
      if (!to.includes('@')) throw new Error(`"${to}" is no address`);
      return `sent to ${to}`;
    },
    ...middleware,
  );
}

/** A mock for calls of functions that give a text. */
export function mockForTexts(): MockMiddleware<CallContext, string> {
  return mockMiddleware<CallContext, string>();
}

/** Calls the function twice, and asks the mock what it has seen. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  const watched = mockForTexts();
  const sendMail = makeSendMail(watched);
  await sendMail('ada@example.com');
  await sendMail('nobody').catch(() => print('the second mail failed'));

  const { before, after, onError } = watched.mock;
  for (const [ctx] of before.calls) print(`before: ${ctx.funcName}(${ctx.args.join()})`);
  for (const [ctx, result] of after.calls) print(`after: ${ctx.funcName} gave "${result}"`);
  for (const [ctx, error] of onError.calls)
    print(`onError: ${ctx.funcName} threw ${String(error)}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

/** The request id middleware as a whole: taken over or made in access, sent back in headerFilter, written down in log. */
import { pathToFileURL } from 'node:url';
import { createRegistry, defineRegistry, type PluginModule } from '@interpose/gateway';
import { memoryGateway, type MemoryGateway } from '@interpose/gateway/testing';

/** What the phases share. */
interface Identified {
  requestId?: string;
}

/** Anything else could not be told from text of the log, or is none. */
const SAFE = /^[\w.=-]{8,128}$/;

/** The middleware of the seed; what a client sends is looked at before it is taken. */
export function makeRequestId(generateUuid: () => string): PluginModule<Identified> {
  return {
    access: {
      name: 'request_id_access',
      phase: 'access',
      handle(ctx) {
        const sent = ctx.headers.get('X-Request-ID');
        ctx.state.requestId = sent !== undefined && SAFE.test(sent) ? sent : generateUuid();
        return true;
      },
    },
    header_filter: {
      name: 'request_id_header_filter',
      phase: 'header_filter',
      handle(ctx) {
        ctx.response.headers.set('X-Request-ID', ctx.state.requestId ?? '');
        return true;
      },
    },
    log: {
      name: 'request_id_log',
      phase: 'log',
      handle(ctx) {
        ctx.logger.info({ message: `Request completed: ${ctx.state.requestId}` });
        return true;
      },
    },
  };
}

/** A gateway with the middleware, priority 10 in each phase; `/secret` is refused. */
export async function start(generateUuid: () => string): Promise<MemoryGateway> {
  const at = { priority: 10 };
  const registry = createRegistry();
  await registry.registerAll(
    defineRegistry({
      request_id: {
        module: makeRequestId(generateUuid),
        multi_phase: true,
        phases: { access: at, header_filter: at, log: at },
      },
      guard: {
        module: { phase: 'access', handle: (ctx) => ctx.path !== '/secret' },
        priority: 20,
        after: 'request_id',
      },
    }),
  );
  const respond = { status: 200, body: 'OK' };
  const routes = [{ name: 'all', path: '/*', plugins: [], respond }];
  return memoryGateway({ routes }, { registry });
}

/** A request with an id, one without, one with something else, and one that is refused. */
export async function main(print: (line: string) => void = console.log): Promise<void> {
  let made = 0;
  await using gateway = await start(() => `made-here-${++made}`);
  const ask = async (path: string, id?: string): Promise<void> => {
    const headers = id === undefined ? {} : { 'X-Request-ID': id };
    const { status, headers: answered, log } = await gateway.send({ path, headers });
    const completed = log.find(({ level }) => level === 'info')?.['message'];
    print(`${status} | X-Request-ID: ${answered.get('X-Request-ID')} | ${String(completed)}`);
  };
  await ask('/', 'client-sent-1');
  await ask('/');
  await ask('/', 'no id; rm -rf');
  await ask('/secret');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();

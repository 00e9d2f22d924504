/** Our server. */
import { createServer, type Exchange } from '@interpose/wire';

const JSON_HEADERS: readonly string[] = ['Content-Type', 'application/json'];

async function answerLength(exchange: Exchange): Promise<void> {
  const body = await exchange.body?.bytes();
  exchange.answer(200, JSON_HEADERS, JSON.stringify({ length: body?.length }));
}

const server = createServer((exchange) => {
  if (exchange.method === 'GET' && exchange.target === '/hello') {
    exchange.answer(200, JSON_HEADERS, JSON.stringify({ hello: 'world' }));
    return undefined;
  }
  if (exchange.method === 'POST' && exchange.target === '/length') return answerLength(exchange);
  exchange.answer(404, []);
  return undefined;
});
await server.listen({ host: '127.0.0.1', port: 0 });
if (server.address && 'port' in server.address) process.stdout.write(`${server.address.port}\n`);

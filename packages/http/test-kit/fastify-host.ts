/** Fastify under the contract of the adapters. */
import { Readable } from 'node:stream';
import fastify from 'fastify';
import { contextOf, fastifyMiddleware, toFastify } from '../src/adapters/fastify.ts';
import {
  endless,
  type Host,
  type HostSetup,
  listening,
  pieces,
  type RunningHost,
} from './host-kit.ts';

/** Fastify. */
export const fastifyHost: Host = {
  name: 'fastify',
  handlesErrors: true,
  keepsHeadersOnErrors: true,
  canParse: false,
  at: (path) => ({ at: path }),
  start,
};

async function start({ app, at, mount, around }: HostSetup): Promise<RunningHost> {
  const host = fastify({ forceCloseConnections: true });
  host.setErrorHandler((error: Error, _request, reply) => {
    void reply.code(418).header('X-Host-Error', '1').send({ handled: error.message });
  });
  host.setNotFoundHandler((_request, reply) => reply.code(404).send('the host has nothing'));
  if (around) void host.register(fastifyMiddleware(...around));
  if (app) void host.register(toFastify(app, mount), at === undefined ? {} : { prefix: at });
  void host.register((own, _options, done) => {
    own.get('/host/json', (_request, reply) =>
      reply
        .header('X-Host', '1')
        .header('Set-Cookie', 'host=1')
        .header('Set-Cookie', 'second=2')
        .header('Vary', 'Origin')
        .send({ host: true }),
    );
    own.post('/host/echo', (request) => ({ got: request.body }));
    own.get('/host/stream', (_request, reply) => reply.send(Readable.from(pieces(3))));
    own.get('/host/large', (_request, reply) => reply.send(Readable.from(pieces(64, 65_536))));
    own.get('/host/events', (_request, reply) =>
      reply.type('text/event-stream').send(Readable.from(endless('fastify'))),
    );
    own.get('/host/empty', (_request, reply) => reply.code(204).send());
    own.get('/host/show', (request) => request.headers['x-given'] ?? 'nothing');
    own.get('/host/context', (request) => contextOf(request)?.requestId ?? 'none');
    own.get('/host/never', () => new Promise(() => {}));
    own.get('/host/error', () => {
      throw new Error('the host failed');
    });
    done();
  });
  await host.listen({ host: '127.0.0.1', port: 0 });
  const running = await listening(host.server);
  return { ...running, [Symbol.asyncDispose]: () => host.close() };
}

/** Adapter for Fastify: an app as a plugin, middleware of ours as hooks. */
import { contextOf as contextOfRequest } from '../hosts/host-context.ts';
import type { HttpContext } from '../context/context.ts';
import { stackOf, type StackOptions, type StackParts } from '../hosts/http-stack.ts';
import { type Hosted, type MountOptions, Mounting } from '../hosts/mounting.ts';
import { answerInFastify } from '../node-host/fastify-answer.ts';
import type {
  FastifyInstance,
  FastifyPlugin,
  FastifyReply,
  FastifyRequest,
} from '../node-host/fastify-parts.ts';
import { FastifyRound } from '../node-host/fastify-round.ts';

export type {
  FastifyInstance,
  FastifyPlugin,
  FastifyReply,
  FastifyRequest,
  Hosted,
  MountOptions,
  StackOptions,
  StackParts,
};

type Done = (error?: unknown, payload?: unknown) => void;

/** Our context of a request of Fastify, if middleware of ours stands round its handler. */
export function contextOf(request: FastifyRequest): HttpContext | undefined {
  return contextOfRequest(request.raw);
}

/**
 * An app as a plugin of Fastify, with the prefix that the plugin is registered with. It takes what no route of Fastify is nearer to; what
 * falls through gets Fastify's 404.
 *
 * @throws TypeError or RangeError for options that are none
 * @example
 * fastify().register(toFastify(createApp().get('/hello', () => 'hello')), { prefix: '/api' });
 */
export function toFastify(app: Hosted, options?: MountOptions): FastifyPlugin {
  const anywhere = new Mounting(app, options);
  return function interpose(instance, _options, done) {
    const { prefix } = instance;
    const mounting = anywhere.below(prefix);
    const handler = (request: FastifyRequest, reply: FastifyReply): void =>
      answerInFastify(request, reply, mounting);
    // The app reads bodies itself; here only, as a plugin is a world of its own.
    instance.removeAllContentTypeParsers();
    instance.addContentTypeParser('*', (_request: unknown, _body: unknown, parsed: Done) =>
      parsed(null),
    );
    instance.all('/*', handler);
    if (prefix) instance.all('/', handler);
    done();
  };
}

/**
 * Middleware of ours as hooks of Fastify, round all routes of the instance that it is registered in and of those inside of it. Its `next()`
 * runs what comes after the hook `onRequest`, and gives what is about to be sent at the hook `onSend`.
 *
 * @throws TypeError or RangeError for what is no middleware, and options that are none
 * @example
 * fastify().register(fastifyMiddleware(requestId(), cors())).get('/', () => ({ hello: 'world' }));
 */
export function fastifyMiddleware(...parts: StackParts): FastifyPlugin {
  const stack = stackOf(parts);
  const plugin: FastifyPlugin = function interpose(instance, _options, done) {
    const rounds = new WeakMap<FastifyRequest, FastifyRound>();
    instance.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, go: Done) => {
      const round = new FastifyRound(request, reply, stack);
      rounds.set(request, round);
      round.run(go);
    });
    instance.addHook(
      'onSend',
      (request: FastifyRequest, _reply: unknown, payload: unknown, go: Done) => {
        const round = rounds.get(request);
        if (round) round.sends(payload, go);
        else go(null, payload);
      },
    );
    instance.addHook(
      'onError',
      (request: FastifyRequest, _reply: unknown, error: unknown, go: Done) => {
        rounds.get(request)?.raise(error);
        go();
      },
    );
    instance.addHook('onResponse', (request: FastifyRequest, _reply: unknown, go: Done) => {
      rounds.get(request)?.sent();
      go();
    });
    done();
  };
  // Its hooks are for whoever registers it, not for itself alone.
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: 'interpose',
  });
}

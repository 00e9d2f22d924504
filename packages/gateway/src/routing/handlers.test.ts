/** Tests of routes that are answered in this process. */
import { createApp, HttpError } from '@interpose/http';
import { describe, expect, test } from 'vitest';
import { routeOf, send, startGateway } from '../../test-kit/loopback.ts';
import { createServiceRoutes, type RouteHandler } from '../index.ts';

async function startWith(handler: RouteHandler, stripPrefix?: string) {
  return startGateway(
    { routes: [routeOf({ path: '/api/*', handler: 'own', ...(stripPrefix && { stripPrefix }) })] },
    { handlers: { own: handler } },
  );
}

describe('a handler', () => {
  test('is a function whose value is the answer', async () => {
    const { url } = await startWith((ctx) => ({ path: ctx.path, params: ctx.params }));
    const answer = await send(`${url}/api/a%20b`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.json).toEqual({ path: '/api/a%20b', params: { '*': 'a%20b' } });
    const later = await startWith(async (ctx) => {
      ctx.response.status = 201;
      return await ctx.body.text();
    });
    const made = await send(`${later.url}/api`, { method: 'POST', body: 'hello' });
    expect([made.status, made.text]).toEqual([201, 'hello']);
  });

  test('is an app, which sees the path without the prefix, and whose failures are told as any other', async () => {
    const app = createApp()
      .get('/users/:id', (ctx) => ({ id: ctx.params.id }))
      .get('/teapot', () => {
        throw new HttpError(418, 'Short and stout');
      });
    const { url, gateway, ended } = await startWith(app, '/api');
    const seen: unknown[] = [];
    gateway.registry.add(
      { log: { handle: (ctx) => void seen.push([ctx.path, ctx.params, ctx.outcome?.status]) } },
      { name: 'see' },
    );
    expect((await send(`${url}/api/users/7`)).json).toEqual({ id: '7' });
    const teapot = await send(`${url}/api/teapot`);
    expect([teapot.status, teapot.json['detail']]).toEqual([418, 'Short and stout']);
    const refused = await send(`${url}/api/users/7`, { method: 'PUT' });
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD']);
    expect((await send(`${url}/api/none`)).status).toBe(404);
    await ended();
    expect(seen[0]).toEqual(['/api/users/7', { '*': 'users/7' }, 200]);
    const whole = await startWith(createApp().get('/api/x', () => 'whole'));
    expect((await send(`${whole.url}/api/x`)).text).toBe('whole');
  });

  test('G-103 that throws is a 500 that says nothing of why, with the id of the request', async () => {
    for (const handler of [
      (): never => {
        throw new Error('secret');
      },
      () => Promise.reject(new Error('secret')),
      () => undefined,
    ]) {
      const { url, logger } = await startWith(handler);
      const answer = await send(`${url}/api`);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain('secret');
      expect(answer.json).toMatchObject({
        title: 'Internal Server Error',
        requestId: expect.stringMatching(/^[\w-]{36}$/),
      });
      expect(logger.messages('error')).toHaveLength(1);
    }
  });

  test('that nobody has given keeps the gateway from starting', async () => {
    const routes = [routeOf({ handler: 'own' })];
    await expect(startGateway({ routes }, { handlers: { owl: () => 'x' } })).rejects.toThrow(
      'Unknown handler of route "all" "own". Did you mean "owl"?',
    );
    await expect(startGateway({ routes }, { handlers: { own: 'x' as never } })).rejects.toThrow(
      'handler',
    );
  });
});

describe('routes of services', () => {
  const clock = { service: 'Clock', serviceId: 'clock', handler: () => 'tick' };

  test('G-100 are registered with service, id, path, method, CORS and handler', async () => {
    const services = createServiceRoutes();
    expect(services.register({ ...clock, routeId: 'now', path: '/now', method: 'get' })).toBe(true);
    services.register({
      ...clock,
      routeId: 'any',
      path: '/zones/{zone}',
      method: 'ANY',
      cors: { origins: ['https://app.example'] },
      handler: (ctx) => ctx.params['zone'],
    });
    const { url } = await startGateway(
      { routes: services.routes },
      { handlers: services.handlers },
    );
    expect((await send(`${url}/now`)).text).toBe('tick');
    expect((await send(`${url}/now`, { method: 'POST' })).status).toBe(405);
    const zone = await send(`${url}/zones/a%20b`, {
      method: 'DELETE',
      headers: { Origin: 'https://app.example' },
    });
    expect([zone.text, zone.headers['access-control-allow-origin']]).toEqual([
      'a b',
      'https://app.example',
    ]);
  });

  test('G-100 say what is missing', () => {
    const services = createServiceRoutes();
    const whole = { ...clock, routeId: 'now', path: '/now' };
    const register = (route: object) => () => services.register(route as typeof whole);
    expect(register({ ...whole, path: '' })).toThrow('Path is required');
    expect(register({ ...whole, handler: undefined })).toThrow('Route handler is required');
    expect(register({ ...whole, serviceId: '' })).toThrow('Service and route need an id each');
    expect(register({ ...whole, method: 'GET POST' })).toThrow('`method`');
    expect(register({ ...whole, path: 'now' })).toThrow('`path`');
    expect(register(whole)()).toBe(true);
    expect(register(whole)).toThrow('The service Clock has a route "now" already');
    expect(services.routes).toHaveLength(1);
  });

  test('G-105 that are not enabled are not registered', async () => {
    const services = createServiceRoutes();
    const route = { ...clock, routeId: 'now', path: '/now', enabled: false };
    expect(services.register(route)).toBe(false);
    expect([services.routes, services.handlers]).toEqual([[], {}]);
    const { url } = await startGateway(
      { routes: services.routes },
      { handlers: services.handlers },
    );
    expect((await send(`${url}/now`)).status).toBe(404);
  });
});

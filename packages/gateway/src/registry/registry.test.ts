/** Tests of the registry: what it takes, in which order it has it, and how it is switched. */
import { describe, expect, test } from 'vitest';
import { memoryLogger } from '../../test-kit/loopback.ts';
import type { GatewayContext } from '../context.ts';
import { MissingPhaseHandlerError, StartFailedError } from '../errors.ts';
import { type MiddlewareInput, STATES } from './middleware-object.ts';
import { createRegistry, type PluginRegistry } from './registry.ts';
import type { PluginModule, RegistryEntry } from './registry-entry.ts';

const pass = (): boolean => true;
const names = (
  registry: PluginRegistry,
  route: string | undefined,
  phase: 'access' | 'content' | 'log' = 'access',
): string[] => registry.getChain(route, phase).map(({ name }) => name);
const access = (name: string, more: Partial<MiddlewareInput> = {}): MiddlewareInput => ({
  name,
  phase: 'access',
  handle: pass,
  ...more,
});

describe('a middleware object', () => {
  test('G-20 G-41 has a name, a phase, a state, a handler, a priority and routes', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.use({
      name: 'example',
      phase: 'access',
      state: STATES.ACTIVE,
      handle: pass,
      priority: 7,
      routes: ['/a'],
    });
    expect(registry.getRegistry()).toEqual([
      { name: 'example', phase: 'access', priority: 7, state: 'active', scope: 'paths /a' },
    ]);
    expect(STATES).toEqual({ ACTIVE: 'active', DISABLED: 'disabled' });
  });

  test('G-20 its handler is called with itself as this', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const seen: unknown[] = [];
    const middleware = {
      name: 'self',
      phase: 'access' as const,
      handle(this: unknown) {
        seen.push(this);
      },
    };
    registry.use(middleware);
    await registry.run('/', 'access', { path: '/' } as GatewayContext);
    expect(seen).toEqual([middleware]);
    expect(seen[0]).toBe(middleware);
  });

  test.each([
    ['a text', 'x', 'Middleware must be a table, got: string'],
    ['nothing', undefined, 'Middleware must be a table, got: undefined'],
    ['null', null, 'Middleware must be a table, got: null'],
    ['a list', [], 'Middleware must be a table, got: array'],
    ['a function', pass, 'Middleware must be a table, got: function'],
    ['no handler', { name: 'a' }, 'Middleware must have a handle function'],
    ['a handler that is none', { name: 'a', handle: 1 }, 'Middleware must have a handle function'],
    ['no name', { handle: pass }, 'Middleware name is required'],
    ['an empty name', { name: '', handle: pass }, 'Middleware name is required'],
    ['neither name nor handler', {}, 'Middleware name is required'],
    ['another state', { name: 'a', handle: pass, state: 'on' }, 'Invalid state: on'],
    [
      'a flag that is none',
      { name: 'a', handle: pass, enabled: 'yes' },
      'Middleware enabled flag must be boolean, got: string',
    ],
    [
      'a priority that is none',
      { name: 'a', handle: pass, priority: '1' },
      'Expected the priority of a to be a number, got `1` (string).',
    ],
    [
      'a route that is none',
      { name: 'a', handle: pass, routes: ['x'] },
      'Expected `path` to be a path that begins with a single slash',
    ],
  ])('G-21 with %s is refused in so many words', (_, input, message) => {
    const registry = createRegistry({ logger: memoryLogger() });
    expect(() => registry.use(input as MiddlewareInput)).toThrow(message);
    expect(registry.getRegistry()).toEqual([]);
  });

  test('G-21 one that is not there cannot be switched', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    expect(() => registry.setState('nobody', 'active')).toThrow(/^Middleware not found: nobody$/);
    registry.use(access('a'));
    expect(() => registry.setState('a', 'on' as never)).toThrow(/^Invalid state: on$/);
    expect(() => registry.setState('a:log', 'active')).toThrow(/^Middleware not found: a:log$/);
  });

  test('G-22 is active in content for all routes with priority 100 unless it says otherwise, and all of that is listed', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.use({ name: 'plain', handle: pass });
    registry.use({ name: 'off', handle: pass, enabled: false });
    expect(registry.getRegistry()).toEqual([
      { name: 'plain', phase: 'content', priority: 100, state: 'active', scope: 'all routes' },
      { name: 'off', phase: 'content', priority: 100, state: 'disabled', scope: 'all routes' },
    ]);
    expect(names(registry, '/any/path', 'content')).toEqual(['plain']);
  });

  test('G-32 is left as it was, even if nothing in it can be changed', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const middleware = Object.freeze({
      name: 'frozen',
      handle: pass,
      routes: Object.freeze(['/a']),
    });
    registry.use(middleware, 'renamed').setState('renamed', 'disabled');
    expect(middleware).toEqual({ name: 'frozen', handle: pass, routes: ['/a'] });
    expect(registry.getRegistry()).toMatchObject([{ name: 'renamed', state: 'disabled' }]);
    const module = Object.freeze({ access: Object.freeze({ name: 'part', handle: pass }) });
    const entry = Object.freeze({
      module,
      phases: Object.freeze({ access: Object.freeze({ priority: 5 }) }),
    });
    await registry.register('whole', entry);
    expect(entry).toEqual({
      module: { access: { name: 'part', handle: pass } },
      phases: { access: { priority: 5 } },
    });
  });
});

describe('the order', () => {
  test('G-23 is by priority, lower first, then by arrival, with 100 for those that say nothing', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.use(access('default one'));
    registry.use(access('late', { priority: 200 }));
    registry.use(access('hundred', { priority: 100 }));
    registry.use(access('first', { priority: -5 }));
    registry.use(access('default two'));
    expect(names(registry, '/')).toEqual([
      'first',
      'default one',
      'hundred',
      'default two',
      'late',
    ]);
  });

  test('G-23 of many with one priority is that of their arrival', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const many = Array.from({ length: 200 }, (_, index) => `m${index}`);
    for (const name of many) registry.use(access(name, { priority: 10 }));
    expect(names(registry, '/')).toEqual(many);
  });

  test('G-24 has those for all routes before those for some, whatever their priorities', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.use(access('local', { priority: 1, routes: ['/a'] }));
    registry.use(access('global late', { priority: 999 }));
    registry.use(access('local late', { priority: 500, routes: ['/a'] }));
    registry.use(access('global', { priority: 50 }));
    registry.use(access('off', { priority: 1, state: 'disabled' }));
    expect(names(registry, '/a')).toEqual(['global', 'global late', 'local', 'local late']);
    expect(names(registry, '/b')).toEqual(['global', 'global late']);
  });

  test('G-25 routes of a middleware are matched as routes are: exactly, with parameters, below a prefix', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.use(access('exact', { routes: ['/users'] }));
    registry.use(access('parameter', { routes: ['/users/:id'] }));
    registry.use(access('below', { routes: ['/users/*'] }));
    registry.use(access('either', { routes: ['/x', '/users/:id/keys'] }));
    expect(names(registry, '/users')).toEqual(['exact', 'below']);
    expect(names(registry, '/users/1')).toEqual(['parameter', 'below']);
    expect(names(registry, '/users/1/keys')).toEqual(['below', 'either']);
    expect(names(registry, '/x')).toEqual(['either']);
    expect(names(registry, '/usersx')).toEqual([]);
    expect(names(registry, undefined)).toEqual([]);
  });
});

describe('switching', () => {
  const both = (): PluginRegistry => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.add({ access: { handle: pass }, log: { handle: pass } }, { name: 'both' });
    return registry;
  };

  test('G-30 use, getChain, run, runChain, remove and reset', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(name);
    expect(registry.use(access('one', { handle: note('one') }))).toBe(registry);
    registry.use(access('ignored', { handle: note('two') }), 'two');
    registry.use(access('local', { handle: note('local'), routes: ['/a'] }));
    expect(names(registry, '/a')).toEqual(['one', 'two', 'local']);
    const ctx = { path: '/a' } as GatewayContext;
    expect(await registry.run('/b', 'access', ctx)).toBe(true);
    expect(await registry.runChain('access', ctx)).toBe(true);
    expect(seen).toEqual(['one', 'two', 'one', 'two', 'local']);
    registry.remove('one');
    expect(names(registry, '/a')).toEqual(['two', 'local']);
    registry.reset();
    expect(registry.getRegistry()).toEqual([]);
  });

  test('G-30 a state holds for all phases of a name, or for one as name:phase', () => {
    const registry = both();
    registry.setState('both', 'disabled');
    expect([names(registry, '/'), names(registry, '/', 'log')]).toEqual([[], []]);
    registry.setState('both:log', STATES.ACTIVE);
    expect([names(registry, '/'), names(registry, '/', 'log')]).toEqual([[], ['both']]);
    registry.setState('both', 'active');
    registry.setState('both:access', 'disabled');
    expect([names(registry, '/'), names(registry, '/', 'log')]).toEqual([[], ['both']]);
  });

  test('G-30 the seed names of phases work in name:phase', () => {
    const registry = createRegistry({ logger: memoryLogger() });
    registry.add({ headerFilter: { handle: pass }, log: { handle: pass } }, { name: 'a' });
    registry.setState('a:header_filter', 'disabled');
    expect(registry.getChain('/', 'header_filter')).toEqual([]);
    expect(names(registry, '/', 'log')).toEqual(['a']);
  });

  test('G-30 G-33 remove takes all phases of a name, or one, and tells whether there was any', () => {
    const registry = both();
    expect(registry.remove('nobody')).toBe(false);
    expect(registry.remove('both:access')).toBe(true);
    expect([names(registry, '/'), names(registry, '/', 'log')]).toEqual([[], ['both']]);
    expect(registry.remove('both')).toBe(true);
    expect(registry.remove('both')).toBe(false);
    expect(registry.getRegistry()).toEqual([]);
  });

  test('G-31 leaves a list that someone has taken as it is', () => {
    const registry = both();
    const taken = registry.getChain('/', 'access');
    const steps = registry.steps(undefined, 'access');
    const { version } = registry;
    registry.setState('both', 'disabled');
    expect(taken).toHaveLength(1);
    expect(steps).toHaveLength(1);
    expect(registry.getChain('/', 'access')).toHaveLength(0);
    expect(registry.version).toBeGreaterThan(version);
  });
});

describe('an entry', () => {
  const multi = {
    access: { name: 'example_access', phase: 'access', handle: pass },
    header_filter: { name: 'example_header_filter', phase: 'header_filter', handle: pass },
  } as const satisfies PluginModule;

  test('G-40 G-42 has a module, a state, and phases with their priorities', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const entry: RegistryEntry = {
      module: multi,
      state: STATES.ACTIVE,
      multi_phase: true,
      phases: { access: { priority: 10 }, header_filter: { priority: 20 } },
    };
    await registry.register('example', entry);
    expect(registry.getRegistry()).toEqual([
      { name: 'example', phase: 'access', priority: 10, state: 'active', scope: 'all routes' },
      {
        name: 'example',
        phase: 'headerFilter',
        priority: 20,
        state: 'active',
        scope: 'all routes',
      },
    ]);
  });

  test('G-40 can be for one phase, with its priority beside it', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    await registry.register('single', { module: access('own name'), priority: 3 });
    await registry.register('placed', { module: { handle: pass }, phase: 'log' });
    expect(registry.getRegistry()).toMatchObject([
      { name: 'single', phase: 'access', priority: 3 },
      { name: 'placed', phase: 'log', priority: 100 },
    ]);
  });

  test('G-40 may name its module, or load it when it is needed', async () => {
    const asked: string[] = [];
    const registry = createRegistry({
      logger: memoryLogger(),
      load: async (specifier) => {
        asked.push(specifier);
        return { default: multi };
      },
    });
    await registry.register('named', { module: './example.ts', phases: { access: {} } });
    await registry.register('loaded', { module: async () => multi, phases: { access: {} } });
    expect(asked).toEqual(['./example.ts']);
    expect(names(registry, '/')).toEqual(['named', 'loaded']);
  });

  test('G-40 a module that is only named is really imported', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const text = `export default { name: 'x', phase: 'access', handle() { return true; } };`;
    await registry.register('imported', {
      module: `data:text/javascript,${encodeURIComponent(text)}`,
    });
    expect(names(registry, '/')).toEqual(['imported']);
  });

  test('a module that is named by a relative path needs someone who knows relative to what', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const registering = registry.register('a', { module: './example.ts' });
    await expect(registering).rejects.toHaveProperty(
      'cause.message',
      '"./example.ts" is relative to a file that is not known here; give the registry the option `load: (name) => import(name)`.',
    );
  });

  test('G-42 takes part only in the phases that are listed, and warns of the others', async () => {
    const logger = memoryLogger();
    const registry = createRegistry({ logger });
    await registry.register('example', { module: multi, multiPhase: true, phases: { access: {} } });
    expect(registry.getRegistry()).toHaveLength(1);
    expect(logger.messages('warn')).toEqual([
      'Middleware example exports the phase headerFilter, which the registry does not list',
    ]);
  });

  test('G-09 G-42 a listed phase that is not exported is an error that names phase and middleware', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const registering = registry.register('example', {
      module: multi,
      phases: { access: {}, log: {} },
    });
    await expect(registering).rejects.toThrow(/^Failed to register middleware: example$/);
    await expect(registering).rejects.toMatchObject({
      code: 'REGISTRATION_FAILED',
      plugin: 'example',
      cause: new MissingPhaseHandlerError('log'),
    });
    await expect(registering).rejects.toHaveProperty('cause.message', 'Missing phase handler: log');
    expect(registry.getRegistry()).toEqual([]);
  });

  test('G-09 G-47 everything that fails is told at once, and keeps a start from succeeding', async () => {
    const registry = createRegistry({
      logger: memoryLogger(),
      load: () => Promise.reject(new Error('no such file')),
    });
    const registering = registry.registerAll({
      first: { module: multi, phases: { log: {} } },
      good: { module: access('good') },
      second: { module: './missing.ts' },
      third: {
        module: { access: { handle: pass, init: undefined } } as never,
        phases: { access: {} },
        state: 'on' as never,
      },
    });
    const error = await registering.catch((thrown: StartFailedError) => thrown);
    expect(error).toBeInstanceOf(StartFailedError);
    expect((error as StartFailedError).errors.map(({ message }) => message)).toEqual([
      'Failed to register middleware: first',
      'Failed to register middleware: second',
      'Failed to register middleware: third',
    ]);
    expect((error as StartFailedError).message).toBe(
      'The gateway cannot start:\n' +
        '  Failed to register middleware: first: Missing phase handler: log\n' +
        '  Failed to register middleware: second: no such file\n' +
        '  Failed to register middleware: third: Invalid state: on',
    );
    expect(names(registry, '/')).toEqual(['good']);
  });

  test('G-43 has the word on priorities: its phase, then itself, then 100; what the object says is not asked', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const module = { access: { handle: pass, priority: 1 }, log: { handle: pass, priority: 1 } };
    await registry.register('a', {
      module,
      priority: 30,
      phases: { access: { priority: 20 }, log: {} },
    });
    await registry.register('b', { module, phases: { access: {} } });
    expect(
      registry.getRegistry().map(({ name, phase, priority }) => [name, phase, priority]),
    ).toEqual([
      ['a', 'access', 20],
      ['a', 'log', 30],
      ['b', 'access', 100],
    ]);
  });

  test('G-44 has the word on the state', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    await registry.register('on', { module: access('x', { state: 'disabled' }), state: 'active' });
    await registry.register('off', { module: access('x', { state: 'active' }), state: 'disabled' });
    await registry.register('silent', { module: access('x', { state: 'disabled' }) });
    expect(registry.getRegistry().map(({ name, state }) => [name, state])).toEqual([
      ['on', 'active'],
      ['off', 'disabled'],
      ['silent', 'active'],
    ]);
  });

  test('G-45 is registered in the order of declaration, also when an earlier one loads slowly', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    let turns = 0;
    const slow = async (): Promise<PluginModule> => {
      while (turns++ < 50) await Promise.resolve();
      return access('slow');
    };
    const entries = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`e${at}`, { module: at ? access('x') : slow }]),
    );
    await registry.registerAll(entries);
    expect(names(registry, '/')).toEqual(Object.keys(entries));
  });

  test('G-42 that is for several phases must list them', async () => {
    const registering = createRegistry({ logger: memoryLogger() }).register('a', {
      module: multi,
      multiPhase: true,
    });
    await expect(registering).rejects.toHaveProperty(
      'cause.message',
      'Expected `phases` of a to list at least one phase.',
    );
  });

  test('G-48 there is one list of all, with the phases, and a way to register later', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    await registry.registerAll({ a: { module: multi, phases: { access: { priority: 1 } } } });
    await registry.register('b', { module: access('b'), state: 'disabled' });
    expect(registry.getRegistry().map(({ name, phase, state }) => [name, phase, state])).toEqual([
      ['a', 'access', 'active'],
      ['b', 'access', 'disabled'],
    ]);
    expect(registry.getPhases()).toHaveLength(5);
  });
});

describe('init', () => {
  const withInit = (
    init: () => unknown,
    state: 'active' | 'disabled' = 'active',
  ): RegistryEntry => ({
    module: { access: { handle: pass }, init: init as () => void },
    phases: { access: {} },
    state,
  });

  test('G-46 is called at registration if the entry is active, with the module as this', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const seen: unknown[] = [];
    const entry = withInit(function init(this: unknown) {
      seen.push(this);
    });
    await registry.register('a', entry);
    expect(seen).toEqual([entry.module]);
    await registry.register(
      'b',
      withInit(() => seen.push('off'), 'disabled'),
    );
    expect(seen).toHaveLength(1);
    await registry.start();
    expect(seen).toHaveLength(1);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('no disk');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no disk'))],
  ])('G-46 that %s is an error that names the middleware', async (_, init) => {
    const registering = createRegistry({ logger: memoryLogger() }).register('a', withInit(init));
    await expect(registering).rejects.toThrow(/^Failed to initialize middleware: a$/);
    await expect(registering).rejects.toMatchObject({
      code: 'INIT_FAILED',
      cause: { message: 'no disk' },
    });
  });

  test('G-46 of what was put to use directly is called at the start, once, and all failures are told', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const seen: string[] = [];
    registry.use(access('good', { init: () => void seen.push('good') }));
    for (const name of ['bad', 'worse']) {
      registry.use(access(name, { init: () => Promise.reject(new Error(`${name} disk`)) }));
    }
    registry.use(access('off', { state: 'disabled', init: () => void seen.push('off') }));
    const error = await registry.start().catch((thrown: Error) => thrown);
    expect(String(error)).toContain(
      'Failed to initialize middleware: bad: bad disk\n  Failed to initialize middleware: worse: worse disk',
    );
    registry.remove('bad');
    registry.remove('worse');
    await registry.start();
    expect(seen).toEqual(['good']);
  });

  test('G-46 of one that is switched on later is called then, before it takes part', async () => {
    const registry = createRegistry({ logger: memoryLogger() });
    const calls: string[] = [];
    let finish = (): void => {};
    registry.use(
      access('slow', {
        state: 'disabled',
        init: () => new Promise<void>((resolve) => (finish = resolve)),
      }),
    );
    registry.use(access('quick', { state: 'disabled', init: () => void calls.push('quick') }));
    registry.use(
      access('broken', {
        state: 'disabled',
        init: () => {
          throw new Error('no');
        },
      }),
    );
    await registry.start();
    expect(registry.setState('quick', 'active')).toBeUndefined();
    expect(names(registry, '/')).toEqual(['quick']);
    const switched = registry.setState('slow', 'active');
    expect(names(registry, '/')).toEqual(['quick']);
    finish();
    await switched;
    expect(names(registry, '/')).toEqual(['slow', 'quick']);
    expect(() => registry.setState('broken', 'active')).toThrow(
      'Failed to initialize middleware: broken',
    );
    expect(names(registry, '/')).toEqual(['slow', 'quick']);
    registry.setState('quick', 'disabled');
    registry.setState('quick', 'active');
    expect(calls).toEqual(['quick']);
  });

  test('what was initialised is closed, the last one first, whatever one of them says', async () => {
    const logger = memoryLogger();
    const registry = createRegistry({ logger });
    const closed: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      registry.use(
        access(name, {
          close() {
            closed.push(name);
            if (name === 'two') throw new Error('stuck');
          },
        }),
      );
    }
    registry.use(access('off', { state: 'disabled', close: () => void closed.push('off') }));
    await registry.start();
    await registry.close();
    await registry.close();
    expect(closed).toEqual(['three', 'two', 'one']);
    expect(logger.messages('error')).toEqual(['Middleware two failed to close: Error: stuck']);
  });
});

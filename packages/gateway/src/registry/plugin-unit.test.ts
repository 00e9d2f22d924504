/** Tests of the hooks of the start and the end. */
import { describe, expect, test } from 'vitest';
import { memoryLogger } from '../../test-kit/loopback.ts';
import type { UnitHooks, Worker } from './plugin-unit.ts';
import { createRegistry } from './registry.ts';

const hooks = (seen: string[], name: string): UnitHooks => ({
  init: () => void seen.push(`${name} init`),
  initWorker: (worker: Worker) => void seen.push(`${name} initWorker ${worker.id}`),
  closeWorker: (worker: Worker) => void seen.push(`${name} closeWorker ${worker.id}`),
  close: () => void seen.push(`${name} close`),
});
const access = { handle: (): boolean => true };

describe('hooks', () => {
  test('G-03 init once, then initWorker in each worker, and at the end the same backwards', async () => {
    const seen: string[] = [];
    const registry = createRegistry({ logger: memoryLogger(), worker: { id: 3 } });
    registry.use({ name: 'object', phase: 'access', ...access, ...hooks(seen, 'object') });
    registry.add({ access, ...hooks(seen, 'plugin') }, { name: 'plugin' });
    await registry.register('entry', {
      module: { access, ...hooks(seen, 'entry') },
      phases: { access: {} },
    });
    expect(seen.splice(0)).toEqual(['entry init', 'entry initWorker 3']);
    await registry.start();
    await registry.start();
    expect(seen.splice(0)).toEqual([
      'object init',
      'object initWorker 3',
      'plugin init',
      'plugin initWorker 3',
    ]);
    await registry.close();
    await registry.close();
    expect(seen).toEqual([
      'entry closeWorker 3',
      'entry close',
      'plugin closeWorker 3',
      'plugin close',
      'object closeWorker 3',
      'object close',
    ]);
  });

  test('G-03 the first worker is 0 unless somebody says so', async () => {
    const seen: string[] = [];
    const registry = createRegistry({ logger: memoryLogger() });
    registry.add({ access, initWorker: ({ id }) => void seen.push(`${id}`) }, { name: 'a' });
    await registry.start();
    expect(seen).toEqual(['0']);
  });

  test.each([
    ['throws', () => fail()],
    ['rejects', () => Promise.reject(new Error('no port'))],
  ])(
    'G-03 initWorker that %s keeps the start from succeeding, and is tried again',
    async (_, hook) => {
      const registry = createRegistry({ logger: memoryLogger() });
      let broken: () => void | Promise<void> = hook;
      const closed: string[] = [];
      registry.add(
        {
          access,
          init: () => Promise.resolve(),
          initWorker: () => broken(),
          close: () => void closed.push('closed'),
        },
        { name: 'a' },
      );
      await expect(registry.start()).rejects.toThrow('Failed to initialize middleware: a: no port');
      await registry.close();
      expect(closed).toEqual([]);
      broken = () => {};
      await registry.start();
      await registry.close();
      expect(closed).toEqual(['closed']);
    },
  );

  test('a worker hook that fails at the end keeps close from nobody', async () => {
    const logger = memoryLogger();
    const registry = createRegistry({ logger });
    const seen: string[] = [];
    registry.add(
      { access, closeWorker: fail, close: () => void seen.push('close') },
      { name: 'a' },
    );
    await registry.start();
    await registry.close();
    expect(seen).toEqual(['close']);
    expect(logger.messages('error')).toEqual(['Middleware a failed to close: Error: no port']);
  });
});

function fail(): never {
  throw new Error('no port');
}

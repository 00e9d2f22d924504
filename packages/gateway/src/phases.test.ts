/** Tests of the phases. */
import { describe, expect, expectTypeOf, test } from 'vitest';
import { InvalidPhaseError } from './errors.ts';
import { isPhase, type Phase, phaseOf, PHASES } from './phases.ts';
import { createRegistry } from './registry/registry.ts';

describe('phases', () => {
  test('G-01 there are exactly five, and any other is refused by its name', () => {
    expect(PHASES).toEqual(['access', 'content', 'headerFilter', 'bodyFilter', 'log']);
    for (const phase of PHASES) expect([phaseOf(phase), isPhase(phase)]).toEqual([phase, true]);
    expect([phaseOf('header_filter'), phaseOf('body_filter')]).toEqual([
      'headerFilter',
      'bodyFilter',
    ]);
    for (const other of ['rewrite', 'init', 'Access', '', 'toString', undefined, null, 1]) {
      expect(isPhase(other)).toBe(false);
      expect(() => phaseOf(other)).toThrow(new InvalidPhaseError(other));
    }
    expect(() => phaseOf('rewrite')).toThrow(/^Invalid phase: rewrite$/);
    expectTypeOf<Phase>().toEqualTypeOf<
      'access' | 'content' | 'headerFilter' | 'bodyFilter' | 'log'
    >();
  });

  test('G-01 a middleware for a sixth phase is refused where it is put to use', async () => {
    const registry = createRegistry();
    const handle = (): boolean => true;
    // @ts-expect-error there is no such phase
    expect(() => registry.use({ name: 'a', phase: 'rewrite', handle })).toThrow(
      'Invalid phase: rewrite',
    );
    // @ts-expect-error there is no such phase
    expect(() => registry.getChain('/', 'rewrite')).toThrow('Invalid phase: rewrite');
    // @ts-expect-error there is no such phase
    const registering = registry.register('a', { module: { handle }, phases: { rewrite: {} } });
    await expect(registering).rejects.toMatchObject({
      cause: { message: 'Invalid phase: rewrite' },
    });
    expect(registry.getPhases()).toEqual(PHASES);
  });
});

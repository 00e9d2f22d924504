/** Checks what is loaded when, how often, and what is closed after a call. */
import { describe, expect, test } from 'vitest';
import { type Database, main, makeJudge, type Model, type Sources } from './main.ts';

function setUp(more: Partial<Sources> = {}) {
  const said: string[] = [];
  let id = 0;
  const createDbConnection = async (): Promise<Database> => {
    const name = `db ${++id}`;
    said.push(`open ${name}`);
    return {
      knows: async (user) => user !== 'mallory',
      close: async () => void said.push(`close ${name}`),
    };
  };
  const loadMlModel = async (): Promise<Model> => {
    said.push('load model');
    return { predict: () => 'mail' };
  };
  return { said, judge: makeJudge({ createDbConnection, loadMlModel, ...more }) };
}

describe('the judge', () => {
  test('M-104 000-10 a call that needs nothing loads nothing', async () => {
    const { said, judge } = setUp();
    expect(await judge({ user: 'ada' })).toBe('here I am');
    expect(said).toEqual([]);
  });

  test('M-104 000-10 loads only what a call asks for', async () => {
    const { said, judge } = setUp();
    expect(await judge({ user: 'mallory', mail: 'x' })).toBe('who is mallory?');
    expect(said).toEqual(['open db 1', 'close db 1']);
  });

  test('M-100 M-104 000-10 calls of the same moment have connections of their own and share the model', async () => {
    const { said, judge } = setUp();
    const verdicts = await Promise.all(
      ['ada', 'bob', 'cyd'].map(async (user) => judge({ user, mail: 'x' })),
    );
    expect(verdicts).toEqual(['mail', 'mail', 'mail']);
    expect(said.filter((line) => line === 'load model')).toHaveLength(1);
    expect(said.filter((line) => line.startsWith('open'))).toHaveLength(3);
    expect(said.filter((line) => line.startsWith('close'))).toHaveLength(3);
  });

  test('M-102 000-10 a model that failed to load is tried again by the next call', async () => {
    let times = 0;
    const { judge, said } = setUp({
      async loadMlModel() {
        if (times++ === 0) throw new Error('no disk');
        return { predict: () => 'spam' };
      },
    });
    await expect(judge({ user: 'ada', mail: 'x' })).rejects.toThrow('no disk');
    expect(said).toEqual(['open db 1', 'close db 1']);
    expect(await judge({ user: 'ada', mail: 'x' })).toBe('spam');
  });

  test('000-10 says what it does', async () => {
    const lines: string[] = [];
    await main((line) => lines.push(line));
    expect(lines.filter((line) => line === '  load the model')).toHaveLength(1);
    expect(lines.at(-1)).toBe('bob: spam');
  });
});

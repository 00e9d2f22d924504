/** Tests of bodies that are read to be kept while they are given on. */
import { describe, expect, test } from 'vitest';
import { settle } from '@interpose/testing';
import { AnswerTape } from './answer-tape.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (body: Uint8Array | undefined): string => new TextDecoder().decode(body);

/** A source that is fed by hand and counts how often it was asked. */
class Source implements AsyncIterable<Uint8Array> {
  asked = 0;
  isStopped = false;
  #give: ((taken: IteratorResult<Uint8Array>) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  async give(...chunks: (string | Uint8Array)[]): Promise<void> {
    for (const chunk of chunks) {
      await settle();
      this.#give?.({ done: false, value: typeof chunk === 'string' ? bytes(chunk) : chunk });
    }
    await settle();
  }

  async end(): Promise<void> {
    await settle();
    this.#give?.({ done: true, value: undefined });
    await settle();
  }

  async fail(error: unknown): Promise<void> {
    await settle();
    this.#fail?.(error);
    await settle();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return {
      next: () => {
        this.asked++;
        return new Promise((resolve, reject) => {
          this.#give = resolve;
          this.#fail = reject;
        });
      },
      return: () => {
        this.isStopped = true;
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }
}

function tapeOf(source: AsyncIterable<Uint8Array>, maxBytes = 10) {
  const told: string[] = [];
  const tape = new AnswerTape(source, maxBytes, {
    whole: (body) => told.push(`whole ${text(body)}`),
    lost: () => told.push('lost'),
    left: () => told.push('left'),
    over: (isStopped) => told.push(isStopped ? 'stopped' : 'over'),
  });
  return { tape, told, reader: tape[Symbol.asyncIterator]() };
}

const take = async (reader: AsyncIterator<Uint8Array, undefined>): Promise<string> => {
  const { done, value } = await reader.next();
  return done ? 'end' : text(value);
};

describe('what can be kept', () => {
  test('is read at once, whether its reader takes it or not, and told when it is whole', async () => {
    const source = new Source();
    const { told, reader } = tapeOf(source);
    await source.give('ab', 'cd', '');
    await source.end();
    expect(told).toEqual(['whole abcd', 'over']);
    expect([
      await take(reader),
      await take(reader),
      await take(reader),
      await take(reader),
    ]).toEqual(['ab', 'cd', '', 'end']);
  });

  test('is not changed by a source that uses its memory again', async () => {
    const source = new Source();
    const { told, reader } = tapeOf(source);
    const memory = bytes('ab');
    await source.give(memory);
    memory.set(bytes('xy'));
    await source.give(memory);
    await source.end();
    expect(told).toEqual(['whole abxy', 'over']);
    expect(await take(reader)).toBe('ab');
  });

  test('is read to its end without its reader', async () => {
    const source = new Source();
    const { told, reader } = tapeOf(source);
    await source.give('ab');
    await reader.return?.();
    expect(source.isStopped).toBe(false);
    await source.give('cd');
    await source.end();
    expect(told).toEqual(['left', 'whole abcd', 'over']);
  });
});

describe('what is too large', () => {
  test('is read as its reader takes it', async () => {
    const source = new Source();
    const { told, reader } = tapeOf(source, 3);
    await source.give('ab', 'cd');
    expect(told).toEqual(['lost']);
    expect(source.asked).toBe(2);
    expect([await take(reader), await take(reader)]).toEqual(['ab', 'cd']);
    await source.give('ef');
    expect(source.asked).toBe(3);
    expect(await take(reader)).toBe('ef');
    await source.end();
    expect([await take(reader), told]).toEqual(['end', ['lost', 'over']]);
  });

  test('is not read without its reader', async () => {
    const source = new Source();
    const { told, reader } = tapeOf(source, 3);
    await reader.return?.();
    await source.give('abcd');
    expect([source.isStopped, told]).toEqual([true, ['left', 'lost', 'stopped']]);
  });

  test('is stopped when its reader leaves', async () => {
    const source = new Source();
    const { reader } = tapeOf(source, 3);
    await source.give('abcd');
    await reader.return?.();
    expect(source.isStopped).toBe(true);
  });
});

describe('what breaks off', () => {
  test.each([new Error('broken'), undefined])('is not kept, and is told by %s', async (error) => {
    const source = new Source();
    const { told, reader } = tapeOf(source);
    await source.give('ab');
    await source.fail(error);
    expect(told).toEqual(['lost', 'over']);
    expect(await take(reader)).toBe('ab');
    await expect(reader.next()).rejects.toBe(error);
  });

  test('a chunk that is none is given on, and not kept', async () => {
    const source = new Source();
    const { told } = tapeOf(source);
    await source.give('ab', 'text' as never);
    await source.give({ length: 1 } as never);
    expect(told[0]).toBe('lost');
  });

  test('what nobody wants any more is stopped', async () => {
    const source = new Source();
    const { tape, told } = tapeOf(source);
    tape.leave();
    tape.stop();
    tape.stop();
    expect([source.isStopped, told]).toEqual([true, ['left', 'lost', 'stopped']]);
    await source.give('ab');
    expect(told).toHaveLength(3);
  });
});

/** A body that comes in: what its reader gets, and what its source is told. */
import { describe, expect, test } from 'vitest';
import { BodyUsedError, RefusedMessageError } from './errors.ts';
import { type BodySink, IncomingBody, isIncomingBody } from './incoming-body.ts';

function bodyOf(length?: number) {
  const told: string[] = [];
  const body = new IncomingBody(length, {
    begin: () => told.push('begin'),
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
    cancel: () => told.push('cancel'),
  });
  return { body, told };
}

/** A sink that takes so many pieces before it asks for a pause. */
function sinkOf(most: number = Infinity) {
  const got: string[] = [];
  const sink: BodySink = {
    chunk(bytes, last) {
      got.push(`${Buffer.from(bytes).toString()}${last ? ' (last)' : ''}`);
      return got.length < most;
    },
    end: (trailers) => void got.push(`end ${trailers.join('=')}`),
    fail: (error) => void got.push(`fail ${error.message}`),
  };
  return { sink, got };
}

const bytes = (text: string): Buffer => Buffer.from(text);

describe('pushed', () => {
  test('pieces come as they arrive, then the end with its trailers', () => {
    const { body, told } = bodyOf(6);
    const { sink, got } = sinkOf();
    body.readInto(sink);
    expect(body.push(bytes('one'), false)).toBe(true);
    expect(body.isWhole).toBe(false);
    expect(body.push(bytes('two'), true)).toBe(true);
    body.finish(['X', 'y']);
    expect(got).toEqual(['one', 'two (last)', 'end X=y']);
    expect(told).toEqual(['begin']);
    expect([body.isRead, body.isWhole, body.isOver, body.length]).toEqual([true, true, true, 6]);
    expect(body.trailers).toEqual(['X', 'y']);
  });

  test('what came before anyone read is kept, and asks for a pause', () => {
    const { body, told } = bodyOf();
    const { sink, got } = sinkOf();
    expect(body.keeps).toBe(true);
    expect(body.push(bytes('one'), false)).toBe(false);
    expect(body.push(bytes('two'), false)).toBe(false);
    body.readInto(sink);
    expect(told).toEqual(['begin']);
    expect(got).toEqual(['one', 'two']);
    body.push(bytes('three'), true);
    body.finish([]);
    expect(got).toEqual(['one', 'two', 'three (last)', 'end ']);
  });

  test('a body that was whole before anyone read tells which piece is the last', () => {
    const { body, told } = bodyOf();
    const { sink, got } = sinkOf();
    body.push(bytes('one'), false);
    body.push(bytes('two'), true);
    body.finish([]);
    expect(body.isWhole).toBe(true);
    body.readInto(sink);
    expect(got).toEqual(['one', 'two (last)', 'end ']);
    // Nothing more is to come, so nobody needs to be told.
    expect(told).toEqual([]);
  });

  test('an empty body ends', () => {
    const { body } = bodyOf();
    const { sink, got } = sinkOf();
    body.finish([]);
    body.readInto(sink);
    expect(got).toEqual(['end ']);
  });

  test('a sink that asks for a pause gets nothing until it goes on', () => {
    const { body, told } = bodyOf();
    const { sink, got } = sinkOf(1);
    body.readInto(sink);
    expect(body.push(bytes('one'), false)).toBe(false);
    expect(body.keeps).toBe(true);
    expect(body.push(bytes('two'), false)).toBe(false);
    expect(body.push(bytes('three'), true)).toBe(false);
    body.finish([]);
    expect(got).toEqual(['one']);
    body.resume();
    expect(got).toEqual(['one', 'two']);
    body.resume();
    expect(got).toEqual(['one', 'two', 'three (last)']);
    body.resume();
    expect(got).toEqual(['one', 'two', 'three (last)', 'end ']);
    body.resume();
    expect(got).toHaveLength(4);
    expect(told).toEqual(['begin']);
  });

  test('the source goes on when the sink has caught up, and not before', () => {
    const { body, told } = bodyOf();
    const { sink } = sinkOf(1);
    body.readInto(sink);
    body.push(bytes('one'), false);
    body.push(bytes('two'), false);
    told.length = 0;
    body.resume();
    expect(told).toEqual([]);
    body.resume();
    expect(told).toEqual(['resume']);
    body.resume();
    expect(told).toEqual(['resume']);
  });

  test('a sink that asks for a pause with what had come before stops the source', () => {
    const { body, told } = bodyOf();
    const { sink, got } = sinkOf(1);
    body.push(bytes('one'), false);
    body.readInto(sink);
    expect(got).toEqual(['one']);
    expect(told).toEqual(['begin', 'pause']);
  });

  test('a sink that goes on and asks for a pause at once stops the source again', () => {
    const { body, told } = bodyOf();
    const { sink, got } = sinkOf(1);
    body.readInto(sink);
    body.push(bytes('one'), false);
    body.push(bytes('two'), false);
    body.resume();
    expect(got).toEqual(['one', 'two']);
    expect(told.filter((said) => said === 'resume')).toEqual([]);
  });

  test('a body fails once, behind what has arrived', () => {
    const { body } = bodyOf();
    const { sink, got } = sinkOf();
    body.push(bytes('one'), false);
    body.fail(new Error('cut'));
    body.fail(new Error('again'));
    expect([body.isOver, body.isWhole]).toEqual([true, false]);
    body.readInto(sink);
    expect(got).toEqual(['one', 'fail cut']);
  });

  test('a body that is whole cannot fail', () => {
    const { body } = bodyOf();
    const { sink, got } = sinkOf();
    body.finish([]);
    body.fail(new Error('late'));
    body.readInto(sink);
    expect(got).toEqual(['end ']);
    expect(body.isWhole).toBe(true);
  });

  test('a sink that has paused and taken all is told of a failure at once', () => {
    const { body } = bodyOf();
    const { sink, got } = sinkOf(1);
    body.readInto(sink);
    body.push(bytes('one'), false);
    body.fail(new Error('cut'));
    expect(got).toEqual(['one', 'fail cut']);
    body.resume();
    expect(got).toHaveLength(2);
  });

  test('a sink that has paused takes the rest before it is told of a failure', () => {
    const { body } = bodyOf();
    const { sink, got } = sinkOf(1);
    body.readInto(sink);
    body.push(bytes('one'), false);
    body.push(bytes('two'), false);
    body.fail(new Error('cut'));
    expect(got).toEqual(['one']);
    body.resume();
    body.resume();
    expect(got).toEqual(['one', 'two', 'fail cut']);
  });

  test('a body is read once, in whatever way', async () => {
    const { body } = bodyOf();
    body.readInto(sinkOf().sink);
    expect(() => body.readInto(sinkOf().sink)).toThrow(BodyUsedError);
    await expect(body.text()).rejects.toThrow(BodyUsedError);
    await expect(body[Symbol.asyncIterator]().next()).rejects.toThrow(BodyUsedError);
  });
});

describe('cancelled', () => {
  test('the rest goes nowhere and is taken as fast as it comes', () => {
    const { body, told } = bodyOf();
    body.push(bytes('one'), false);
    body.cancel();
    expect(told).toEqual(['cancel']);
    expect(body.push(bytes('two'), true)).toBe(true);
    body.finish([]);
    expect([body.isRead, body.isWhole]).toEqual([true, true]);
    expect(() => body.readInto(sinkOf().sink)).toThrow(BodyUsedError);
  });

  test('a sink that cancels gets nothing more, not even the end', () => {
    const { body } = bodyOf();
    const got: string[] = [];
    body.readInto({
      chunk(bytes) {
        got.push(String(bytes));
        body.cancel();
        return true;
      },
      end: () => void got.push('end'),
      fail: () => void got.push('fail'),
    });
    body.push(bytes('one'), false);
    body.push(bytes('two'), false);
    body.fail(new Error('cut'));
    expect(got).toEqual(['one']);
  });

  test('a whole body that is cancelled asks nothing of its source', () => {
    const { body, told } = bodyOf();
    body.push(bytes('one'), true);
    body.finish([]);
    body.cancel();
    expect(told).toEqual([]);
  });
});

describe('at once', () => {
  test('bytes and text', async () => {
    const one = bodyOf().body;
    const read = one.bytes();
    one.push(bytes('gr\xfc'), false);
    one.push(Buffer.from('ße'), true);
    one.finish([]);
    expect(await read).toEqual(Buffer.concat([bytes('gr\xfc'), Buffer.from('ße')]));
    const other = bodyOf().body;
    other.push(Buffer.from('ü').subarray(0, 1), false);
    other.push(Buffer.from('ü').subarray(1), true);
    other.finish([]);
    expect(await other.text()).toBe('ü');
  });

  test('an empty body', async () => {
    const { body } = bodyOf();
    body.finish([]);
    expect(await body.bytes()).toEqual(Buffer.alloc(0));
  });

  test('what was read does not change when its source uses the memory again', async () => {
    const { body } = bodyOf();
    const memory = Buffer.from('one');
    const read = body.text();
    body.push(memory, false);
    memory.write('two');
    body.push(memory, true);
    body.finish([]);
    expect(await read).toBe('onetwo');
  });

  test('more than is wanted is refused, and the rest cancelled', async () => {
    const { body, told } = bodyOf();
    const read = body.bytes({ maxBytes: 5 });
    body.push(bytes('12345'), false);
    body.push(bytes('6'), false);
    body.push(bytes('7'), false);
    body.fail(new Error('too late'));
    await expect(read).rejects.toMatchObject({ code: 'BODY_TOO_LARGE', status: 413 });
    expect(told).toEqual(['begin', 'cancel']);
  });

  test('what is announced to be more is refused before any of it is asked for', async () => {
    const { body, told } = bodyOf(6);
    await expect(body.bytes({ maxBytes: 5 })).rejects.toMatchObject({ code: 'BODY_TOO_LARGE' });
    expect(told).toEqual(['cancel']);
    await expect(body.bytes({ maxBytes: 5 })).rejects.toThrow(BodyUsedError);
  });

  test('exactly as much as is wanted is not', async () => {
    const { body } = bodyOf();
    const read = body.text({ maxBytes: 5 });
    body.push(bytes('12345'), true);
    body.finish([]);
    expect(await read).toBe('12345');
  });

  test('a body that fails rejects', async () => {
    const { body } = bodyOf();
    const read = body.text();
    const error = new RefusedMessageError('BODY_CUT_SHORT');
    body.fail(error);
    await expect(read).rejects.toBe(error);
  });
});

describe('iterated', () => {
  test('one piece at a time, none lost, and the source waits', async () => {
    const { body, told } = bodyOf();
    const loop = body[Symbol.asyncIterator]();
    const first = loop.next();
    expect(told).toEqual(['begin']);
    expect(body.push(bytes('one'), false)).toBe(false);
    expect(await first).toEqual({ done: false, value: bytes('one') });
    expect(body.push(bytes('two'), false)).toBe(false);
    expect(body.push(bytes('three'), true)).toBe(false);
    body.finish([]);
    expect((await loop.next()).value).toEqual(bytes('two'));
    expect((await loop.next()).value).toEqual(bytes('three'));
    expect(await loop.next()).toEqual({ done: true, value: undefined });
    expect(await loop.next()).toEqual({ done: true, value: undefined });
  });

  test('a failure is thrown behind the pieces before it', async () => {
    const { body } = bodyOf();
    body.push(bytes('one'), false);
    body.fail(new Error('cut'));
    const got: string[] = [];
    const read = (async () => {
      for await (const piece of body) got.push(String(piece));
    })();
    await expect(read).rejects.toThrow('cut');
    expect(got).toEqual(['one']);
  });

  test('leaving the loop cancels the rest', async () => {
    const { body, told } = bodyOf();
    body.push(bytes('one'), false);
    for await (const _ of body) break;
    expect(told).toContain('cancel');
    expect(body.push(bytes('two'), true)).toBe(true);
  });
});

describe('memory that is used again', () => {
  function lent() {
    const told: string[] = [];
    const body = new IncomingBody(undefined, {
      begin: () => {},
      pause: () => {},
      resume: () => {},
      cancel: () => {},
      retain: () => told.push('retain'),
    });
    return { body, told };
  }

  test('a little is copied, and does not change', () => {
    const { body, told } = lent();
    const memory = Buffer.from('one');
    body.push(memory, false);
    memory.fill('x');
    const { sink, got } = sinkOf();
    body.readInto(sink);
    expect(got).toEqual(['one']);
    expect(told).toEqual([]);
  });

  test('much is kept where it stands, and its source is told', () => {
    const { body, told } = lent();
    body.push(Buffer.alloc(20_000), false);
    expect(told).toEqual(['retain']);
  });

  test('a loop keeps what it is handed', async () => {
    const { body, told } = lent();
    const next = body[Symbol.asyncIterator]().next();
    const memory = Buffer.from('one');
    body.push(memory, false);
    memory.fill('x');
    expect(Buffer.from((await next).value ?? []).toString()).toBe('one');
    expect(told).toEqual([]);
  });

  test('bytes read at once are a copy', async () => {
    const { body } = lent();
    const read = body.text();
    const memory = Buffer.from('one');
    body.push(memory, true);
    memory.fill('x');
    body.finish([]);
    expect(await read).toBe('one');
  });
});

test('a body is told from other things', () => {
  expect(isIncomingBody(bodyOf().body)).toBe(true);
  for (const other of [null, undefined, {}, 'x', new ReadableStream()]) {
    expect(isIncomingBody(other)).toBe(false);
  }
});

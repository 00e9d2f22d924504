/** A body that is sent on: at the pace of the slower side, and broken where it breaks. */
import { expect, test } from 'vitest';
import { IncomingBody } from './incoming-body.ts';
import { Splice, type SpliceTarget } from './splice.ts';

interface Target extends SpliceTarget {
  isOver: boolean;
  pending: number;
  keepsUp: boolean;
  failsWith: Error | undefined;
  readonly said: string[];
  drain(): void;
}

function targetOf(): Target {
  const drains: (() => void)[] = [];
  return {
    isOver: false,
    pending: 0,
    keepsUp: true,
    failsWith: undefined,
    said: [],
    writeSpliced(bytes, last) {
      if (this.failsWith) throw this.failsWith;
      this.said.push(`${Buffer.from(bytes).toString()}${last ? ' (last)' : ''}`);
      if (last) this.isOver = true;
      return this.keepsUp;
    },
    endSpliced() {
      if (this.failsWith) throw this.failsWith;
      this.said.push('end');
      this.isOver = true;
    },
    breakSpliced(error) {
      this.said.push(`break ${error.message}`);
      this.isOver = true;
    },
    onDrain: (listener) => void drains.push(listener),
    drain() {
      for (const listener of drains.splice(0)) listener();
    },
  };
}

function spliced() {
  const told: string[] = [];
  const body = new IncomingBody(undefined, {
    begin: () => {},
    pause: () => told.push('pause'),
    resume: () => told.push('resume'),
    cancel: () => told.push('cancel'),
    retain: () => told.push('retain'),
  });
  const target = targetOf();
  body.readInto(new Splice(body, target));
  return { body, target, told };
}

const bytes = (text: string): Buffer => Buffer.from(text);

test('the last bytes and the end go in one', () => {
  const { body, target } = spliced();
  expect(body.push(bytes('one'), false)).toBe(true);
  expect(body.push(bytes('two'), true)).toBe(true);
  body.finish([]);
  expect(target.said).toEqual(['one', 'two (last)']);
});

test('where the last bytes are not known as such, the end goes alone', () => {
  const { body, target } = spliced();
  body.push(bytes('one'), false);
  body.finish(['X', 'y']);
  expect(target.said).toEqual(['one', 'end']);
});

test('a target that does not keep up stops the body until it has drained', () => {
  const { body, target, told } = spliced();
  target.keepsUp = false;
  expect(body.push(bytes('one'), false)).toBe(false);
  expect(body.push(bytes('two'), false)).toBe(false);
  expect(target.said).toEqual(['one']);
  target.keepsUp = true;
  target.drain();
  expect(target.said).toEqual(['one', 'two']);
  expect(told.at(-1)).toBe('resume');
  expect(body.push(bytes('three'), true)).toBe(true);
  body.finish([]);
  expect(target.said).toEqual(['one', 'two', 'three (last)']);
});

test('a target that does not keep up with the last bytes is done all the same', () => {
  const { body, target } = spliced();
  target.keepsUp = false;
  expect(body.push(bytes('one'), true)).toBe(true);
  body.finish([]);
  expect(target.said).toEqual(['one (last)']);
});

test('memory that the system still needs is kept', () => {
  const { body, target, told } = spliced();
  body.push(bytes('one'), false);
  expect(told).toEqual([]);
  target.pending = 3;
  body.push(bytes('two'), false);
  expect(told).toEqual(['retain']);
});

test('a body that fails breaks its target', () => {
  const { body, target } = spliced();
  body.push(bytes('one'), false);
  body.fail(new Error('cut'));
  expect(target.said).toEqual(['one', 'break cut']);
});

test('a body that fails while its target is slow breaks it behind what has arrived', () => {
  const { body, target } = spliced();
  target.keepsUp = false;
  body.push(bytes('one'), false);
  body.push(bytes('two'), false);
  body.fail(new Error('cut'));
  target.keepsUp = true;
  target.drain();
  expect(target.said).toEqual(['one', 'two', 'break cut']);
});

test('more than the target takes breaks it, and the body is not read on', () => {
  const { body, target, told } = spliced();
  body.push(bytes('one'), false);
  target.failsWith = new Error('too long');
  expect(body.push(bytes('two'), false)).toBe(true);
  expect(told).toContain('cancel');
  body.push(bytes('three'), true);
  body.finish([]);
  expect(target.said).toEqual(['one', 'break too long']);
});

test('less than the target needs breaks it', () => {
  const { body, target } = spliced();
  body.push(bytes('one'), false);
  target.failsWith = new Error('too short');
  body.finish([]);
  expect(target.said).toEqual(['one', 'break too short']);
});

test('a target that is over takes nothing, and the body is cancelled', () => {
  const { body, target, told } = spliced();
  target.isOver = true;
  expect(body.push(bytes('one'), false)).toBe(true);
  expect(target.said).toEqual([]);
  expect(told).toEqual(['cancel']);
  body.fail(new Error('cut'));
  expect(target.said).toEqual([]);
});

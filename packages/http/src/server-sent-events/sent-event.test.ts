/** Tests of how events are written: whatever is sent is what is heard. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EventReader } from '../../test-kit/event-reader.ts';
import { eventText, type SentEvent } from './sent-event.ts';

const encoder = new TextEncoder();

function read(...texts: readonly string[]): EventReader {
  const reader = new EventReader();
  for (const text of texts) reader.take(encoder.encode(text));
  return reader;
}

const heard = (event: SentEvent | string) => read(eventText(event)).heard;

test.each<[SentEvent | string, string]>([
  ['a', 'data: a\n\n'],
  ['', 'data: \n\n'],
  ['a\nb\r\nc\rd\n', 'data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n'],
  [{ data: ' led by a blank' }, 'data:  led by a blank\n\n'],
  [{ data: { a: [1] } }, 'data: {"a":[1]}\n\n'],
  [{ data: null }, 'data: null\n\n'],
  [{ data: 0 }, 'data: 0\n\n'],
  [{ event: 'tick' }, 'event: tick\ndata: \n\n'],
  [{ id: '7' }, 'id: 7\n\n'],
  [{ id: '' }, 'id: \n\n'],
  [{ retryMs: 3000 }, 'retry: 3000\n\n'],
  [{ comment: 'a\nb' }, ': a\n: b\n\n'],
  [
    { comment: 'c', event: 'e', id: 'i', retryMs: 1, data: 'd' },
    ': c\nid: i\nevent: e\nretry: 1\ndata: d\n\n',
  ],
])('%j', (event, text) => {
  expect(eventText(event)).toBe(text);
});

describe('nobody can put an event of his own into that of another', () => {
  test.each<[SentEvent, string]>([
    [{ id: 'a\ndata: forged' }, '`id`'],
    [{ id: 'a\rdata: forged' }, '`id`'],
    [{ id: 'a\0' }, '`id`'],
    [{ event: 'a\n\ndata: forged' }, '`event`'],
    [{ event: 'a\r' }, '`event`'],
    [{ retryMs: '1\ndata: forged' as never }, '`retryMs`'],
    [{ retryMs: -1 }, '`retryMs`'],
    [{ retryMs: 1.5 }, '`retryMs`'],
    [{ id: 5 as never }, '`id`'],
    [{ comment: 5 as never }, '`comment`'],
    [{ data: () => {} }, '`data`'],
    [{}, '`event`'],
    [5 as never, '`event`'],
    [null as never, '`event`'],
  ])('%j is refused', (event, message) => {
    expect(() => eventText(event)).toThrow(message);
  });

  test('data and comments stay what they are', () => {
    expect(heard({ data: 'a\n\ndata: forged\n\n' })).toHaveLength(1);
    expect(heard({ comment: 'a\n\ndata: forged\n\n', data: 'b' })).toEqual([
      { type: 'message', data: 'b', lastEventId: '' },
    ]);
  });
});

describe('whatever is sent is what is heard', () => {
  const line = fc.string({
    unit: fc.constantFrom(...'aB:. \t\u{1F600}\uFEFF\u2028ä\0'),
    maxLength: 12,
  });
  const text = fc.string({
    unit: fc.constantFrom(...'ab: \n\r\t\uFEFFä\u{1F600}\0'),
    maxLength: 30,
  });
  const event = fc.record(
    {
      data: fc.oneof(text, fc.jsonValue()),
      event: line,
      id: line.map((id) => id.replaceAll('\0', '')),
      retryMs: fc.nat(),
      comment: text,
    },
    { requiredKeys: ['data'] },
  );

  test('in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), fc.array(fc.nat(200)), (events, cuts) => {
        const bytes = encoder.encode(events.map((one) => eventText(one)).join(''));
        const reader = new EventReader();
        let at = 0;
        for (const cut of cuts) {
          reader.take(bytes.subarray(at, at + cut));
          at += cut;
        }
        reader.take(bytes.subarray(at));
        let lastEventId = '';
        const expected = events.map((one) => {
          lastEventId = one.id ?? lastEventId;
          const data = typeof one.data === 'string' ? one.data : JSON.stringify(one.data);
          return {
            type: one.event || 'message',
            // However a line ended, it ends with LF for whoever hears it.
            data: data.replaceAll(/\r\n|\r/g, '\n'),
            lastEventId,
          };
        });
        expect(reader.heard).toEqual(expected);
        expect(reader.retryMs).toBe(
          events.findLast(({ retryMs }) => retryMs !== undefined)?.retryMs,
        );
      }),
    );
  });
});

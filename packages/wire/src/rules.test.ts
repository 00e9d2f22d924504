/** Every rule, shown by messages that break it, and by their neighbours that do not; in whatever pieces the bytes come. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { everyByte, type Reading, readRequests, readResponses } from '../test-kit/reading.ts';
import type { RuleCase } from '../test-kit/rule-case.ts';
import { OTHER_RULES, RULE_CASES } from '../test-kit/rule-cases.ts';
import { RULES } from './rules.ts';

/** A long text is cut at no more places than this. */
const MOST_CUTS = 400;

const CASES = Object.entries(RULE_CASES).map(([code, cases]) => ({ code, cases }));

/** What becomes of a text however it is cut; it must be one thing. */
function read(text: string, { of, limits = {} }: RuleCase): Reading {
  const bytes = Buffer.from(text, 'latin1');
  const reader = of === 'response' ? readResponses : readRequests;
  const whole = reader(bytes, { limits });
  expect({ text, ...reader(bytes, { limits, cuts: everyByte(bytes) }) }).toEqual({
    text,
    ...whole,
  });
  const step = Math.ceil(bytes.length / MOST_CUTS);
  for (let cut = 1; cut < bytes.length; cut += step) {
    expect({ text, cut, ...reader(bytes, { limits, cuts: [cut] }) }).toEqual({
      text,
      cut,
      ...whole,
    });
  }
  return whole;
}

test.each(CASES)('$code: what breaks it is refused', ({ code, cases }) => {
  for (const one of cases) {
    for (const [text] of one.pairs) {
      const { refused, isCutShort } = read(text, one);
      expect({ text, code: refused ?? (isCutShort && 'BODY_CUT_SHORT') }).toEqual({ text, code });
    }
  }
});

test.each(CASES)('$code: the nearest message that breaks nothing is accepted', ({ cases }) => {
  for (const one of cases) {
    for (const [, text] of one.pairs) {
      const { messages, refused, isCutShort, unfinished } = read(text, one);
      const count = text === '\r\n' ? 0 : Math.max(messages.length, 1);
      expect({ text, refused, isCutShort, unfinished, count: messages.length }).toEqual({
        text,
        isCutShort: false,
        count,
      });
    }
  }
});

test('every rule that bytes of HTTP/1 can break is shown twice or more', () => {
  const shown = CASES.filter(({ cases }) => cases.flatMap(({ pairs }) => pairs).length >= 2);
  const codes = [...shown.map(({ code }) => code), ...OTHER_RULES];
  expect(new Set(codes)).toEqual(new Set(Object.keys(RULES)));
});

test('the table in the README has every rule, as it is', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = readme
    .split('\n')
    .filter((line) => /^\|.*`[A-Z_]+` *\|/.test(line))
    .map((line) => line.split('|').slice(1, -1));
  const expected = Object.entries(RULES).map(([code, { source, says, status }]) => [
    source,
    says,
    `\`${code}\``,
    String(status),
  ]);
  expect(rows.map((cells) => cells.map((cell) => cell.trim()))).toEqual(expected);
});

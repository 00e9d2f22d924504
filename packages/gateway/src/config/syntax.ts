/** Reads YAML, and JSON as a part of it, and says in plain words where the text is neither. */
import { type Document, type ErrorCode, LineCounter, parseDocument } from 'yaml';
import { tooDeepAt } from './nesting.ts';
import type { At, Report } from './problem.ts';

/** The most characters a config may have. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** Syntax errors come in swarms; the lines beyond these follow from the first. */
const MOST_SYNTAX_ERRORS = 5;

/** A parsed text and the way from its offsets to places. */
export interface Parsed {
  /** What the parser made of it. */
  readonly document: Document.Parsed;
  /** The place of an offset, under a path. */
  readonly at: (offset: number, path: string) => At;
}

/** Parses the text; nothing comes back when it cannot be read, and the report says why. */
export function parseText(text: string, report: Report): Parsed | undefined {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1))
    lines.addNewLine(at + 1);
  const at = (offset: number, path: string): At => {
    const { line, col } = lines.linePos(Math.min(offset, text.length));
    return { place: { line, column: col }, path };
  };
  if (text.length > MOST_CHARACTERS) {
    report.error(
      'tooLarge',
      at(0, ''),
      `expected at most ${MOST_CHARACTERS} characters, got ${text.length}`,
    );
    return undefined;
  }
  if (/^\s*# begin config\b/.test(text) && !/\n# end config\s*$/.test(text)) {
    const fault = 'the file ends before its line "# end config": a part of it is missing';
    report.error('cutOff', at(text.length, ''), fault);
    return undefined;
  }
  const deep = tooDeepAt(text);
  if (deep !== undefined) {
    report.error('tooLarge', at(deep, ''), 'nested too deep for a config');
    return undefined;
  }
  const document = parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
    version: '1.2',
    logLevel: 'error',
  });
  for (const fault of faultsOf(document, text))
    report.error('syntax', at(fault.offset, ''), fault.message);
  return report.errors() > 0 ? undefined : { document, at };
}

function faultsOf(document: Document.Parsed, text: string): { offset: number; message: string }[] {
  const lines = new Set<number>();
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    offset: pos[0],
    message: sentence(code, message) + variableHint(text, pos[0]),
  }));
  const firstOfLine = faults
    .toSorted((a, b) => a.offset - b.offset)
    .filter(({ offset }) => {
      const start = text.lastIndexOf('\n', offset - 1);
      return lines.size !== lines.add(start).size;
    });
  return firstOfLine.slice(0, MOST_SYNTAX_ERRORS);
}

/** `{ port: ${PORT} }` is the one trap that variables bring: inside brackets they must be quoted. */
function variableHint(text: string, offset: number): string {
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset + 1);
  return /[{[].*\$\{/.test(line) ? '; inside [ ] and { } write "${NAME}" in quotes' : '';
}

/** The parser's messages quote the text, which may be a secret, so they are put in words of our own. */
const SENTENCES: Partial<Record<ErrorCode, string>> = {
  ALIAS_PROPS: 'an alias (*name) takes no anchor and no tag',
  BAD_ALIAS: 'expected a name behind * or &',
  BAD_COLLECTION_TYPE: 'this tag does not fit what follows it',
  BAD_DIRECTIVE: 'unknown directive; a config needs no line that begins with %',
  BAD_DQ_ESCAPE:
    'unknown escape in double quotes; write \\\\ for a backslash, or use single quotes',
  BAD_INDENT: 'wrong indentation, or a bracket that is not closed',
  BAD_PROP_ORDER: 'anchors and tags stand before the value, behind the dash or the key',
  BAD_SCALAR_START: 'text that begins with @, `, % or a bracket must be in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    'expected one key and one value on this line; text with ": " in it must be in quotes',
  BLOCK_IN_FLOW: 'inside [ ] and { } expected values with commas, not indented lines',
  KEY_OVER_1024_CHARS: 'expected a key of at most 1024 characters',
  MULTILINE_IMPLICIT_KEY:
    'a text and a key do not go together here: is ":" missing in the line before, or is the indentation wrong?',
  MULTIPLE_ANCHORS: 'expected at most one anchor',
  MULTIPLE_DOCS: 'expected one document, got a second one behind ---',
  MULTIPLE_TAGS: 'expected at most one tag',
  NON_STRING_KEY: 'expected text as a key',
  RESOURCE_EXHAUSTION: 'nested too deep for a config',
  TAB_AS_INDENT: 'expected spaces as indentation, got a tab',
  TAG_RESOLVE_FAILED: 'tags (!name) are not used in a config',
  UNEXPECTED_TOKEN:
    'did not expect this here: is a quote, a comma, a bracket or a line break missing before it?',
};

function sentence(code: ErrorCode, message: string): string {
  if (code !== 'MISSING_CHAR') return SENTENCES[code] ?? 'this is no YAML';
  if (/quote/.test(message)) return 'expected a closing quote';
  if (/map keys/.test(message)) return 'expected ":" behind the key';
  if (/between|,/.test(message)) return 'expected a comma between the items';
  return 'a character is missing here';
}

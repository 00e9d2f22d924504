/** Measures how deep a YAML text nests before it is parsed: the parser recurses and must not be led to its end. */
import { CST, Lexer } from 'yaml';

/** More brackets inside brackets than any config needs. */
const MOST_BRACKETS = 64;
/** More columns of indentation, dashes and question marks than any config needs. */
const MOST_INDENT = 128;

/** Where a text nests too deep, as an offset; nothing if it does not. */
export function tooDeepAt(text: string): number | undefined {
  let offset = 0;
  let brackets = 0;
  let indent: number | undefined = 0;
  let scalarFollows = false;
  for (const token of new Lexer().lex(text)) {
    const kind: string | null = scalarFollows ? 'text' : CST.tokenType(token);
    scalarFollows = kind === 'scalar';
    if (kind === 'flow-error-end') brackets = 0;
    if (kind !== null && SIGNALS.has(kind)) continue;
    if (kind === 'flow-seq-start' || kind === 'flow-map-start') brackets++;
    if (kind === 'flow-seq-end' || kind === 'flow-map-end') brackets--;
    if (kind === 'newline') indent = 0;
    else if (indent !== undefined) {
      const leads = kind !== null && LEADS.has(kind);
      if (leads) indent += token.length;
      if (indent > MOST_INDENT && brackets === 0 && kind !== 'space' && kind !== 'comment')
        return offset;
      if (!leads) indent = undefined;
    }
    if (brackets > MOST_BRACKETS) return offset;
    offset += token.length;
  }
  return undefined;
}

/** Tokens that may stand before the first word of a line, each able to open a level. */
const LEADS = new Set(['space', 'seq-item-ind', 'explicit-key-ind', 'map-value-ind']);

/** Tokens of the lexer that stand for no text of the source. */
const SIGNALS = new Set(['doc-mode', 'flow-error-end', 'scalar']);

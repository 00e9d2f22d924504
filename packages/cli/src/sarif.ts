/** Problems of a config as SARIF 2.1.0, which code hosts show beside the lines that they are about. */
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Problem, problemCodes } from '@interpose/gateway';
import { version } from './version.ts';

/** What each code is called in a list of rules: `unknownUpstream` becomes `unknown upstream`. */
const RULES = Object.entries(problemCodes).map(([kind, id]) => ({
  id,
  name: kind,
  shortDescription: { text: kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) },
}));

/** The text of a SARIF log with these problems. */
export function sarifText(problems: readonly Problem[]): string {
  const driver = { name: 'interpose', version, rules: RULES };
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, columnKind: 'utf16CodeUnits', results: problems.map(resultOf) }],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function resultOf({ file, line, column, severity, code, path, message, suggestion }: Problem): {} {
  const hint = suggestion === undefined ? '' : ` — did you mean "${suggestion}"?`;
  const where = path === '' ? '' : `${path}: `;
  return {
    ruleId: code,
    ruleIndex: RULES.findIndex(({ id }) => id === code),
    level: severity,
    message: { text: `${where}${message}${hint}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
      },
    ],
  };
}

/** Relative to wherever the tool runs, unless the file was named from the root. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return encodeURI(file.replaceAll('\\', '/').replace(/^\.\//, '')).replaceAll(
    /[?#]/g,
    encodeURIComponent,
  );
}

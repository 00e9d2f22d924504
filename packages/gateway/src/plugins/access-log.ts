/** Writes one line a request, whatever became of it. */
import { outOfRange } from '@interpose/kernel/options';
import { accessEntry, type EntryOptions } from '../access-log/access-entry.ts';
import { isoTime } from '../access-log/iso-time.ts';
import { jsonText } from '../access-log/json-text.ts';
import { TEXT_LINES } from '../access-log/text-lines.ts';
import type { GatewayContext } from '../context.ts';
import { BANDS } from '../definition/bands.ts';
import { standardOutput } from '../log-files/standard-output.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** From here on an answer says that something has failed. */
const FAILED = 499;

/** The plugin `access-log`. */
export const accessLog: PluginDefinition = definePlugin({
  name: 'access-log',
  description: 'Writes one line for every request, also for those that were refused or left.',
  options: {
    format: {
      type: 'string',
      choices: ['json', 'detailed', 'brief', 'common', 'combined'],
      default: 'json',
      description: 'JSON, words for people, or the Common or Combined Log Format.',
    },
    file: {
      type: 'string',
      description: 'The path of a file to whose end lines are written, in the place of the output.',
    },
    query: {
      type: 'boolean',
      default: false,
      description: 'Whether the query is written; values that look secret never are.',
    },
    headers: {
      type: 'string[]',
      default: [],
      description: 'Request headers that are written; values that look secret never are.',
    },
    sampleRatio: {
      type: 'number',
      default: 1,
      min: 0,
      description: 'How many requests are written, from 0 to 1; those that failed always are.',
    },
  },
  create: ({ format, file, query, headers, sampleRatio }, { clock, random, logFiles }) => {
    if (sampleRatio > 1) {
      throw outOfRange('access-log.sampleRatio', 'a number from 0 to 1', sampleRatio);
    }
    const options = { query, headers };
    const sink = file === undefined ? standardOutput : logFiles.at(file);
    const lineOf = format === 'json' ? undefined : TEXT_LINES[format];
    return {
      log: {
        priority: BANDS.log,
        handle(ctx) {
          const isDue = sampleRatio === 1 || (ctx.outcome?.status ?? 0) >= FAILED;
          if (!isDue && random() >= sampleRatio) return;
          if (lineOf) sink.write(lineOf(ctx, clock.wall(), options));
          else if (file === undefined) ctx.logger.info(accessEntry(ctx, options));
          else sink.write(jsonLine(ctx, clock.wall(), options));
        },
      },
    };
  },
});

/** With the time before the rest. */
function jsonLine(ctx: GatewayContext, wallMs: number, options: EntryOptions): string {
  return `{"time":"${isoTime(wallMs)}",${jsonText(accessEntry(ctx, options)).slice(1)}`;
}

/** Notices requests for what only those ask for who look for a way in. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import { BANDS } from '../definition/bands.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** What scanners ask for, and hardly anybody else. */
const USUAL = [
  '/.env',
  '/.git/',
  '/.svn/',
  '/.aws/',
  '/.ssh/',
  '/wp-admin',
  '/wp-login.php',
  '/xmlrpc.php',
  '/phpmyadmin',
  '/cgi-bin/',
  '/vendor/phpunit',
  '/etc/passwd',
  '/proc/self',
  '/actuator/env',
] as const;

/** The plugin `suspicious-paths`. */
export const suspiciousPaths: PluginDefinition = definePlugin({
  name: 'suspicious-paths',
  description: 'Writes a warning for paths that scanners ask for, and refuses them if told so.',
  options: {
    paths: {
      type: 'string[]',
      default: USUAL,
      min: 1,
      description: 'Parts of paths that are suspicious, in any case of their letters.',
    },
    refuse: { type: 'boolean', default: false, description: 'Whether such requests get a 404.' },
  },
  create({ paths, refuse }, { logger }) {
    const pattern = new RegExp(paths.map(escaped).join('|'), 'i');
    return {
      access: {
        priority: BANDS.edge + 2,
        handle({ path, clientAddress, requestId }) {
          const found = pattern.exec(path);
          if (!found) return;
          const event = 'SUSPICIOUS_PATH';
          const shown = path.slice(0, 200);
          logger.warn({
            message: `${event}: ${shown}`,
            event,
            path: shown,
            clientAddress,
            requestId,
          });
          if (refuse) throw new HttpError(404, undefined, { code: 'ROUTE_NOT_FOUND' });
        },
      },
    };
  },
});

function escaped(part: string): string {
  if (part.trim() === '') throw outOfRange('suspicious-paths.paths', 'parts of paths', part);
  return part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

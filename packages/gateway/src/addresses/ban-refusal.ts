/** What clients are told that are shut out, and what the log is. */
import { HttpError } from '@interpose/http';
import { type BanEvent, BanList, type BanOptions } from './ban-list.ts';
import type { Dictionaries } from '../dictionaries/dictionaries.ts';
import { messageOf } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** The bans of a gateway, which are in the dictionary for blocked addresses; what becomes of them is written to the log. */
export function loggedBans(
  { dictionaries, logger }: { readonly dictionaries: Dictionaries; readonly logger: Logger },
  options: BanOptions = {},
): BanList {
  const listener = ({ kind, client }: BanEvent): void =>
    logger.warn({ message: `${kind}: ${client}`, event: kind, client });
  return new BanList(dictionaries.ip_blacklist, { ...options, listener });
}

/** The refusal of a client that is banned for so long yet. */
export function banRefusal(leftMs: number): HttpError {
  const headers = Number.isFinite(leftMs)
    ? { 'Retry-After': String(Math.max(1, Math.ceil(leftMs / 1000))) }
    : {};
  return new HttpError(403, 'IP temporarily banned due to excessive requests. Try again later.', {
    code: 'IP_BANNED',
    headers,
  });
}

/** Says that nobody could be asked whether a client is banned; then nobody is, as else everybody would be. */
export function bansUnknown(logger: Logger, error: unknown): undefined {
  logger.error({ message: `The bans cannot be read or written: ${messageOf(error)}` });
  return undefined;
}

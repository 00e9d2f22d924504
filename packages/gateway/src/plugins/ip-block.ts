/** Keeps out addresses that are blocked and clients that are banned, before anything else is done for them. */
import { HttpError } from '@interpose/http';
import { isThenable } from '@interpose/kernel';
import { banRefusal, bansUnknown, loggedBans } from '../addresses/ban-refusal.ts';
import { BANDS } from '../definition/bands.ts';
import { BlockedAddresses } from '../addresses/blocked-addresses.ts';
import { clientNetwork } from '../addresses/client-network.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `ip-block`. */
export const ipBlock: PluginDefinition = definePlugin({
  name: 'ip-block',
  description:
    'Keeps out blocked addresses and ranges, and clients that rate-limit or somebody else has banned.',
  options: {
    blocked: {
      type: 'string[]',
      default: [],
      description: 'Addresses and ranges, beside those of the dictionary ip_blacklist.',
    },
    refreshMs: {
      type: 'number',
      default: 1000,
      min: 0,
      description: 'How long it may take until a range that is put into the dictionary counts.',
    },
  },
  create({ blocked, refreshMs }, services) {
    const { clock, dictionaries, logger } = services;
    const bans = loggedBans(services);
    const addresses = new BlockedAddresses({
      always: blocked,
      dictionary: dictionaries.ip_blacklist,
      refreshMs,
      clock,
      onError: (error) => void bansUnknown(logger, error),
    });
    const decide = (leftMs: number | undefined): void => {
      if (leftMs !== undefined) throw banRefusal(leftMs);
    };
    return {
      init: () => addresses.load(),
      access: {
        priority: BANDS.edge,
        handle({ clientAddress }) {
          if (addresses.has(clientAddress)) throw refusal();
          let leftMs: ReturnType<typeof bans.check>;
          try {
            leftMs = bans.check(clientNetwork(clientAddress));
          } catch (error) {
            return bansUnknown(logger, error);
          }
          if (!isThenable(leftMs)) return decide(leftMs);
          return leftMs.then(decide, (error: unknown) => bansUnknown(logger, error));
        },
      },
    };
  },
});

const refusal = (): HttpError =>
  new HttpError(403, 'Requests from this address are refused', { code: 'ADDRESS_REFUSED' });

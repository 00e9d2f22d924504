/** Lets in consumers by their names and their groups, once it is known who is calling. */
import { HttpError } from '@interpose/http';
import { outOfRange } from '@interpose/kernel/options';
import { BANDS } from '../definition/bands.ts';
import { definePlugin, type PluginDefinition } from '../definition/plugin.ts';

/** The plugin `acl`. */
export const acl: PluginDefinition = definePlugin({
  name: 'acl',
  description: 'Lets in some consumers only, by name or by group; whoever is nobody is refused.',
  options: {
    groups: { type: 'string[]', min: 1, description: 'Groups that may; one of them is enough.' },
    consumers: {
      type: 'string[]',
      min: 1,
      description: 'Consumers that may, whatever their groups.',
    },
    denyGroups: { type: 'string[]', min: 1, description: 'Groups that may not, whoever else may.' },
    denyConsumers: { type: 'string[]', min: 1, description: 'Consumers that may not.' },
  },
  create({ groups, consumers, denyGroups, denyConsumers }) {
    if (!groups && !consumers && !denyGroups && !denyConsumers) {
      throw outOfRange(
        'acl.groups',
        'there, unless `consumers`, `denyGroups` or `denyConsumers` is',
        groups,
      );
    }
    const [may, mayNot] = [new Set(groups), new Set(denyGroups)];
    const [named, refused] = [new Set(consumers), new Set(denyConsumers)];
    const isOpen = !groups && !consumers;
    return {
      access: {
        priority: BANDS.permission,
        handle({ consumer }) {
          if (!consumer) {
            throw new HttpError(401, 'Nobody knows who is asking', { code: 'UNAUTHENTICATED' });
          }
          const { name, groups: own = [] } = consumer;
          const isRefused = refused.has(name) || own.some((group) => mayNot.has(group));
          const isLetIn = isOpen || named.has(name) || own.some((group) => may.has(group));
          if (isRefused || !isLetIn) {
            throw new HttpError(403, 'The consumer may not ask for this', {
              code: 'CONSUMER_REFUSED',
            });
          }
        },
      },
    };
  },
});

/** The mirrors of a config, by the names of their routes; those whose words stay the same live on with what they have counted. */
import { contentKey } from '../content-key.ts';
import type { RouteConfig } from '../gateway-config.ts';
import { type Forwarder, Mirror, type MirrorServices } from './mirror.ts';

/** What mirrors are made with. */
export interface MirrorSource {
  readonly upstreams: ReadonlyMap<string, Forwarder>;
  readonly services: MirrorServices;
  /** Those of the config before. */
  readonly before: ReadonlyMap<string, Mirror> | undefined;
  /** What `make` gives, or nothing if it throws, which is taken down. */
  readonly attempt: <T>(make: () => T) => T | undefined;
}

/** Makes the mirrors of routes, as far as there are upstreams for them. */
export function mirrorsOf(
  routes: readonly RouteConfig[],
  { upstreams, services, before, attempt }: MirrorSource,
): ReadonlyMap<string, Mirror> {
  const mirrors = new Map<string, Mirror>();
  for (const { name, mirror } of routes) {
    const target = mirror && upstreams.get(mirror.upstream);
    if (!target) continue;
    const earlier = before?.get(name);
    const stays = earlier?.target === target && contentKey(earlier.config) === contentKey(mirror);
    const made = stays ? earlier : attempt(() => new Mirror(mirror, target, services));
    if (made) mirrors.set(name, made);
  }
  return mirrors;
}

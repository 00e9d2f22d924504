/** Reads what a route says of streams: other protocols than HTTP, and copies of its requests. */
import type { MirrorConfig } from '../streams/mirror-config.ts';
import { methodList } from './methods.ts';
import { number, text } from './scalar-shapes.ts';
import { listOf, optional, readFields, required, type Shape } from './shape.ts';

/** The shape of `upgrades`; none at all is a list as well. */
export const upgradesShape: Shape<readonly string[]> = listOf(
  text({
    wanted: 'a protocol in lower case, such as websocket',
    fault: (name) => !/^[!#$%&'*+\-.^`|~\d_a-z]+(?:\/[\w.]+)?$/.test(name),
  }),
  { wanted: 'a list of protocols' },
);

/** The shape of `mirror`. */
export const mirrorShape: Shape<MirrorConfig> = (node, report) =>
  readFields<MirrorConfig>(
    node,
    {
      upstream: required(text({ wanted: 'the name of an upstream' })),
      percent: optional(number({ min: 0, max: 100 })),
      methods: optional(methodList),
      maxBodyBytes: optional(number({ whole: true, min: 0 })),
      maxConcurrent: optional(number({ whole: true, min: 1 })),
    },
    { what: '"mirror"', report },
  ) as MirrorConfig | undefined;

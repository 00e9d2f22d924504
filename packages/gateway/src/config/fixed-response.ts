/** Reads the fixed answer of a route. */
import type { FixedResponse } from '../gateway-config.ts';
import { tells } from './probe.ts';
import { number, text } from './scalar-shapes.ts';
import { isBroken, optional, readFields, recordOf, type Shape } from './shape.ts';

/** What RFC 9110 calls a token. */
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/;

/** Headers that belong to the connection, which a config must not speak for. */
const FRAMING = new Set([
  'connection',
  'content-length',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** The shape of `respond`. */
export const fixedResponse: Shape<FixedResponse> = (node, report) =>
  readFields<FixedResponse>(
    node,
    {
      status: optional(number({ whole: true, min: 200, max: 599 }), 200),
      headers: optional(
        recordOf({
          value: text({
            wanted: 'text without line breaks',
            fault: (value) => /[^\t\u0020-\u007e\u0080-\u00ff]/.test(value),
          }),
          wanted: 'a mapping of header names to texts',
          keyFault: headerFault,
        }),
      ),
      body: optional(anything),
    },
    { what: '"respond"', report },
  ) as FixedResponse | undefined;

function headerFault(name: string): string | undefined {
  if (!TOKEN.test(name)) return 'this is no name of a header';
  return FRAMING.has(name.toLowerCase()) ? 'the gateway sets this header itself' : undefined;
}

/** Any value as it stands: what is no text is sent as JSON. */
const anything: Shape<{}> = (node, report) => {
  if (tells(node, () => ({})) || isBroken(node, report)) return undefined;
  if (node.kind === 'scalar') return node.value ?? undefined;
  if (node.kind === 'list') return node.items.map((item) => anything(item, report) ?? null);
  const value: Shape<unknown> = (inner) => anything(inner, report) ?? null;
  return recordOf({ value, wanted: 'a mapping' })(node, report);
};

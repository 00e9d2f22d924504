/** Reads what a route asks of a request beside its path: host, headers, query, cookies. */
import type { RouteMatch, ValueRule } from '../routing/route-options.ts';
import { patternFault } from '../routing/value-rule.ts';
import { tells } from './probe.ts';
import { oneOf, text } from './scalar-shapes.ts';
import { isBroken, listOf, optional, readFields, recordOf, type Shape } from './shape.ts';
import { shown, type SourceNode } from './source.ts';

/** What RFC 9110 calls a token. */
const TOKEN = /^[!#$%&'*+\-.^`|~\w]+$/;
const HOST = /^(\*\.)?[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

const hostName = text({
  wanted: 'a host name, or *.example.com',
  fault: (host) => host.length > 253 || !HOST.test(host),
});

/** A host, or a list of hosts. */
export const hostShape: Shape<string | readonly string[]> = (node, report) => {
  if (node.kind !== 'list') return hostName(node, report);
  if (node.items.length === 0) {
    report.error('badValue', node, 'expected at least one host; leave "host" out for every host');
  }
  return listOf(hostName, { wanted: 'a list of host names' })(node, report);
};

/** The shape of `match`. */
export const matchShape: Shape<RouteMatch> = (node, report) =>
  readFields<RouteMatch>(
    node,
    {
      headers: optional(rules('headers', TOKEN)),
      query: optional(rules('query parameters', /./)),
      cookies: optional(rules('cookies', TOKEN)),
    },
    { what: '"match"', report },
  ) as RouteMatch | undefined;

/** The name of a header or a cookie. */
export const tokenName: Shape<string> = text({
  wanted: 'a name of letters, digits and "-"',
  fault: (name) => !TOKEN.test(name),
});

function rules(what: string, name: RegExp): Shape<Readonly<Record<string, ValueRule>>> {
  const shape = recordOf({
    value: rule,
    wanted: `a mapping of names of ${what} to what they must be`,
    keyFault: (key) => (name.test(key) ? undefined : 'this is no name'),
  });
  return (node, report) => {
    checkRepeated(node, report);
    return shape(node, report);
  };
}

/** Names of headers are the same in any case. */
function checkRepeated(node: SourceNode, report: Parameters<Shape<unknown>>[1]): void {
  if (node.kind !== 'map' || !node.path.endsWith('headers')) return;
  const seen = new Set<string>();
  for (const { key, place, value } of node.entries.values()) {
    const lower = key.toLowerCase();
    if (seen.has(lower)) {
      report.error('repeatedKey', { place, path: value.path }, 'this header is there already');
    }
    seen.add(lower);
  }
}

/** What a rule may be told, of which it is told one. */
interface RuleFields {
  readonly prefix?: string;
  readonly regex?: string;
  readonly oneOf?: readonly string[];
  readonly present?: true;
  readonly absent?: true;
}

const plain = text({ wanted: 'text' });

const rule: Shape<ValueRule> = (node, report) => {
  if (node.kind === 'scalar') {
    return text({ wanted: 'text, or one of prefix, regex, oneOf, present, absent' })(node, report);
  }
  const before = report.errors();
  const fields = readFields<RuleFields>(
    node,
    {
      prefix: optional(text({ wanted: 'what the value begins with', fault: (value) => !value })),
      regex: optional(
        text({ wanted: 'a regular expression for the whole value', fault: patternFault }),
      ),
      oneOf: optional(listOf(plain, { wanted: 'a list of texts' })),
      present: optional(isTrue),
      absent: optional(isTrue),
    },
    { what: 'a rule for a value', report },
  );
  const count = fields ? Object.keys(fields).length : 1;
  const wanted = 'expected one of prefix, regex, oneOf, present, absent';
  if (report.errors() === before && count !== 1) {
    return report.error('badValue', node, `${wanted}, got ${count === 0 ? 'none' : count}`);
  }
  if (fields?.oneOf?.length === 0) {
    return report.error('badValue', node, 'expected at least one text in "oneOf"');
  }
  return fields as ValueRule | undefined;
};

/** To say that something is not so, there is the other word. */
const isTrue: Shape<true> = (node, report) => {
  if (tells(node, () => ({ const: true })) || isBroken(node, report)) return undefined;
  if (node.kind === 'scalar' && (node.value === true || node.value === 'true')) return true;
  return report.error('badValue', node, `expected true, got ${shown(node)}`);
};

/** Whether a slash at the end counts. */
export const trailingSlashShape: Shape<'strict' | 'ignore'> = oneOf(['strict', 'ignore']);

/** Changes a query as a route says, and leaves what it does not name as it came. */
import type { QueryEdit } from './route-options.ts';

/** Changes a query: with its `?`, or empty. */
export type EditQuery = (search: string) => string;

/** Makes what changes queries. */
export function queryEdit({ set = {}, remove = [], add = {} }: QueryEdit): EditQuery {
  const gone = new Set([...Object.keys(set), ...remove]);
  const more = [...Object.entries(set), ...Object.entries(add)]
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return (search) => {
    const kept = gone.size ? without(search.slice(1), gone) : search.slice(1);
    if (!more) return kept && `?${kept}`;
    return kept ? `?${kept}&${more}` : `?${more}`;
  };
}

/** Whatever way a name is escaped, it is the same name. */
function without(query: string, names: ReadonlySet<string>): string {
  return query
    .split('&')
    .filter((pair) => pair !== '' && !names.has(nameOf(pair)))
    .join('&');
}

function nameOf(pair: string): string {
  // As those who read queries do: a plus is a blank, and what is no UTF-8 stays in some form.
  const [name = ''] = new URLSearchParams(pair).keys();
  return name;
}

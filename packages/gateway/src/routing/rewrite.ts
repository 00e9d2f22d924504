/** Rewrite: what an upstream is asked, made from what the client asked. */
import type { Asked } from '../upstream/asked.ts';
import { pathTemplate } from './path-template.ts';
import { queryEdit } from './query-edit.ts';
import type { RouteOptions } from './route-options.ts';

/** What a request asks, in normal form. */
export interface Asking {
  readonly path: string;
  readonly search: string;
}

/** Makes of what the client asked what the upstream is asked. */
export type Rewriter = (asking: Asking) => Asked;

/** Makes what rewrites the requests of a route. */
export function rewriter(
  path: string,
  { stripPrefix, rewrite = {} }: Pick<RouteOptions, 'stripPrefix' | 'rewrite'>,
): Rewriter {
  const { query, host } = rewrite;
  const prefix = bare(stripPrefix);
  const pathOf =
    rewrite.path === undefined
      ? withPrefix(bare(rewrite.prefix), withoutPrefix(prefix))
      : pathTemplate(rewrite.path, path);
  const searchOf = query && queryEdit(query);
  const taken = prefix || undefined;
  return ({ path: asked, search }) => ({
    path: pathOf(asked),
    search: searchOf ? searchOf(search) : search,
    host,
    prefix: taken,
  });
}

type EditPath = (path: string) => string;

/** Takes a prefix away, which ends where a segment ends. */
function withoutPrefix(prefix: string): EditPath {
  if (!prefix) return (path) => path;
  const below = `${prefix}/`;
  return (path) => {
    if (!path.startsWith(below)) return path === prefix ? '/' : path;
    return path.slice(prefix.length);
  };
}

function withPrefix(prefix: string, edit: EditPath): EditPath {
  return prefix ? (path) => prefix + edit(path) : edit;
}

function bare(prefix = ''): string {
  return prefix.replace(/\/$/, '');
}

/** The paths of routes in the forms that the seed knows: with `{braces}`, and made from the name of a function. */

/** A function whose route has a path of its own choosing. */
const OWN_PATHS = new WeakMap<object, string>();

/**
 * Gives a function a path in the place of the one that its name would make. Also as a decorator of methods.
 *
 * @example
 * class Users extends FastApiRoutes {
 *   @routePath('/everybody')
 *   get_users() { … }
 * }
 */
export function routePath(path: string): <F extends (...args: never[]) => unknown>(run: F) => F {
  return (run) => {
    OWN_PATHS.set(run, path);
    return run;
  };
}

/** The path that a function was given, or the one that its name makes. */
export function pathOf(run: { readonly name: string }, params?: readonly string[]): string {
  return OWN_PATHS.get(run) ?? pathFromName(run.name, params);
}

/**
 * The path that a name makes: `get_users` is `/get-users`, `get_user__id` is `/get-user/:id`, and `user__id_posts__post_id` is
 * `/user/:id/posts/:post_id`. Behind two underscores stands the name of a parameter, up to the next underscore or, if it is the last, up to
 * the end; where that is not what was meant, `params` says which names there are.
 */
export function pathFromName(name: string, params: readonly string[] = []): string {
  const [first = '', ...rest] = name.replace(/^bound /, '').split('__');
  const parts = [`/${words(first)}`];
  for (const [at, part] of rest.entries()) {
    const [parameter, text] = split(part, params, at === rest.length - 1);
    parts.push(`/:${parameter}`);
    if (text) parts.push(`/${words(text)}`);
  }
  return parts.join('');
}

/** `/users/{id}` as `/users/:id`, and `/files/{path:path}` as `/files/*`. */
export function patternOf(path: string): string {
  return path.replaceAll(/\{\w+:path\}/g, '*').replaceAll(/\{(\w+)\}/g, ':$1');
}

function split(
  part: string,
  params: readonly string[],
  isLast: boolean,
): readonly [string, string] {
  const known = params
    .filter((name) => part === name || part.startsWith(`${name}_`))
    .toSorted((one, other) => other.length - one.length)[0];
  const length = known?.length ?? (isLast || !part.includes('_') ? part.length : part.indexOf('_'));
  return [part.slice(0, length), part.slice(length + 1)];
}

/** `get_users` and `getUsers` as `get-users`. */
const words = (text: string): string =>
  text
    .replaceAll(/([a-z\d])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();

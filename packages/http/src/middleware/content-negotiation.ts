/** contentNegotiation: finds the type and the language that the client would like best among those there are. */
import { checkNames, unexpected } from '@interpose/kernel/options';
import { accepts, acceptsLanguage } from '../context/accept.ts';
import type { HttpMiddleware } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { HttpError } from '../errors.ts';

/** Options of `contentNegotiation`. */
export interface ContentNegotiationOptions<Type extends string, Language extends string> {
  /** Types that there are, the one that we like best first. @default types are not asked for */
  readonly types?: readonly Type[];
  /** Languages that there are; the first is for those who want none of them. @default languages are not asked for */
  readonly languages?: readonly Language[];
}

/** What `contentNegotiation` adds to the context. */
export interface Negotiated<Type extends string, Language extends string> {
  readonly negotiated: { readonly type: Type; readonly language: Language };
}

/**
 * Adds `ctx.negotiated`, and says in `Vary` what the answer depends on. Who wants none of the types gets a 406.
 *
 * @throws TypeError for options that are none
 * @example
 * const app = createApp()
 *   .use(contentNegotiation({ types: ['application/json', 'text/csv'] }))
 *   .get('/report', ({ negotiated }) => negotiated.type);
 */
export function contentNegotiation<
  const Type extends string = never,
  const Language extends string = never,
>(
  options: ContentNegotiationOptions<Type, Language>,
): HttpMiddleware<HttpContext, HttpContext & Negotiated<Type, Language>> {
  checkNames('contentNegotiation()', options, ['types', 'languages']);
  const types = listOf('types', options.types);
  const languages = listOf('languages', options.languages);
  if (!types && !languages) throw unexpected('types', 'there, unless `languages` are', types);
  return function contentNegotiation(ctx, next) {
    const { headers } = ctx.response;
    if (types) headers.appendItem('Vary', 'Accept');
    if (languages) headers.appendItem('Vary', 'Accept-Language');
    const type = types && accepts(ctx, types);
    if (types && type === undefined) {
      throw new HttpError(406, `There is ${types.join(', ')}`, { code: 'NOT_ACCEPTABLE' });
    }
    const language = languages && (acceptsLanguage(ctx, languages) ?? languages[0]);
    return next(
      Object.assign(ctx, { negotiated: { type: type as Type, language: language as Language } }),
    );
  };
}

function listOf<Name extends string>(
  option: string,
  list: readonly Name[] | undefined,
): readonly Name[] | undefined {
  if (list === undefined) return undefined;
  const isRight =
    Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string' && one);
  if (!isRight) throw unexpected(option, 'a list of one name at least', list);
  return list;
}

/** What a client would like to get: the `Accept` headers, with their weights (RFC 9110, section 12.5). */
import type { HttpContext } from './context.ts';

/** One thing that a client names, and how much it wants it. */
export interface Wish {
  /** In lower case, with nothing but its parameters behind it. */
  readonly name: string;
  /** From 0, not at all, to 1. */
  readonly q: number;
}

const Q = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** The wishes of a header in the order in which they stand. What is malformed is left out. */
export function parseAccept(header: string): Wish[] {
  const wishes: Wish[] = [];
  for (const item of splitOutside(header, ',')) {
    const [name = '', ...parameters] = splitOutside(item, ';').map((text) =>
      text.trim().toLowerCase(),
    );
    const at = parameters.findIndex((text) => text.startsWith('q='));
    const q = at < 0 ? '1' : Q.exec(parameters[at] as string)?.[1];
    if (!name || /\s/.test(name) || q === undefined) continue;
    const own = at < 0 ? parameters : parameters.slice(0, at);
    wishes.push({ name: [name, ...own.filter(Boolean)].join(';'), q: Number(q) });
  }
  return wishes;
}

/** Splits a text, but not between quotes. */
function splitOutside(text: string, separator: string): string[] {
  if (!text.includes('"')) return text.split(separator);
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** How well a wish fits an offer: 0 if not at all, else the more the closer. */
type Fit = (wish: string, offer: string) => number;

/** The best of several offers; the first of those that are wanted alike. Nothing if none is wanted. */
function best<Offer extends string>(
  header: string | undefined,
  offers: readonly Offer[],
  fit: Fit,
): Offer | undefined {
  // Who says nothing takes anything.
  if (header === undefined || header.trim() === '') return offers[0];
  const wishes = parseAccept(header);
  let found: Offer | undefined;
  let most = 0;
  for (const offer of offers) {
    const q = weightOf(offer.toLowerCase(), wishes, fit);
    if (q > most) [found, most] = [offer, q];
  }
  return found;
}

/** How much an offer is wanted: what the wish says that fits it closest. */
function weightOf(offer: string, wishes: readonly Wish[], fit: Fit): number {
  let closest = 0;
  let weight = 0;
  for (const { name, q } of wishes) {
    const close = fit(name, offer);
    if (close > closest) [closest, weight] = [close, q];
    else if (close === closest && close > 0) weight = Math.max(weight, q);
  }
  return weight;
}

const typeFit: Fit = (wish, offer) => {
  const [wished = '', ...demands] = wish.split(';');
  const [offered = '', ...parameters] = offer.split(';').map((text) => text.trim());
  if (!demands.every((one) => parameters.includes(one))) return 0;
  if (wished === offered) return 3 + demands.length;
  if (wished === '*/*' || wished === '*') return 1;
  return wished.endsWith('/*') && offered.startsWith(wished.slice(0, -1)) ? 2 : 0;
};

/** A wish for a language is one for its kinds as well (RFC 4647, basic filtering). */
const languageFit: Fit = (wish, offer) => {
  if (wish === '*') return 1;
  return wish === offer || offer.startsWith(`${wish}-`) ? 1 + wish.length : 0;
};

const nameFit: Fit = (wish, offer) => (wish === offer ? 2 : wish === '*' ? 1 : 0);

/**
 * Which of several types the client would like best, the first of those that it likes alike; nothing if it wants none of them.
 *
 * @example
 * const type = accepts(ctx, ['application/json', 'text/html']);
 */
export function accepts<Type extends string>(
  ctx: Pick<HttpContext, 'headers'>,
  types: readonly Type[],
): Type | undefined {
  return preferredType(ctx.headers.get('accept'), types);
}

/** Which of several types an `Accept` header asks for. */
export function preferredType<Type extends string>(
  accept: string | undefined,
  types: readonly Type[],
): Type | undefined {
  return best(accept, types, typeFit);
}

/** Which of several languages the client would like best. */
export function acceptsLanguage<Language extends string>(
  ctx: Pick<HttpContext, 'headers'>,
  languages: readonly Language[],
): Language | undefined {
  return best(ctx.headers.get('accept-language'), languages, languageFit);
}

/** Which of several encodings the client would like best; `identity` is taken unless it is refused. */
export function acceptsEncoding<Encoding extends string>(
  ctx: Pick<HttpContext, 'headers'>,
  encodings: readonly Encoding[],
): Encoding | 'identity' | undefined {
  const header = ctx.headers.get('accept-encoding');
  if (header === undefined) return 'identity';
  const found = best(header.trim() || 'identity', encodings, nameFit);
  if (found) return found;
  const refused = parseAccept(header).find(({ name }) => name === 'identity');
  const all = parseAccept(header).find(({ name }) => name === '*');
  return (refused ?? all)?.q === 0 ? undefined : 'identity';
}

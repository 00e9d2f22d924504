/** Routes under /admin that tell which cookies a browser has, and set and delete them; what is in a cookie is never told. */
import type { App } from '../app.ts';
import type { HttpContext } from '../context/context.ts';
import { cookieText } from '../context/cookies.ts';
import { HttpError } from '../errors.ts';
import { isTokenName } from '../context/headers.ts';
import { LONGEST_VALUE, refuseOtherOrigins } from './cookie-form.ts';

/** A cookie that the app knows what to do with. */
export interface CookieTemplateEntry {
  readonly name: string;
  readonly description?: string;
  readonly category?: string;
  /** Whether the app cannot do without it. @default false */
  readonly required?: boolean;
  /** What values look like. @default anything */
  readonly validator?: RegExp;
}

/** Cookies that belong together. */
export interface CookieTemplate {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly cookies: readonly CookieTemplateEntry[];
}

/** A cookie that is to be set. */
interface Wish {
  readonly name: string;
  readonly value: string;
  readonly expiresInSeconds: number | undefined;
}

/** Adds them below a path. */
export function addAdminCookies<Ctx extends HttpContext>(
  app: App<Ctx>,
  base: string,
  templates: readonly CookieTemplate[],
): void {
  const known = new Map(templates.flatMap(({ cookies }) => cookies).map((one) => [one.name, one]));
  const options = { tags: ['admin'], meta: { isDefault: true } } as const;
  const at = `${base}/admin-cookies`;
  app
    .get(`${at}/list`, options, (ctx) =>
      [...known.values()].map((entry) => ({
        ...told(entry),
        ...stateOf(own(ctx), entry.name, entry),
      })),
    )
    .get(`${at}/templates`, options, () =>
      templates.map(({ cookies, ...template }) => ({ ...template, cookies: cookies.map(told) })),
    );
  app.get(`${at}/get/:name`, options, (ctx) => {
    const { name = '' } = own(ctx).params;
    const entry = known.get(name);
    return { name, config: entry ? told(entry) : null, ...stateOf(own(ctx), name, entry) };
  });
  app.post(`${at}/set/:name`, options, async (ctx) => {
    refuseOtherOrigins(own(ctx));
    const body = await bodyOf(own(ctx));
    return setCookie(own(ctx), wishOf({ ...body, name: own(ctx).params['name'] }), known);
  });
  app.delete(`${at}/delete/:name`, options, (ctx) => deleteCookie(own(ctx)));
  app.post(`${at}/bulk-set`, options, async (ctx) => {
    refuseOtherOrigins(own(ctx));
    const { cookies } = await bodyOf(own(ctx));
    if (!Array.isArray(cookies)) throw new HttpError(400, 'Expected `cookies` to be a list');
    // All are looked at before the first is set.
    const wishes = (cookies as readonly unknown[]).map(wishOf);
    const results = wishes.map((wish) => setCookie(own(ctx), wish, known));
    return { success: results.every((result) => result['success'] === true), results };
  });
  app.get(`${at}/generate-value/:type`, options, (ctx) => {
    own(ctx).response.headers.set('Cache-Control', 'no-store');
    return generated(own(ctx).params['type']);
  });
}

/** What a generic handler has, whatever else it has. */
const own = (ctx: unknown): HttpContext => ctx as HttpContext;

const told = ({ validator, ...entry }: CookieTemplateEntry): object => ({
  description: '',
  category: 'general',
  required: false,
  ...entry,
  ...(validator && { validator: validator.source }),
});

/** Whether it is there, and how long it is. */
function stateOf(
  { cookies }: HttpContext,
  name: string,
  entry: CookieTemplateEntry | undefined,
): object {
  const value = cookies.get(name);
  return {
    has_value: value !== undefined,
    value_length: value?.length ?? 0,
    is_valid: value === undefined || isValid(value, entry),
  };
}

const isValid = (value: string, entry: CookieTemplateEntry | undefined): boolean =>
  !entry?.validator ||
  new RegExp(entry.validator, entry.validator.flags.replaceAll(/[gy]/g, '')).test(value);

async function bodyOf(ctx: HttpContext): Promise<Readonly<Record<string, unknown>>> {
  const body = await ctx.body.json({ maxBytes: 64 * 1024 });
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
}

/** @throws HttpError 400 for what can be no cookie */
function wishOf(given: unknown): Wish {
  const { name, value, expires_in: seconds } = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (!isTokenName(name)) throw new HttpError(400, 'Expected `name` to be the name of a cookie');
  if (typeof value !== 'string' || value.length > LONGEST_VALUE) {
    throw new HttpError(
      400,
      `Expected \`value\` to be a text of at most ${LONGEST_VALUE} characters`,
    );
  }
  const isTime =
    seconds === undefined ||
    seconds === null ||
    (Number.isSafeInteger(seconds) && Number(seconds) > 0);
  if (!isTime) throw new HttpError(400, 'Expected `expires_in` to be a whole number of seconds');
  return { name, value, expiresInSeconds: typeof seconds === 'number' ? seconds : undefined };
}

function setCookie(
  ctx: HttpContext,
  { name, value, expiresInSeconds }: Wish,
  known: ReadonlyMap<string, CookieTemplateEntry>,
): Readonly<Record<string, unknown>> {
  if (!isValid(value, known.get(name))) {
    return { success: false, name, error: 'The value does not look as it should' };
  }
  send(ctx, name, value, expiresInSeconds);
  return { success: true, name, value_set: value !== '' };
}

function deleteCookie(ctx: HttpContext): object {
  refuseOtherOrigins(ctx);
  const { name } = ctx.params;
  if (!isTokenName(name)) throw new HttpError(400, 'Expected the name of a cookie');
  send(ctx, name, '', 0);
  return { success: true, name, deleted: true };
}

/** @throws HttpError 400 for a name that promises what cannot be kept here, such as `__Secure-` without TLS */
function send(ctx: HttpContext, name: string, value: string, maxAgeSeconds?: number): void {
  const { secure, response } = ctx;
  const age = maxAgeSeconds === undefined ? {} : { maxAgeSeconds };
  let line: string;
  try {
    line = cookieText(name, value, { httpOnly: true, sameSite: 'Strict', secure, ...age });
  } catch (cause) {
    throw new HttpError(400, 'This cookie cannot be set here', { cause });
  }
  response.headers.append('Set-Cookie', line);
  response.headers.set('Cache-Control', 'no-store');
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

function generated(type: string | undefined): object {
  if (type !== 'api_key')
    return { value: crypto.randomUUID(), type: type === 'uuid' ? 'uuid' : 'default' };
  // As many letters as six bits tell apart, so that each is as likely as the next.
  const bytes = crypto.getRandomValues(new Uint8Array(48));
  return { value: `sk-${Array.from(bytes, (byte) => LETTERS[byte & 63]).join('')}`, type };
}

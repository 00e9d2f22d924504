/** The form with which a browser gets the cookie that has the API key, and the route that sets it. */
import type { HttpContext } from '../context/context.ts';
import { cookieText } from '../context/cookies.ts';
import { HttpError } from '../errors.ts';
import { isTokenName } from '../context/headers.ts';
import { escaped } from '../html-text.ts';
import { page } from './page.ts';

/** The name of the cookie where none is set up. */
export const DEFAULT_COOKIE_NAME = 'auth-cookie';

/** How many characters a cookie may have. */
export const LONGEST_VALUE = 3500;

/** Shows whether there is a cookie, never what is in it: scripts may not read it, so the page must not tell it. */
export function showCookieForm(ctx: HttpContext, cookieName: string | undefined): string {
  const name = cookieName ?? DEFAULT_COOKIE_NAME;
  const warning =
    cookieName === undefined
      ? '<p>No name is set up for the API key, so this cookie lets nobody in.</p>'
      : '';
  const state = ctx.cookies.get(name) ? 'is set' : 'is not set';
  return page(
    ctx,
    'Set the auth cookie',
    `${warning}<p>The cookie <code>${escaped(name)}</code> ${state}.</p>
<form method="post" action="set-auth-cookie" autocomplete="off">
<label>Value <input type="password" name="cookie_value" required maxlength="${LONGEST_VALUE}"></label>
<button>Set</button>
</form>`,
  );
}

/**
 * Sets the cookie that a form or a JSON body names. Says nothing of its value.
 *
 * @throws HttpError 403 for a page of another origin, 400 without a value
 */
export async function setAuthCookie(
  ctx: HttpContext,
  cookieName: string | undefined,
): Promise<object> {
  refuseOtherOrigins(ctx);
  const name = isTokenName(cookieName) ? cookieName : DEFAULT_COOKIE_NAME;
  const value = await valueIn(ctx);
  const cookie = cookieText(name, value, {
    httpOnly: true,
    sameSite: 'Strict',
    secure: ctx.secure,
  });
  const { headers } = ctx.response;
  headers.append('Set-Cookie', cookie);
  headers.set('Cache-Control', 'no-store');
  return { message: 'Cookie set successfully', cookie_name: name };
}

/** A page of somebody else could put its own cookie in the place of the visitor's. */
export function refuseOtherOrigins({ headers, secure }: HttpContext): void {
  const site = headers.get('sec-fetch-site');
  const origin = headers.get('origin');
  const own = `${secure ? 'https' : 'http'}://${headers.get('host')?.toLowerCase()}`;
  const isOther =
    site === undefined
      ? origin !== undefined && origin !== own
      : site !== 'same-origin' && site !== 'none';
  if (isOther) {
    throw new HttpError(403, 'Only a page of this server may set the cookie', {
      code: 'ORIGIN_NOT_ALLOWED',
    });
  }
}

async function valueIn(ctx: HttpContext): Promise<string> {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(
    ctx.headers.get('content-type') ?? '',
  );
  const options = { maxBytes: 16 * 1024 };
  const value = isForm
    ? (await ctx.body.form(options)).get('cookie_value')
    : ((await ctx.body.json(options)) as { readonly cookie_value?: unknown } | null)?.cookie_value;
  const isValue = typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_VALUE;
  if (!isValue)
    throw new HttpError(400, `Expected \`cookie_value\` to be a text that is not blank`);
  return value;
}

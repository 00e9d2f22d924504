/** Pages that are made here: nothing in them comes from elsewhere, and nothing that was given can become a part of the page. */
import type { HttpContext } from '../context/context.ts';
import { escaped } from '../html-text.ts';

/** Answers with a page, whose body is made of escaped text. */
export function page(ctx: HttpContext, title: string, body: string): string {
  const { headers } = ctx.response;
  headers.set('Content-Type', 'text/html; charset=utf-8');
  headers.set('Cache-Control', 'no-store');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Referrer-Policy', 'no-referrer');
  headers.set(
    'Content-Security-Policy',
    "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  const name = escaped(title);
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title><h1>${name}</h1>${body}</html>`;
}

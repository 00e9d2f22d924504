/** Problem documents (RFC 9457): what a client learns of a refusal or a failure, and nothing else. */
import { RefusedMessageError } from '@interpose/wire';
import { preferredType } from './accept.ts';
import { codeOf, isHttpError, statusOf, titleOf } from './errors.ts';

/** What a problem is shown with. */
export interface ProblemOptions {
  readonly requestId?: string | undefined;
  /** What the client would like to read; JSON unless it prefers HTML or plain text. */
  readonly accept?: string | undefined;
  /** Whether HTML and plain text are given to those who prefer them, or JSON to all. @default 'negotiated' */
  readonly formats?: 'negotiated' | 'json';
  /** Shows the message of unexpected errors as well; for development. @default false */
  readonly showMessages?: boolean;
  /** More members for an unexpected error, which says no more than its status otherwise. @default none */
  readonly unexpected?: (error: unknown) => Readonly<Record<string, unknown>>;
  /** Comes before the code to make the address of the kind of problem. @default none: 'about:blank' */
  readonly typeBase?: string | undefined;
}

/** A problem as members of a document. */
export interface Problem extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  readonly requestId?: string;
}

/** A problem as it is sent. */
export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The problem that something thrown is. Only an `HttpError`, or a message that was refused, says more than its status. */
export function problemOf(error: unknown, options: ProblemOptions = {}): Problem {
  const status = statusOf(error);
  const meant = isHttpError(error) ? error : undefined;
  const isForClient = meant || RefusedMessageError.is(error) || options.showMessages;
  const code = meant?.code ?? (error as { code?: string } | null)?.code ?? '';
  const title = titleOf(status);
  const shown = isForClient && error instanceof Error ? error.message : undefined;
  const ownCode = meant || status !== 500 ? code : codeOf(500);
  const type = meant && meant.type !== 'about:blank' ? meant.type : undefined;
  return {
    type: type ?? (options.typeBase === undefined ? 'about:blank' : options.typeBase + ownCode),
    title,
    status,
    ...(shown !== undefined && shown !== title && { detail: shown }),
    ...meant?.members,
    ...(!meant && status === 500 && options.unexpected?.(error)),
    code: ownCode,
    ...(options.requestId !== undefined && { requestId: options.requestId }),
  };
}

/** Something thrown as an answer, in the form that the client prefers. */
export function problemAnswer(error: unknown, options: ProblemOptions = {}): ProblemAnswer {
  const problem = problemOf(error, options);
  const headers = { 'Cache-Control': 'no-store', ...(isHttpError(error) ? error.headers : {}) };
  const form = options.formats === 'json' ? 'json' : preferred(options.accept);
  const [contentType, body] =
    form === 'html'
      ? (['text/html; charset=utf-8', asHtml(problem)] as const)
      : form === 'text'
        ? (['text/plain; charset=utf-8', asText(problem)] as const)
        : (['application/problem+json', JSON.stringify(problem)] as const);
  return { status: problem.status, headers: { ...headers, 'Content-Type': contentType }, body };
}

/** The form that is wanted most; JSON when in doubt. */
function preferred(accept: string | undefined): Form {
  const type = preferredType(accept, FORM_TYPES);
  return type === undefined ? 'json' : FORMS[type];
}

type Form = 'json' | 'html' | 'text';

const FORMS = {
  'application/problem+json': 'json',
  'application/json': 'json',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'text/plain': 'text',
} as const satisfies Readonly<Record<string, Form>>;

const FORM_TYPES = Object.keys(FORMS) as readonly (keyof typeof FORMS)[];

function lines({ title, detail, status, code, requestId }: Problem): string[] {
  return [
    `${status} ${title}`,
    ...(detail === undefined ? [] : [detail]),
    `Code: ${code}`,
    ...(requestId === undefined ? [] : [`Request: ${requestId}`]),
  ];
}

const asText = (problem: Problem): string => `${lines(problem).join('\n')}\n`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function asHtml(problem: Problem): string {
  const [heading = '', ...rest] = lines(problem).map((line) =>
    line.replace(/[&<>"']/g, (character) => ESCAPES[character] as string),
  );
  const paragraphs = rest.map((line) => `<p>${line}</p>`).join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${heading}</title><h1>${heading}</h1>${paragraphs}</html>`;
}

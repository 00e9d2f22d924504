/** Problem documents as they are shown: as JSON, as a page or as plain text, whichever the client prefers. */
import { preferredType } from '../context/accept.ts';

/** What is shown of a problem to people. */
export interface ShownProblem {
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly code: string;
  readonly requestId?: string;
}

/** How it is shown. */
export interface ProblemForm {
  /** What the client would like to read. */
  readonly accept: string | undefined;
  readonly formats: 'negotiated' | 'json';
  /** The language of title and detail. */
  readonly language: string;
}

/** The document, with its media type. */
export function problemText(
  problem: ShownProblem,
  { accept, formats, language }: ProblemForm,
): { readonly contentType: string; readonly body: string } {
  const form = formats === 'json' ? 'json' : preferred(accept);
  if (form === 'html') {
    return { contentType: 'text/html; charset=utf-8', body: asHtml(problem, language) };
  }
  if (form === 'text') return { contentType: 'text/plain; charset=utf-8', body: asText(problem) };
  return { contentType: 'application/problem+json', body: JSON.stringify(problem) };
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

function lines({ title, detail, status, code, requestId }: ShownProblem): string[] {
  return [
    `${status} ${title}`,
    ...(detail === undefined ? [] : [detail]),
    `Code: ${code}`,
    ...(requestId === undefined ? [] : [`Request: ${requestId}`]),
  ];
}

const asText = (problem: ShownProblem): string => `${lines(problem).join('\n')}\n`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string);

function asHtml(problem: ShownProblem, language: string): string {
  const [heading = '', ...rest] = lines(problem).map(escaped);
  const paragraphs = rest.map((line) => `<p>${line}</p>`).join('');
  return `<!doctype html><html lang="${escaped(language)}"><meta charset="utf-8"><title>${heading}</title><h1>${heading}</h1>${paragraphs}</html>`;
}

/** Problem documents (RFC 9457) for what is refused or fails before anyone else can answer. */
import { STATUS_TEXTS } from '../message-writer/status-texts.ts';

/** What a problem says. */
export interface WireProblem {
  readonly status: number;
  readonly code: string;
  readonly detail?: string | undefined;
}

/** The headers that a problem document has. */
export const PROBLEM_HEADERS: readonly string[] = [
  'Content-Type',
  'application/problem+json',
  'Cache-Control',
  'no-store',
];

/** A problem as a document. */
export function problemDocument({ status, code, detail }: WireProblem): string {
  const title = STATUS_TEXTS[status] ?? 'Failed';
  return JSON.stringify({ type: 'about:blank', title, status, ...(detail && { detail }), code });
}

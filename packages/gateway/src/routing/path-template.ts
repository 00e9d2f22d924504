/** PathTemplate: a path or an address with places that are filled with what the path of a route has caught. */
import { parsePattern, type Segment } from '@interpose/http';
import { unexpected } from '@interpose/kernel/options';

/** Fills the template with the parts of a request's path, as they came: nothing is unescaped, so nothing can be added to it. */
export type FillTemplate = (path: string) => string;

/** A text, or the part of a request's path that goes in its place: one segment, or all from there on. */
type Piece = string | { readonly at: number; readonly isRest: boolean };

/** The parameters in a template, with `*` for the rest. */
export function namesIn(template: string): readonly string[] {
  return segmentsIn(template).flatMap((segment) =>
    segment.kind === 'text' ? [] : [segment.kind === 'rest' ? '*' : segment.name],
  );
}

/**
 * Makes what fills a template. Its names must be those of the route's path.
 *
 * @throws TypeError if the template or the path is none
 */
export function pathTemplate(template: string, routePath: string): FillTemplate {
  const where = new Map<string, number>();
  for (const [at, segment] of parsePattern(routePath).segments.entries()) {
    if (segment.kind !== 'text') where.set(segment.kind === 'rest' ? '*' : segment.name, at);
  }
  const pieces = segmentsIn(template).map((segment): Piece => {
    if (segment.kind === 'text') return segment.text;
    const isRest = segment.kind === 'rest';
    const at = where.get(isRest ? '*' : segment.name);
    if (at === undefined) {
      throw unexpected('path', `a path with no more parameters than ${routePath}`, template);
    }
    return { at, isRest };
  });
  if (pieces.every((piece) => typeof piece === 'string')) return () => template;
  return (path) => fill(pieces, path.split('/'));
}

/** `parts` begins with what is before the first slash, which is nothing. */
function fill(pieces: readonly Piece[], parts: readonly string[]): string {
  let filled = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') filled += `/${piece}`;
    else if (!piece.isRest) filled += `/${parts[piece.at + 1] ?? ''}`;
    else if (parts.length > piece.at + 1) filled += `/${parts.slice(piece.at + 1).join('/')}`;
  }
  return filled || '/';
}

function segmentsIn(template: string): readonly Segment[] {
  return parsePattern(template).segments;
}

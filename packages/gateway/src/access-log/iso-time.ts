/** isoTime: a moment as RFC 3339 writes it, of which all but the milliseconds stays the same for a second. */

const SECOND_MS = 1000;
let second = NaN;
let beginning = '';

/** The moment, in UTC. */
export function isoTime(wallMs: number): string {
  const ms = Math.floor(wallMs);
  const own = Math.floor(ms / SECOND_MS);
  if (own !== second) {
    second = own;
    beginning = new Date(own * SECOND_MS).toISOString().slice(0, -4);
  }
  const rest = ms - own * SECOND_MS;
  return `${beginning}${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}

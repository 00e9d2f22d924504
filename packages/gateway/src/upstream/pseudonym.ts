/** The name that a gateway has in `Via`, by which it knows its own requests again. */

const known = new WeakMap<object, string>();
let count = 0;

/** The same name for all upstreams of one gateway; no other one of this process has it, and most likely none elsewhere. */
export function pseudonymOf(services: { readonly random: () => number }): string {
  const name =
    known.get(services) ?? `interpose-${digits(services.random)}${(++count).toString(36)}`;
  known.set(services, name);
  return name;
}

function digits(random: () => number): string {
  return Math.floor(random() * 2 ** 48)
    .toString(36)
    .padStart(10, '0');
}

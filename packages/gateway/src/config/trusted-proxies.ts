/** Reads which proxies are believed what they say of clients. */
import { AddressSet } from '@interpose/http';
import { text } from './scalar-shapes.ts';
import { listOf, type Shape } from './shape.ts';

/** The shape of `trustedProxies`. */
export const trustedProxiesShape: Shape<readonly string[]> = listOf(
  text({
    wanted: 'an address, a range such as 10.0.0.0/8, loopback, private or unix',
    fault: (value) => !isRange(value),
  }),
  { wanted: 'a list of addresses and ranges of proxies' },
);

function isRange(value: string): boolean {
  try {
    return new AddressSet('trustedProxies', [value]) instanceof AddressSet;
  } catch {
    return false;
  }
}

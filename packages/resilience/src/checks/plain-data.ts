/** Plain data: what is made of objects, lists and values alone, and how a property is put on it. */

/** True for objects and lists made of data alone, and not of a class. */
export function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** Puts a property on an object, whatever it is called, so that no setter of anybody runs. */
export function put(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

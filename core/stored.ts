/**
 * What was stored comes back to life: everything here that remembers does so in plain data in ordinary
 * properties, of itself or of objects that its constructor makes. What is fixed is in #private ones.
 */

/** Fills a new object with what was stored of another of its class; returns it. */
export function restore<T extends object>(fresh: T, stored: T): T {
  const target = fresh as Record<string, unknown>;
  for (const [name, value] of Object.entries(stored)) {
    const own = target[name];
    if (isInstance(own) && typeof value === "object") restore(own, value as object);
    // What was read from storage may be a view into all that was stored.
    else target[name] = ArrayBuffer.isView(value) ? (value as Float64Array).slice() : value;
  }
  return fresh;
}

/** Of a class of ours: plain objects and those of the language are stored as they are. */
function isInstance(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && !ArrayBuffer.isView(value) && !Array.isArray(value) &&
    !(value instanceof Map) && !(value instanceof Set);
}

/** What these look like inside: names, classes and lengths. What was stored looking otherwise does not fit. */
export function formatOf(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name}${value.byteLength}`;
  if (Array.isArray(value)) return `[${value.map(formatOf).join()}]`;
  if (typeof value !== "object" || value === null) return typeof value;
  const fields = Object.entries(value).map(([name, field]) => `${name}:${formatOf(field)}`);
  return `${value.constructor.name}{${fields.join()}}`;
}

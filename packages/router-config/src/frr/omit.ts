/** The value without some of its keys. */
export function omit<T extends object, K extends keyof T>(value: T, ...keys: readonly K[]): Omit<T, K> {
  const names = new Set<PropertyKey>(keys);
  // Object.fromEntries loses the types that the filter keeps.
  return Object.fromEntries(Object.entries(value).filter(([key]) => !names.has(key))) as Omit<T, K>;
}

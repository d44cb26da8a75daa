/** A file that a daemon writes: one word for FRR. */
export type FrrPath = string & { readonly kind: 'FrrPath' };

export function parsePath(text: string): FrrPath | undefined {
  // A brand has no other way in.
  return /^\/[!-~]+$/.test(text) ? (text as FrrPath) : undefined;
}

export function toFrrPath(text: string): FrrPath {
  const path = parsePath(text);
  if (path === undefined) {
    throw new RangeError(`FRR cannot write to ${JSON.stringify(text)}: a path is absolute and has no blank.`);
  }
  return path;
}

/** A value that differs between two objects. */
export interface ChangedPath {
  /** "spec.template.spec.containers[0].image". */
  readonly path: string;
  /** As JSON; undefined when it is not there. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** The smallest parts that differ, in the order of `before`, then what `after` adds. */
export function changedPaths(before: unknown, after: unknown, path = ''): ChangedPath[] {
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => {
      const step = Array.isArray(before) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      return changedPaths(valueOf(before, key), valueOf(after, key), step);
    });
  }
  const one = before === undefined ? undefined : JSON.stringify(before);
  const other = after === undefined ? undefined : JSON.stringify(after);
  return one === other ? [] : [{ path, before: one, after: other }];
}

/** "image: a -> b, env added and 3 more changes": for a message, short. */
export function describeChanges(changes: readonly ChangedPath[]): string {
  const shown = changes.slice(0, 3).map(({ path, before, after }) => {
    if (before === undefined) return `${path} added`;
    if (after === undefined) return `${path} removed`;
    return before.length + after.length > 160 ? `${path} changed` : `${path}: ${before} -> ${after}`;
  });
  const more = changes.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${String(more)} more` : shown.join(', ');
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function valueOf(container: object, key: string): unknown {
  return (container as Readonly<Record<string, unknown>>)[key];
}

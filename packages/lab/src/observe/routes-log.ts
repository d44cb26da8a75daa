/** A route that came or went, as `ip -tshort -oneline monitor route` prints it. */
export interface RouteChange {
  readonly atMs: number;
  readonly kind: 'added' | 'deleted';
  /** "192.168.255.1" for a host route, else with its length. */
  readonly prefix: string;
  readonly via: readonly string[];
}

/** Times are printed in the zone of the machine, as are those that Date reads without one. */
export function parseRoutes(text: string): RouteChange[] {
  return text.split('\n').flatMap((line): RouteChange[] => {
    const parts =
      /^\[(\S+)\]\s+(?:Timestamp: .*)?(Deleted )?(?:(?:unicast|local|broadcast) )?([0-9a-f.:/]+|default) (.*)$/.exec(
        line,
      );
    if (!parts) return [];
    const [, time = '', deleted, prefix = '', rest = ''] = parts;
    return [
      {
        atMs: parseTime(time),
        kind: deleted === undefined ? 'added' : 'deleted',
        prefix,
        via: [...rest.matchAll(/via (?:inet6? )?(\S+)/g)].map((match) => match[1] ?? ''),
      },
    ];
  });
}

/** Date knows milliseconds only; the rest is added. */
function parseTime(time: string): number {
  const [whole = '', fraction = '0'] = time.split('.');
  return Date.parse(whole) + Number(`0.${fraction}`) * 1000;
}

/** What stands between two sides of a roll-out: `mesh-agent gate` in a pod that Argo CD runs as a sync hook. */
export interface GateIntent {
  /** The side whose objects go next. */
  readonly next: string;
  /** Every side of the cluster in the order in which they go, with what its roll-out is seen by. */
  readonly sides: readonly GateSide[];
  /** Label selector of the route servers' pods: "app=meshrr-evpnrs". */
  readonly selector: string;
  /** How long it waits before it refuses. */
  readonly timeoutSeconds: number;
  /** Addresses of the clients that may be missing. */
  readonly letThrough: readonly string[];
  /**
   * What the objects of the side are, as a hash over all of them. Where every StatefulSet of the side carries it as
   * annotation `gateRevision` already, the sync changes nothing there, and there is nothing to wait for: else a commit that
   * mends side b alone would wait before side a for clients that only b's mending brings back.
   */
  readonly revision?: string;
}

/** Annotation of a side's StatefulSets, on their metadata and never in the pod template. */
export const gateRevision = 'meshrs.dev/side-revision';

export interface GateSide {
  readonly name: string;
  readonly statefulSets: readonly string[];
  /** ConfigMap with the side's settings. */
  readonly settings: string;
}

/** The beginnings of its arguments; what follows is the value. */
export const gateFlags = {
  next: '--next=',
  side: '--side=',
  selector: '--selector=',
  timeout: '--timeout=',
  letThrough: '--let-through=',
  revision: '--revision=',
} as const;

/**
 * The arguments of a gate: `gate --next b --side a=routeserver-a,routeserver-a2/routeserver-a-settings --side …
 * --selector app=meshrr-evpnrs --timeout 300 --let-through 192.168.4.11 --revision 5f2c…`.
 */
export function gateArguments({ next, sides, selector, timeoutSeconds, letThrough, revision }: GateIntent): string[] {
  return [
    'gate',
    `${gateFlags.next}${next}`,
    ...sides.map(
      ({ name, statefulSets, settings }) => `${gateFlags.side}${name}=${statefulSets.join(',')}/${settings}`,
    ),
    `${gateFlags.selector}${selector}`,
    `${gateFlags.timeout}${String(timeoutSeconds)}`,
    ...letThrough.map((address) => `${gateFlags.letThrough}${address}`),
    ...(revision === undefined ? [] : [`${gateFlags.revision}${revision}`]),
  ];
}

/** Reads the value of one `--side`; undefined when it is not of that form. */
export function parseGateSide(value: string): GateSide | undefined {
  const match = /^(?<name>[^=/,]+)=(?<sets>[^=/]+)\/(?<settings>[^=/,]+)$/.exec(value);
  const { name, sets, settings } = match?.groups ?? {};
  if (name === undefined || sets === undefined || settings === undefined) return undefined;
  const statefulSets = sets.split(',');
  return statefulSets.includes('') ? undefined : { name, statefulSets, settings };
}

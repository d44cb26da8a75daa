/** What is lost where a field of a generated object is not as it was generated, in one sentence. */
export const losses = {
  order: 'Argo CD would change the object outside of its turn, or delete it and make it again.',
  evictions: 'Evictions could take route servers of both sides at once.',
  pods: 'The gates and the disruption budget count other route servers than there are.',
  rollOut: 'Kubernetes would replace the pods in another way than the gates wait for.',
  drain:
    'The engine would end before its clients were told to go, and before anybody asked whether they have another session.',
  readiness: 'Roll-outs, gates and the disruption budget go by when a route server is Ready.',
  restarts: 'Kubernetes would restart engines or agents that are alive, of both sides at once.',
  program: 'The container would not do what gates, probes and the other route servers expect of it.',
  memory: 'Kubernetes would end it when clients come back together, on both sides at once.',
  absence: 'Kubernetes would delete the pod of a node that it does not see, although its sessions are up.',
  sessions: 'Clients, or other route servers, would not reach the route servers of the side.',
  password: 'A change of the password of one side would reset the sessions of another one.',
  rights: 'The agent or the gate could not see the other route servers.',
  admission: 'The API server would refuse the pod, and nothing would come in the place of one that ends.',
  placement: 'No node, or one of another side, would take the pods.',
  gate: 'The gate would not ask, or end before it has an answer.',
  announcement: 'The VIP would not be announced, or by nodes and to routers for which the topology does not mean it.',
  immutable:
    'The API server takes no change of it in an object that is there, and Argo CD could apply nothing more of the side.',
  settings: 'The sides would run settings that nobody has checked together.',
} as const;

export type Loss = keyof typeof losses;

/** A field of a generated object that a component of the user's may not take away. */
export interface KeptField {
  /** Keys; an element of a list goes by its `name`. */
  readonly path: readonly string[];
  /** `at-least`: a greater number is as good; `includes`: more elements are. */
  readonly how: 'equal' | 'at-least' | 'includes';
  /** As generated; left out: the field must not be there. */
  readonly value?: unknown;
  readonly loss: Loss;
  /** Keys in it that are not kept. */
  readonly except?: readonly string[];
}

/** The value at a path; undefined where nothing is there. */
export function valueAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((place, key) => {
    if (Array.isArray(place)) return place.find((element) => isMapping(element) && element['name'] === key);
    return isMapping(place) && Object.hasOwn(place, key) ? place[key] : undefined;
  }, object);
}

/** A value without the keys of a field that are not kept. */
export function keptPart({ except = [] }: Pick<KeptField, 'except'>, value: unknown): unknown {
  if (!isMapping(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !except.includes(key));
  return kept.length === 0 && Object.keys(value).length > 0 ? undefined : Object.fromEntries(kept);
}

/** The elements of a list; none of anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { contains, findOverlaps, parseAddress, rangeOf, type AddressRange } from '@meshrs/network';
import { loadBalancers, type LoadBalancer } from '../../built/load-balancers.ts';
import { poolRange } from '../../built/pool-ranges.ts';
import type { BuiltCluster } from '../../built/read-built.ts';
import { listed } from '../../words.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const addressesUnique: Rule = {
  id: 'addresses-unique',
  title:
    'An address belongs to two: two Services, two pools, or a client or router and a Service or pool; or a pool has an entry that is no range',
  why: 'MetalLB gives the second Service no address; over a pool that it refuses it keeps its whole old configuration. What is announced for a client or router takes what goes to it, on every side.',
  isWaivable: false,
  check: (cluster, facts) => {
    const balancers = generatedFirst(loadBalancers(cluster, facts), facts);
    return [
      ...sharedAddresses(balancers),
      ...externalAddresses(cluster, balancers),
      ...overlappingPools(cluster, facts),
      ...addressesOfOthers(cluster, balancers, facts),
    ];
  },
};

/** Of a generated object and one of the user's the user's is to blame, wherever the two stand. */
function generatedFirst<T extends { readonly id: string }>(list: readonly T[], { generated }: ClusterFacts): T[] {
  const isGenerated = ({ id }: T): boolean => generated.includes(id);
  return [...list.filter(isGenerated), ...list.filter((each) => !isGenerated(each))];
}

function sharedAddresses(balancers: readonly LoadBalancer[]): RuleFinding[] {
  return balancers.flatMap((balancer, index) =>
    balancer.addresses.flatMap((text): RuleFinding[] => {
      const asking = balancers.slice(0, index).filter((other) => other.addresses.some((each) => isSame(each, text)));
      const owner = asking.find((other) => !mayShare(balancer, other));
      if (!owner) return [];
      return [
        {
          object: balancer.id,
          message: `The Service asks for ${text}, for which ${owner.id} asks too.`,
          seen: text,
          allowed: 'an address of its own; or one key in metallb.io/allow-shared-ip, other ports, and the same pods',
          hint: 'change one of the two',
        },
      ];
    }),
  );
}

function isSame(one: string, other: string): boolean {
  return (parseAddress(one) ?? one) === (parseAddress(other) ?? other);
}

/** MetalLB's internal/allocator/allocator.go, `sharingOK` and `checkSharing`, and k8salloc's `BackendKey`. */
function mayShare(one: LoadBalancer, other: LoadBalancer): boolean {
  const ports = ({ view }: LoadBalancer): string[] =>
    view.spec.ports.map(({ port, protocol }) => `${protocol} ${String(port)}`);
  const taken = ports(other);
  return (
    one.sharing !== undefined &&
    one.sharing === other.sharing &&
    backendOf(one) === backendOf(other) &&
    !ports(one).some((port) => taken.includes(port))
  );
}

/** With the policy Local one node announces the address for both, so both must have their pods there. */
function backendOf({ view: { spec } }: LoadBalancer): string {
  if (spec.externalTrafficPolicy !== 'Local') return '';
  return JSON.stringify(Object.entries(spec.selector).sort());
}

/** kube-proxy takes what comes for such an address on every node, whoever announces it. */
function externalAddresses({ services }: BuiltCluster, balancers: readonly LoadBalancer[]): RuleFinding[] {
  return services.flatMap(({ id, view }) =>
    view.spec.externalIPs.flatMap((text): RuleFinding[] => {
      const owner = balancers.find((other) => other.id !== id && other.addresses.some((each) => isSame(each, text)));
      if (!owner) return [];
      return [
        {
          object: id,
          message: `The Service has the external address ${text}, for which ${owner.id} asks.`,
          seen: text,
          allowed: 'addresses that no other Service has',
          hint: `remove ${text} from spec.externalIPs`,
        },
      ];
    }),
  );
}

function overlappingPools({ pools }: BuiltCluster, facts: ClusterFacts): RuleFinding[] {
  const entries = generatedFirst(pools, facts).flatMap(({ id, view }) =>
    view.spec.addresses.map((entry) => ({ id, entry, range: poolRange(entry) })),
  );
  const readable = entries.filter((item): item is typeof item & { range: AddressRange } => item.range !== undefined);
  const unreadable = entries.filter(({ range }) => range === undefined);
  return [
    ...unreadable.map(({ id, entry }) => ({
      object: id,
      message: `The entry "${entry}" is neither a prefix nor a range.`,
      seen: entry,
      allowed: '192.168.255.1/32 or 192.168.255.1-192.168.255.9',
      hint: 'correct the entry',
    })),
    ...findOverlaps(readable).map(([one, other]) => ({
      object: other.id,
      message: `${other.entry} overlaps ${one.entry} of ${one.id === other.id ? 'the same pool' : one.id}.`,
      seen: other.entry,
      allowed: 'pools without a common address',
      hint: 'change one of the two',
    })),
  ];
}

/**
 * Nodes of all sides announce such an address, or their kube-proxy takes what goes to it: the client or router loses its sessions with
 * every side. What is generated has none of them (topology, `checkAddresses`), and no component changes that.
 */
function addressesOfOthers(
  { pools, services }: BuiltCluster,
  balancers: readonly LoadBalancer[],
  { generated, takenAddresses }: ClusterFacts,
): RuleFinding[] {
  const taken = takenAddresses.flatMap(({ address, owner }) => {
    const parsed = parseAddress(address);
    return parsed === undefined ? [] : [{ owner: `${address} of ${owner}`, range: rangeOf(parsed) }];
  });
  const found = (object: string, field: string, entries: readonly string[]): RuleFinding[] =>
    entries.flatMap((entry): RuleFinding[] => {
      const address = parseAddress(entry);
      const range = address ? rangeOf(address) : poolRange(entry);
      const owners = range ? taken.filter((each) => contains(range, each.range)).map(({ owner }) => owner) : [];
      if (owners.length === 0) return [];
      const [first = '', ...others] = owners;
      const shown = others.length > 2 ? [first, `${String(others.length)} more`] : owners;
      return [
        {
          object,
          message: `${field} ${entry} has ${listed(shown)}, which the topology declares.`,
          seen: entry,
          allowed: 'addresses that no client and no router of the topology has',
          hint: 'take other addresses, or correct the topology if it is wrong there',
        },
      ];
    });
  const isOfUser = ({ id }: { readonly id: string }): boolean => !generated.includes(id);
  return [
    ...pools.filter(isOfUser).flatMap(({ id, view }) => found(id, 'The entry', view.spec.addresses)),
    ...balancers.filter(isOfUser).flatMap(({ id, addresses }) => found(id, 'The address', addresses)),
    ...services.filter(isOfUser).flatMap(({ id, view }) => found(id, 'The external address', view.spec.externalIPs)),
  ];
}

import { familyOf, overlaps, parseAddress, parsePrefix, rangeOf, type AddressRange } from '@meshrs/network';
import type { ContainerFacts, DefinitionFacts, PoolFacts, PreflightFacts, WorkloadFacts } from '../facts.ts';
import { firstUnknown } from '../known.ts';
import { byHand, fail, listed, ok, rowsOf, unknown, warn, type PreflightRow } from '../row.ts';
import { isOlder, parseVersion, versionTag } from '../version.ts';
import type { Wanted } from '../wanted.ts';
import { canOpen } from './can-open.ts';

/** Two BGPPeers of one address, for the nodes of two sides, are taken since then (MetalLB issue 2367). */
const peersOfOneAddress = { major: 0, minor: 16 };
/** An FRR-K8s that somebody else runs, in whatever namespace (MetalLB, --frrk8s-namespace). */
const externalBackend = 'frr-k8s-external';
const tried = { major: 0, minor: 16 };

export function decideMetallb(facts: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  if (!wanted.isBehindVip) return [ok('metallb', 'the topology asks for none: clients dial the nodes')];
  const missing = firstUnknown(facts.workloads, facts.definitions);
  if (!facts.workloads.isKnown || !facts.definitions.isKnown) {
    return missing ? [unknown('metallb', missing)] : [];
  }
  const kinds = facts.definitions.value.filter(({ name }) => /\.(metallb|frrk8s\.metallb)\.io$/.test(name));
  return [
    ...(wanted.metallb.chart.install
      ? decideOwn(facts.workloads.value, kinds, wanted)
      : decideGiven(facts.workloads.value, wanted)),
    ...rowsOf('address-pools', facts.pools, (pools) => decidePools(pools, wanted)),
  ];
}

/** The chart's labels, and those of MetalLB's own manifests and operator. */
function isSpeaker({ kind, labels }: WorkloadFacts): boolean {
  if (kind !== 'DaemonSet') return false;
  return (
    (labels['app.kubernetes.io/name'] === 'metallb' && labels['app.kubernetes.io/component'] === 'speaker') ||
    (labels['app'] === 'metallb' && labels['component'] === 'speaker')
  );
}

/** The labels of its chart, of its manifests, and of the one that OpenShift has. */
function isFrrK8s({ kind, labels }: WorkloadFacts): boolean {
  return kind === 'DaemonSet' && [labels['app.kubernetes.io/name'], labels['app']].includes('frr-k8s');
}

/** Argo CD brings MetalLB: nobody else may have brought one. */
function decideOwn(
  workloads: readonly WorkloadFacts[],
  kinds: readonly DefinitionFacts[],
  wanted: Wanted,
): readonly PreflightRow[] {
  const own = wanted.applications.metallb;
  const speakers = workloads.filter(isSpeaker);
  const foreign = speakers.filter(({ owner }) => owner?.application !== own);
  const routers =
    wanted.metallb.backend === 'frr-k8s'
      ? workloads.filter((each) => isFrrK8s(each) && each.owner?.application !== own)
      : [];
  const next =
    'either take that MetalLB away first, or set metallb.chart.install: false and metallb.namespace to its namespace';
  if (foreign.length > 0) {
    const names = foreign.map(
      ({ namespace, name, owner }) => `${namespace}/${name} (${owner?.words ?? 'owner not known'})`,
    );
    return [fail('metallb', `the cluster has a MetalLB that is not ${own}'s: DaemonSet ${listed(names)}`, next)];
  }
  if (routers.length > 0) {
    const names = routers.map(
      ({ namespace, name, owner }) => `${namespace}/${name} (${owner?.words ?? 'owner not known'})`,
    );
    return [
      fail(
        'metallb',
        `the cluster has an FRR-K8s that is not ${own}'s: DaemonSet ${listed(names)}`,
        'two bgpd on one node dial the router from one address: take that one away, or set metallb.backend: native',
      ),
    ];
  }
  const others = kinds.filter(({ owner }) => owner?.application !== own);
  const shared = others.filter(({ owner }) => owner?.application !== undefined);
  if (shared.length > 0) {
    const names = shared.map(({ name, owner }) => `${name} (${owner?.words ?? ''})`);
    return [
      fail(
        'metallb',
        `kinds of MetalLB are kept by other Applications: ${listed(names)}`,
        `the sync of ${own} would fail (FailOnSharedResource): ${next}`,
      ),
    ];
  }
  if (others.length > 0) {
    return [
      warn(
        'metallb',
        `kinds of MetalLB are there, as an old one leaves them: ${listed(others.map(({ name }) => name))}`,
        `the sync of ${own} takes them over; see that their objects are nobody's any more`,
      ),
    ];
  }
  return speakers.length === 0
    ? [ok('metallb', `there is none yet; ${own} brings ${wanted.metallb.chart.version}`)]
    : [ok('metallb', `${own} has brought ${versionOf(speakers[0]) ?? 'it'}`)];
}

/** The cluster has to have one that takes what is generated. */
function decideGiven(workloads: readonly WorkloadFacts[], wanted: Wanted): readonly PreflightRow[] {
  const speakers = workloads.filter(isSpeaker);
  const [speaker, ...others] = speakers;
  if (!speaker) {
    return [fail('metallb', 'the cluster has no MetalLB', 'install MetalLB 0.16, or set metallb.chart.install: true')];
  }
  if (others.length > 0) {
    const names = speakers.map(({ namespace, name }) => `${namespace}/${name}`);
    return [fail('metallb', `the cluster has more than one MetalLB: ${listed(names)}`, 'leave one of them')];
  }
  return [
    decideVersion(speaker, wanted),
    ...decideSettings(speaker, wanted),
    ...decideNeighbours(workloads, wanted),
    decideInstaller(speaker, wanted),
  ];
}

/** In MetalLB's namespace only who may patch the turn makes and changes pods and what makes them (decision 56). */
function decideNeighbours(
  workloads: readonly WorkloadFacts[],
  { namespaces: { metallb } }: Wanted,
): readonly PreflightRow[] {
  const neighbours = workloads.filter((each) => each.namespace === metallb && !isOfMetallb(each));
  if (neighbours.length === 0) return [];
  const names = listed(neighbours.map(({ kind, name }) => `${kind} ${name}`));
  const seen = `namespace ${metallb} is not MetalLB's alone (${names}): after the first sync a change of these is refused, unless who asks may patch the turn`;
  const next = 'give MetalLB a namespace of its own, and set metallb.namespace to it';
  // Kubernetes itself changes there what it runs, by accounts that have no right to the turn.
  return [(metallb === 'kube-system' ? fail : warn)('metallb-namespace', seen, next)];
}

/** Of whatever part, by the labels of its chart, its manifests or its operator. */
function isOfMetallb(workload: WorkloadFacts): boolean {
  return (
    [workload.labels['app.kubernetes.io/name'], workload.labels['app']].includes('metallb') ||
    isFrrK8s(workload) ||
    workload.name.startsWith('metallb')
  );
}

/** Whoever changes it later has to be known to the interlock by that right, whatever its name is (decision 56). */
function decideInstaller({ namespace, name, owner }: WorkloadFacts, { turn, turnDefinition }: Wanted): PreflightRow {
  return byHand(
    'metallb-installer',
    `DaemonSet ${namespace}/${name} was installed by ${owner?.words ?? 'somebody whom it does not name'}: its upgrades are refused where that user may not patch the turn`,
    [
      {
        on: 'where you work',
        run: canOpen({ turn, turnDefinition }),
        expect:
          'after the first sync of the interlock: yes for the user by whom MetalLB is upgraded, with all its groups; an operator in its namespace needs nothing',
      },
    ],
  );
}

function decideVersion(speaker: WorkloadFacts, { metallb: { backend, peerScope } }: Wanted): PreflightRow {
  const text = versionOf(speaker);
  const version = text === undefined ? undefined : parseVersion(text);
  if (text === undefined || !version) {
    return unknown('metallb', {
      why: `the version of MetalLB cannot be told from image ${containerOf(speaker)?.image ?? '(none)'}`,
      next: 'ask who installed it; below 0.16 the topology needs metallb.peerScope: global',
    });
  }
  if (isOlder(version, peersOfOneAddress) && peerScope === 'side' && backend !== 'native') {
    return fail(
      'metallb',
      `MetalLB is ${text}, which refuses a BGPPeer of one address for each side with backend ${backend}`,
      'set metallb.peerScope: global (an edit of the peers then resets both sides at once), or upgrade it to 0.16',
    );
  }
  const isTried = !isOlder(version, tried) && !isOlder(tried, version);
  return isTried
    ? ok('metallb', `MetalLB is ${text}`)
    : warn('metallb', `MetalLB is ${text}`, 'what is generated is tried with 0.16: dry-run it with kubectl first');
}

function decideSettings(speaker: WorkloadFacts, { metallb, namespaces }: Wanted): readonly PreflightRow[] {
  const { arguments: given = [], environment = [] } = containerOf(speaker) ?? {};
  const backend = environment.find(({ name }) => name === 'METALLB_BGP_TYPE')?.value ?? 'native';
  return [
    ...(speaker.namespace === namespaces.metallb
      ? []
      : [
          fail(
            'metallb',
            `MetalLB runs in namespace ${speaker.namespace}, and reads no pools and peers of ${namespaces.metallb}`,
            `set metallb.namespace: ${speaker.namespace}`,
          ),
        ]),
    ...(backend === metallb.backend
      ? []
      : [
          fail(
            'metallb',
            `MetalLB's BGP implementation is ${backend}, and the topology says ${metallb.backend}`,
            backend === externalBackend
              ? 'have MetalLB run FRR-K8s itself, in its own namespace: the interlock guards none elsewhere'
              : `set metallb.backend: ${backend}; it decides what the objects may hold`,
          ),
        ]),
    ...decideClass(given, metallb.loadBalancerClass),
  ];
}

/** Its speakers and its controller leave a Service of another class alone (MetalLB, speaker/main.go, `lb-class`). */
function decideClass(given: readonly string[], wanted: string | undefined): readonly PreflightRow[] {
  const seen = given.map((each) => /^--?lb-class=(.+)$/.exec(each)?.[1]).find((each) => each !== undefined);
  if (seen === wanted) return [];
  const takes = seen === undefined ? 'Services without a class' : `Services of the class ${seen} alone`;
  const have = wanted === undefined ? 'no class' : `the class ${wanted}`;
  const key = seen === undefined ? 'leave metallb.loadBalancerClass out' : `set metallb.loadBalancerClass: ${seen}`;
  return [
    fail(
      'metallb',
      `MetalLB takes ${takes}, and those of the route servers have ${have}`,
      `${key}, before the first sync; or install MetalLB with ${wanted === undefined ? 'no loadBalancerClass' : `loadBalancerClass: ${wanted}`}`,
    ),
  ];
}

/** MetalLB refuses a pool that overlaps another, and a pool of somebody else would give the VIP to another Service. */
function decidePools(pools: readonly PoolFacts[], { namespaces, applications, vips }: Wanted): readonly PreflightRow[] {
  const clashes = pools
    .filter(
      ({ namespace, owner }) => namespace === namespaces.metallb && owner?.application !== applications.routeServers,
    )
    .flatMap(({ name, addresses }) =>
      vips
        .filter(({ address }) => addresses.some((each) => holds(each, rangeOf(address))))
        .map(({ address }) => ({ name, address })),
    );
  if (clashes.length === 0) return [ok('address-pools', "no pool of somebody else holds a side's VIP")];
  return clashes.map(({ name, address }) =>
    fail('address-pools', `the pool ${name} holds the VIP ${address}`, `take ${address} out of the pool ${name}`),
  );
}

/** "10.0.0.0/24", "10.0.0.1-10.0.0.9" */
function holds(written: string, address: AddressRange): boolean {
  const range = readRange(written);
  return range !== undefined && overlaps(range, address);
}

function readRange(written: string): AddressRange | undefined {
  const [first = '', last] = written.split('-').map((part) => part.trim());
  if (last === undefined) {
    const read = parsePrefix(first);
    return read && rangeOf('prefix' in read ? read.prefix : read.hostBitsOf);
  }
  const [from, to] = [parseAddress(first), parseAddress(last)];
  if (from === undefined || to === undefined) return undefined;
  return { family: familyOf(from), first: rangeOf(from).first, last: rangeOf(to).last };
}

function containerOf(speaker: WorkloadFacts): ContainerFacts | undefined {
  return speaker.containers.find(({ name }) => name === 'speaker' || name.endsWith('-speaker'));
}

/** What runs is the image; a label tells what was meant. */
function versionOf(speaker: WorkloadFacts | undefined): string | undefined {
  if (!speaker) return undefined;
  return versionTag(containerOf(speaker)?.image ?? '') ?? speaker.labels['app.kubernetes.io/version'];
}

import { caseNames, topologyOf } from '@meshrs/manifests/test-support';
import { address } from '@meshrs/network/test-data';
import type { Topology } from '@meshrs/topology';
import { describe, expect, it } from 'vitest';
import { decideRows } from './decide-rows.ts';
import type { NodeFacts, OwnClusterFacts, PreflightFacts, ProjectFacts, SecretFacts, WorkloadFacts } from './facts.ts';
import {
  container,
  controller,
  node,
  nodes,
  notRead,
  ready,
  speaker,
  timeoutKey,
  wanted,
  wantedWith,
  withSetting,
  workload,
} from './facts.test-support.ts';
import { known, type Known } from './known.ts';
import { wantedOf } from './wanted.ts';
import type { PreflightRow, RowState } from './row.ts';

/** The rows that are not as in a cluster that has everything. */
function changed(facts: Partial<PreflightFacts>, change?: (topology: Topology) => Topology): readonly string[] {
  const rows = decideRows({ ...ready, ...facts }, change ? wantedWith(change) : wanted).map(words);
  const usual = decideRows(ready, wanted).map(words);
  return rows.filter((row) => !usual.includes(row));
}

function words({ check, state, seen }: PreflightRow): string {
  return `${check} ${state}: ${seen}`;
}

type Sample = readonly [what: string, facts: Partial<PreflightFacts>, rows: readonly string[]];

/** Nodes of the topology, one of them replaced. */
function nodesWith(index: number, change: Partial<NodeFacts>): Partial<PreflightFacts> {
  return { nodes: known(nodes.map((each, at) => (at === index ? { ...each, ...change } : each))) };
}

function withWorkloads(...more: WorkloadFacts[]): Partial<PreflightFacts> {
  return { workloads: known([controller(), ...more]) };
}

function definitions(...list: { name: string; application?: string; words?: string }[]): Partial<PreflightFacts> {
  return {
    definitions: known(
      list.map(({ name, application, words: owner }) => ({
        name,
        owner:
          application === undefined && owner === undefined
            ? undefined
            : { words: owner ?? `Argo CD's Application ${application ?? ''}`, application },
      })),
    ),
  };
}

function secret(change: Partial<{ type: string; keys: string[]; isEmpty: boolean; endsALine: boolean }>): {
  secrets: readonly SecretFacts[];
} {
  const { type = 'kubernetes.io/basic-auth', keys = ['password'], isEmpty = false, endsALine = false } = change;
  const found = known({ type, keys: keys.map((name) => ({ name, isEmpty, endsALine })) });
  return { secrets: ready.secrets.map((each) => ({ ...each, found })) };
}

const external = (topology: Topology): Topology => ({
  ...topology,
  metallb: { ...topology.metallb, chart: { ...topology.metallb.chart, install: false } },
});

describe('a cluster that has everything', () => {
  it('has no row that is not well, but for what a person looks at', () => {
    const states = decideRows(ready, wanted).map(({ check, state }) => `${check} ${state}`);
    expect(states.filter((each) => !each.endsWith(' ok'))).toEqual([
      'routes by-hand',
      'rp-filter by-hand',
      'argo-cd-repository by-hand',
    ]);
    expect(new Set(states.map((each) => each.split(' ')[0])).size).toBeGreaterThan(20);
  });

  it('has commands for each node, by its own link', () => {
    const rows = decideRows(ready, wanted);
    const { commands = [] } = rows.find(({ check }) => check === 'routes') ?? expect.unreachable('there are routes');
    expect(commands).toHaveLength(nodes.length);
    expect(commands[0]).toEqual({
      on: 'node dc1-node1',
      run: 'ip route get 192.168.255.0',
      expect: 'a line with "dev eth1" and "via 172.16.1.12"',
    });
    expect(rows.find(({ check }) => check === 'rp-filter')?.commands?.[0]?.run).toBe(
      'sysctl -n net.ipv4.conf.all.rp_filter net.ipv4.conf.eth1.rp_filter',
    );
  });
});

describe('the API server', () => {
  it.each<Sample>([
    ['1.29', { version: known('v1.29.14') }, ['kubernetes fail: the API server is v1.29.14']],
    [
      '1.30 of k3s',
      { version: known('v1.30.4+k3s1') },
      ['kubernetes ok: the API server is v1.30.4+k3s1', 'service-lb ok: ServiceLB of k3s has never run here'],
    ],
    ['1.9, which is no 1.90', { version: known('v1.9.0') }, ['kubernetes fail: the API server is v1.9.0']],
    ['2.0', { version: known('v2.0.0') }, ['kubernetes ok: the API server is v2.0.0']],
    [
      'a word',
      { version: known('latest') },
      ['kubernetes unknown: the API server calls itself "latest", which is no version'],
    ],
    [
      'policies not served',
      { admissionKinds: known(['validatingwebhookconfigurations']) },
      [
        'admission-policies fail: the API server does not serve ValidatingAdmissionPolicy as admissionregistration.k8s.io/v1',
      ],
    ],
    [
      'bindings not served',
      { admissionKinds: known(['validatingadmissionpolicies']) },
      [
        'admission-policies fail: the API server does not serve ValidatingAdmissionPolicy as admissionregistration.k8s.io/v1',
      ],
    ],
    [
      'the plugin off',
      { admissionPlugins: known(['LimitRanger', 'NodeRestriction']) },
      [
        'admission-plugin fail: the API server runs LimitRanger, NodeRestriction and others, and not ValidatingAdmissionPolicy',
      ],
    ],
    [
      'no plugin seen yet',
      { admissionPlugins: known([]) },
      ['admission-plugin by-hand: no plugin of the API server has looked at a request yet'],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('nodes', () => {
  it.each<Sample>([
    [
      'of another side by their label',
      nodesWith(0, { side: 'b' }),
      [
        "nodes-a fail: nodes of side a carry another side's label: dc1-node1 (side=b)",
        `nodes-b ok: side b has ${[nodes[0], ...nodes.filter(({ side }) => side === 'b')].map((each) => each?.name).join(', ')}`,
      ],
    ],
    [
      'without a label',
      nodesWith(1, { side: undefined }),
      ['nodes-a fail: nodes of side a have no label side: dc1-node2'],
    ],
    [
      'that is not Ready',
      nodesWith(0, { isReady: false }),
      ['nodes-a warn: nodes of side a can take no route server: dc1-node1 is not Ready'],
    ],
    [
      'that is cordoned',
      nodesWith(0, { isSchedulable: false }),
      ['nodes-a warn: nodes of side a can take no route server: dc1-node1 is cordoned'],
    ],
    [
      'with a taint that nothing tolerates',
      nodesWith(0, { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] }),
      ['nodes-a warn: nodes of side a can take no route server: dc1-node1 has the taint gpu=yes:NoSchedule'],
    ],
    ['with a taint that keeps nobody out', nodesWith(0, { taints: [{ key: 'slow', effect: 'PreferNoSchedule' }] }), []],
    [
      'with a taint that the pods tolerate',
      nodesWith(0, {
        taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }],
      }),
      [],
    ],
    [
      'whose taint the pods tolerate with another effect alone',
      nodesWith(0, {
        taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }],
      }),
      [
        'nodes-a warn: nodes of side a can take no route server: dc1-node1 has the taint node.kubernetes.io/unreachable:NoSchedule',
      ],
    ],
    [
      'that MetalLB leaves out',
      nodesWith(0, { isExcluded: true }),
      [
        'nodes-a fail: MetalLB announces nothing from dc1-node1: label node.kubernetes.io/exclude-from-external-load-balancers',
      ],
    ],
    [
      'that FRR-K8s takes for others',
      nodesWith(0, { hostname: 'dc1-node1.example.com' }),
      [
        "nodes-a fail: FRR-K8s has no session on dc1-node1 (dc1-node1.example.com): the label kubernetes.io/hostname is not the node's name, by which MetalLB chooses it",
      ],
    ],
    [
      'that FRR-K8s does not know',
      nodesWith(0, { hostname: undefined }),
      [
        "nodes-a fail: FRR-K8s has no session on dc1-node1 (none): the label kubernetes.io/hostname is not the node's name, by which MetalLB chooses it",
      ],
    ],
    [
      'with an old kubelet',
      nodesWith(0, { kubelet: 'v1.28.9' }),
      ['kubelets fail: kubelets older than 1.29: dc1-node1 v1.28.9'],
    ],
    [
      'with a kubelet of no version',
      nodesWith(0, { kubelet: '' }),
      ["kubelets unknown: the kubelets' version cannot be read: dc1-node1"],
    ],
    [
      'without the images',
      nodesWith(0, { images: ['quay.io/frrouting/frr:10.7.1'] }),
      ['images-a by-hand: images that nodes of side a do not show: ghcr.io/meshrs/mesh-agent:0.1.0'],
    ],
    [
      "outside of the pods' ranges",
      nodesWith(0, { podRanges: ['10.42.0.0/24'] }),
      ['pod-ranges warn: pods have addresses of 10.42.0.0/24, and the topology says 10.244.0.0/16'],
    ],
    [
      'that the topology does not have',
      { nodes: known([...nodes, node('extra', 'a')]) },
      [
        'nodes-a ok: side a has dc1-node1, dc1-node2, dc1-node3, extra',
        "nodes warn: nodes with a side's label that the topology does not have: extra (a)",
      ],
    ],
    [
      'of a side that is nowhere',
      { nodes: known([...nodes, node('extra', 'left')]) },
      ['nodes warn: nodes of a side that this cluster does not have: extra (left)'],
    ],
    [
      'of no side at all, as a control plane',
      { nodes: known([...nodes, node('cp', undefined, { kubelet: 'v1.28.0', isExcluded: true })]) },
      [],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });

  it('that are too few', () => {
    const facts = {
      nodes: known(nodes.map((each) => (each.side === 'a' ? { ...each, isReady: false } : each))),
    };
    expect(changed(facts)).toEqual([
      'nodes-a fail: side a needs 1 node for its route servers and has 0 that can take one: dc1-node1 is not Ready, dc1-node2 is not Ready, dc1-node3 is not Ready',
    ]);
  });

  it('that the cluster does not have', () => {
    const facts = { nodes: known(nodes.filter(({ side }) => side === 'b')) };
    const rows = changed(facts);
    expect(rows).toContain('nodes-a fail: side a needs 1 node for its route servers and has 0 that can take one');
    expect(rows).toContain(
      'nodes-a warn: the cluster has no nodes dc1-node1, dc1-node2, dc1-node3, which the topology has',
    );
  });
});

describe('addresses of Services', () => {
  const dual = (topology: Topology): Topology => {
    const [a] = [topology.sides['a']];
    if (!a) throw new Error('The topology has side a.');
    return {
      ...topology,
      sides: { ...topology.sides, a: { ...a, vips: [address('192.168.255.1'), address('fd00::1')] } },
    };
  };
  it('of one family, with a VIP of the other', () => {
    expect(changed({}, dual)).toContain(
      'service-ranges fail: Services of this cluster have no IPv6 addresses (10.96.0.0/16), and there is a VIP of that family',
    );
  });
  it('of which an old API server tells one family', () => {
    const serviceRanges = known({ ranges: [], isWhole: false, families: ['ipv4'] as const });
    expect(changed({ serviceRanges }, dual)).toContain(
      'service-ranges by-hand: the API does not tell whether Services can have IPv6 addresses',
    );
    expect(changed({ serviceRanges })).toEqual([
      'service-ranges ok: the cluster names no ranges of Services to compare with',
    ]);
  });
  it('outside of what the topology says', () => {
    const serviceRanges = known({ ranges: ['10.43.0.0/16'], isWhole: true, families: ['ipv4'] as const });
    expect(changed({ serviceRanges })).toEqual([
      'service-ranges fail: Services have addresses of 10.43.0.0/16, and the topology says 10.96.0.0/12',
    ]);
  });
});

describe('kube-proxy', () => {
  const cilium = workload({
    kind: 'DaemonSet',
    namespace: 'kube-system',
    name: 'cilium',
    labels: { 'k8s-app': 'cilium' },
  });
  it.each<Sample>([
    [
      'in mode nftables',
      { kubeProxy: known({ mode: 'nftables', isStrictArp: false }) },
      ['kube-proxy ok: kube-proxy is in mode nftables'],
    ],
    [
      'in mode ipvs, where nothing is announced by ARP',
      { kubeProxy: known({ mode: 'ipvs', isStrictArp: false }) },
      ['kube-proxy ok: kube-proxy is in mode ipvs'],
    ],
    [
      'in mode userspace',
      { kubeProxy: known({ mode: 'userspace', isStrictArp: false }) },
      ['kube-proxy warn: kube-proxy is in mode userspace'],
    ],
    [
      'without settings',
      { kubeProxy: known(undefined) },
      ['kube-proxy by-hand: there is no ConfigMap kube-system/kube-proxy, so its mode is not told'],
    ],
    [
      'with Cilium',
      { kubeProxy: known(undefined), ...withWorkloads(cilium) },
      ['kube-proxy warn: Cilium may stand in for kube-proxy, which meshrs has not been tried with'],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
  it('in mode ipvs without strictARP, where management addresses are announced by ARP', () => {
    const rows = decideRows(
      { ...ready, kubeProxy: known({ mode: 'ipvs', isStrictArp: false }) },
      { ...wanted, hasL2: true },
    );
    expect(rows.find(({ check }) => check === 'kube-proxy')?.state).toBe('fail');
    const strict = decideRows(
      { ...ready, kubeProxy: known({ mode: 'ipvs', isStrictArp: true }) },
      { ...wanted, hasL2: true },
    );
    expect(strict.find(({ check }) => check === 'kube-proxy')?.state).toBe('ok');
  });
});

describe('who else gives addresses to Services', () => {
  it('is nobody where they have a class of their own', () => {
    const lb = workload({
      namespace: 'lb',
      name: 'lb',
      containers: [container({ image: 'registry.gitlab.com/purelb/purelb/allocator:v0.9.0' })],
    });
    const classed = { ...wanted, metallb: { ...wanted.metallb, loadBalancerClass: 'example.com/x' } };
    const rows = decideRows({ ...ready, ...withWorkloads(lb) }, classed).map(words);
    expect(rows.filter((row) => row.startsWith('load-balancers '))).toEqual([
      'load-balancers ok: the Services of the route servers have the class example.com/x',
    ]);
  });

  const svclb = workload({
    ...{ kind: 'DaemonSet', namespace: 'kube-system', name: 'svclb-traefik-1234' },
    labels: { 'svccontroller.k3s.cattle.io/svcname': 'traefik' },
  });
  const runs = (image: string, args: string[] = []): WorkloadFacts =>
    workload({ namespace: 'lb', name: 'lb', containers: [container({ image, arguments: args })] });
  const others = (name: string): string => `${name} runs (lb/lb), which takes Services without a loadBalancerClass`;
  it.each<Sample>([
    [
      'ServiceLB',
      withWorkloads(svclb),
      ['service-lb fail: ServiceLB of k3s serves Services: DaemonSet svclb-traefik-1234'],
    ],
    [
      'ServiceLB that has run',
      { version: known('v1.31.2+k3s1'), hasServiceLbAccount: known(true) },
      [
        'kubernetes ok: the API server is v1.31.2+k3s1',
        'service-lb by-hand: ServiceLB of k3s has run at some time; the API does not tell whether it still does',
      ],
    ],
    [
      'kube-vip',
      withWorkloads(runs('ghcr.io/kube-vip/kube-vip-cloud-provider:v0.0.10')),
      [`load-balancers fail: ${others("kube-vip's cloud provider")}`],
    ],
    [
      'PureLB',
      withWorkloads(runs('registry.gitlab.com/purelb/purelb/allocator:v0.9.0')),
      [`load-balancers fail: ${others('PureLB')}`],
    ],
    [
      "a cloud's",
      withWorkloads(runs('registry.k8s.io/provider-aws/cloud-controller-manager:v1.30.1')),
      [`load-balancers warn: ${others("a cloud's controller manager")}`],
    ],
    [
      "a cloud's that leaves Services alone",
      withWorkloads(
        runs('registry.k8s.io/provider-aws/cloud-controller-manager:v1.30.1', ['--controllers=*,-service']),
      ),
      [],
    ],
    ['an image that is called alike', withWorkloads(runs('example.com/docs-of-cloud-controller-manager/site:v1')), []],
    [
      'Cilium',
      definitions({ name: 'applications.argoproj.io' }, { name: 'ciliumloadbalancerippools.cilium.io' }),
      ["load-balancers warn: Cilium's kind CiliumLoadBalancerIPPool is there"],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('MetalLB that Argo CD brings', () => {
  const own = { words: "Argo CD's Application meshrs-metallb-dci", application: 'meshrs-metallb-dci' };
  const helm = { words: "Helm's release metallb", application: undefined };
  it.each<Sample>([
    [
      'is there already',
      withWorkloads(speaker('quay.io/metallb/speaker:v0.16.2', { owner: own })),
      ['metallb ok: meshrs-metallb-dci has brought v0.16.2'],
    ],
    [
      'beside one of Helm',
      withWorkloads(speaker('quay.io/metallb/speaker:v0.16.2', { owner: helm, namespace: 'metallb-system' })),
      [
        "metallb fail: the cluster has a MetalLB that is not meshrs-metallb-dci's: DaemonSet metallb-system/metallb-speaker (Helm's release metallb)",
      ],
    ],
    [
      "beside one of MetalLB's manifests",
      withWorkloads(
        speaker('quay.io/metallb/speaker:v0.14.8', {
          labels: { app: 'metallb', component: 'speaker' },
          namespace: 'metallb-system',
          name: 'speaker',
        }),
      ),
      [
        "metallb fail: the cluster has a MetalLB that is not meshrs-metallb-dci's: DaemonSet metallb-system/speaker (owner not known)",
      ],
    ],
    [
      'over kinds of an old one',
      definitions(
        { name: 'applications.argoproj.io' },
        { name: 'bgppeers.metallb.io', words: "Helm's release metallb" },
        { name: 'frrconfigurations.frrk8s.metallb.io' },
      ),
      [
        'metallb warn: kinds of MetalLB are there, as an old one leaves them: bgppeers.metallb.io, frrconfigurations.frrk8s.metallb.io',
      ],
    ],
    [
      "beside somebody else's FRR-K8s",
      withWorkloads(
        workload({
          kind: 'DaemonSet',
          namespace: 'frr',
          name: 'frr-k8s',
          labels: { 'app.kubernetes.io/name': 'frr-k8s' },
        }),
      ),
      [
        "metallb fail: the cluster has an FRR-K8s that is not meshrs-metallb-dci's: DaemonSet frr/frr-k8s (owner not known)",
      ],
    ],
    [
      'with its own FRR-K8s',
      withWorkloads(workload({ kind: 'DaemonSet', labels: { 'app.kubernetes.io/name': 'frr-k8s' }, owner: own })),
      [],
    ],
    [
      'over its own kinds',
      definitions(
        { name: 'applications.argoproj.io' },
        { name: 'bgppeers.metallb.io', application: 'meshrs-metallb-dci' },
      ),
      [],
    ],
    [
      'over kinds that are called alike',
      definitions({ name: 'applications.argoproj.io' }, { name: 'peers.notmetallb.io' }),
      [],
    ],
    [
      "of another fleet's",
      definitions(
        { name: 'applications.argoproj.io' },
        { name: 'bgppeers.metallb.io', application: 'meshrs-metallb-west' },
      ),
      [
        "metallb fail: kinds of MetalLB are kept by other Applications: bgppeers.metallb.io (Argo CD's Application meshrs-metallb-west)",
      ],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('MetalLB that the cluster has', () => {
  const given = (image: string, change: Parameters<typeof speaker>[1] = {}): Partial<PreflightFacts> =>
    withWorkloads(speaker(image, change));
  const refuses = 'which refuses a BGPPeer of one address for each side with backend frr-k8s';
  it.each<Sample>([
    ['is none', {}, ['metallb fail: the cluster has no MetalLB']],
    ['is 0.16', given('quay.io/metallb/speaker:v0.16.1'), ['metallb ok: MetalLB is v0.16.1']],
    ['is 0.15', given('quay.io/metallb/speaker:v0.15.3'), [`metallb fail: MetalLB is v0.15.3, ${refuses}`]],
    [
      'is 0.9, which is no 0.90',
      given('quay.io/metallb/speaker:v0.9.6'),
      [`metallb fail: MetalLB is v0.9.6, ${refuses}`],
    ],
    ['is 0.17', given('quay.io/metallb/speaker:v0.17.0'), ['metallb warn: MetalLB is v0.17.0']],
    [
      'says its version in a label alone',
      given('registry:5000/speaker@sha256:0123', {
        labels: {
          'app.kubernetes.io/name': 'metallb',
          'app.kubernetes.io/component': 'speaker',
          'app.kubernetes.io/version': 'v0.15.2',
        },
      }),
      [`metallb fail: MetalLB is v0.15.2, ${refuses}`],
    ],
    [
      'runs another image than its label says',
      given('quay.io/metallb/speaker:v0.14.8', {
        labels: {
          'app.kubernetes.io/name': 'metallb',
          'app.kubernetes.io/component': 'speaker',
          'app.kubernetes.io/version': 'v0.16.2',
        },
      }),
      [`metallb fail: MetalLB is v0.14.8, ${refuses}`],
    ],
    [
      'says no version',
      given('registry:5000/speaker@sha256:0123'),
      ['metallb unknown: the version of MetalLB cannot be told from image registry:5000/speaker@sha256:0123'],
    ],
    [
      'is of a branch',
      given('quay.io/metallb/speaker:main'),
      ['metallb unknown: the version of MetalLB cannot be told from image quay.io/metallb/speaker:main'],
    ],
    [
      'is in another namespace',
      given('quay.io/metallb/speaker:v0.16.2', { namespace: 'metallb-system' }),
      [
        'metallb ok: MetalLB is v0.16.2',
        'metallb fail: MetalLB runs in namespace metallb-system, and reads no pools and peers of metallb',
      ],
    ],
    [
      'has another backend',
      given('quay.io/metallb/speaker:v0.16.2', {
        containers: [container({ name: 'speaker', image: 'quay.io/metallb/speaker:v0.16.2' })],
      }),
      [
        'metallb ok: MetalLB is v0.16.2',
        "metallb fail: MetalLB's BGP implementation is native, and the topology says frr-k8s",
      ],
    ],
    [
      'takes one class alone',
      given('quay.io/metallb/speaker:v0.16.2', { args: ['--port=7472', '--lb-class=metallb'] }),
      [
        'metallb ok: MetalLB is v0.16.2',
        'metallb fail: MetalLB takes Services of the class metallb alone, and those of the route servers have no class',
      ],
    ],
  ])('%s', (_, facts, rows) => {
    const usual = decideRows(ready, wanted).map(words);
    const isInstaller = (row: string): boolean => row.startsWith('metallb-installer ');
    expect(changed(facts, external).filter((row) => !usual.includes(row) && !isInstaller(row))).toEqual(rows);
  });

  it.each<[string, string[], string[]]>([
    ['the same class', ['--lb-class=example.com/x'], []],
    [
      'another class',
      ['--lb-class=other'],
      ['MetalLB takes Services of the class other alone, and those of the route servers have the class example.com/x'],
    ],
    [
      'no class',
      ['--port=7472'],
      ['MetalLB takes Services without a class, and those of the route servers have the class example.com/x'],
    ],
  ])('where the topology has a class of load balancers, serves %s', (_, args, fails) => {
    const facts = given('quay.io/metallb/speaker:v0.16.2', { args });
    const topology = wantedWith(external);
    const classed = { ...topology, metallb: { ...topology.metallb, loadBalancerClass: 'example.com/x' } };
    const rows = decideRows({ ...ready, ...facts }, classed).filter(({ check }) => check === 'metallb');
    expect(rows.filter(({ state }) => state === 'fail').map(({ seen }) => seen)).toEqual(fails);
  });

  it('with an FRR-K8s of somebody else has no backend in the topology', () => {
    const environment = [{ name: 'METALLB_BGP_TYPE', value: 'frr-k8s-external' }];
    const image = 'quay.io/metallb/speaker:v0.16.2';
    const facts = given(image, { containers: [container({ name: 'speaker', image, environment })] });
    const row = decideRows({ ...ready, ...facts }, wantedWith(external)).find(
      ({ check, state }) => check === 'metallb' && state === 'fail',
    );
    expect(row?.seen).toBe("MetalLB's BGP implementation is frr-k8s-external, and the topology says frr-k8s");
    expect(row?.next).toBe(
      'have MetalLB run FRR-K8s itself, in its own namespace: the interlock guards none elsewhere',
    );
  });

  describe('beside others in its namespace', () => {
    const rowOf = (namespace: string, ...others: WorkloadFacts[]) => {
      const here = (topology: Topology): Topology => {
        const { metallb, ...rest } = external(topology);
        return { ...rest, metallb: { ...metallb, namespace } };
      };
      const own = speaker('quay.io/metallb/speaker:v0.16.2', { namespace });
      const facts = { ...ready, ...withWorkloads(own, ...others) };
      const row = decideRows(facts, wantedWith(here)).find(({ check }) => check === 'metallb-namespace');
      return row && `${row.state}: ${row.seen}`;
    };
    it.each<[string, string, WorkloadFacts[], string | undefined]>([
      ['of another namespace', 'metallb', [workload({ namespace: 'other' })], undefined],
      ['that are its own', 'metallb', [workload({ namespace: 'metallb', labels: { app: 'metallb' } })], undefined],
      [
        'that are its FRR-K8s',
        'metallb',
        [workload({ namespace: 'metallb', kind: 'DaemonSet', labels: { app: 'frr-k8s' } })],
        undefined,
      ],
      ['that are its operator', 'metallb', [workload({ namespace: 'metallb', name: 'metallb-operator' })], undefined],
      [
        'that are not',
        'metallb',
        [workload({ namespace: 'metallb', name: 'web' })],
        "warn: namespace metallb is not MetalLB's alone (Deployment web)",
      ],
      [
        'of Kubernetes itself',
        'kube-system',
        [workload({ namespace: 'kube-system', name: 'coredns' })],
        "fail: namespace kube-system is not MetalLB's alone (Deployment coredns)",
      ],
    ])('%s', (_, namespace, others, seen) => {
      const row = rowOf(namespace, ...others);
      expect(row?.slice(0, row.indexOf('):') + 1)).toBe(seen);
    });
  });

  it.each([
    [undefined, 'somebody whom it does not name'],
    [{ words: "OLM's metallb.v0.16", application: undefined }, "OLM's metallb.v0.16"],
    [{ words: "Helm's release metallb", application: undefined }, "Helm's release metallb"],
  ])('was installed by %o, who has to have a right', (owner, who) => {
    const rows = decideRows({ ...ready, ...given('quay.io/metallb/speaker:v0.16.2', { owner }) }, wantedWith(external));
    const row = rows.find(({ check }) => check === 'metallb-installer');
    expect(row?.seen).toBe(
      `DaemonSet metallb/metallb-speaker was installed by ${who}: its upgrades are refused where that user may not patch the turn`,
    );
    expect(row?.commands?.[0]?.run).toBe(
      'kubectl auth can-i patch turns.meshrs.dev/meshrr-evpnrs.meshrr --as USER --as-group GROUP',
    );
  });

  it('is below 0.16, with peers that the sides share', () => {
    const global = (topology: Topology): Topology => {
      const { metallb, ...rest } = external(topology);
      return { ...rest, metallb: { ...metallb, peerScope: 'global' } };
    };
    expect(changed(given('quay.io/metallb/speaker:v0.15.3'), global)).toEqual([
      'metallb warn: MetalLB is v0.15.3',
      expect.stringMatching(/^metallb-installer by-hand: /),
    ]);
  });
});

describe('address pools', () => {
  const pool = (addresses: string[], application?: string, namespace = 'metallb'): Partial<PreflightFacts> => ({
    pools: known([
      {
        namespace,
        name: 'old',
        addresses,
        owner: application === undefined ? undefined : { words: application, application },
      },
    ]),
  });
  const clash = 'address-pools fail: the pool old holds the VIP 192.168.255.1';
  it.each<Sample>([
    ['with a prefix around a VIP', pool(['10.0.0.0/8', '192.168.255.0/31']), [clash]],
    ['with a range around a VIP', pool(['192.168.254.9-192.168.255.1']), [clash]],
    ['with a prefix that has host bits', pool(['192.168.255.1/31']), [clash]],
    ['beside the VIPs', pool(['192.168.255.4/30', '192.168.255.8-192.168.255.9']), []],
    ['that is not understood', pool(['nonsense']), []],
    ['of the fleet itself', pool(['192.168.255.1/32'], 'meshrs-route-servers-dci'), []],
    ['where MetalLB does not look', pool(['192.168.255.1/32'], undefined, 'elsewhere'), []],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('namespaces', () => {
  const namespaces = (change: Partial<PreflightFacts['namespaces']>): Partial<PreflightFacts> => ({
    namespaces: { ...ready.namespaces, ...change },
  });
  it.each<Sample>([
    [
      'that ends',
      namespaces({ routeServers: known({ isTerminating: true, podSecurity: undefined }) }),
      ['namespaces fail: meshrr is being deleted, and nothing can be made in it'],
    ],
    [
      'of MetalLB that ends',
      namespaces({ metallb: known({ isTerminating: true, podSecurity: undefined }) }),
      ['namespaces fail: metallb is being deleted, and nothing can be made in it'],
    ],
    [
      'with another level',
      namespaces({ routeServers: known({ isTerminating: false, podSecurity: 'baseline' }) }),
      ['namespaces warn: meshrr has the Pod Security level baseline, and the sync sets restricted'],
    ],
    [
      'with no level',
      namespaces({ routeServers: known({ isTerminating: false, podSecurity: undefined }) }),
      ['namespaces ok: meshrr is there'],
    ],
    [
      'of Argo CD that is not there',
      namespaces({ argoCd: known(undefined) }),
      ['argo-cd fail: there is no namespace argocd'],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('policies', () => {
  const refusal = 'admission webhook "validate.kyverno.svc-fail" denied the request: no';
  it.each<Sample>([
    [
      'that take the pods',
      {
        trial: known({ pods: [{ statefulSet: 'routeserver-a', refusal: undefined, added: [] }] }),
        webhooks: known(['kyverno']),
      },
      ['policies ok: a dry run of a pod of each StatefulSet was taken'],
    ],
    [
      'that refuse one',
      { trial: known({ pods: [{ statefulSet: 'routeserver-a', refusal, added: [] }] }) },
      [`policies fail: a pod of routeserver-a is refused: ${refusal}`],
    ],
    [
      'that put a container into them',
      { trial: known({ pods: [{ statefulSet: 'routeserver-a', refusal: undefined, added: ['istio-proxy'] }] }) },
      ['policies warn: a webhook or a policy puts containers into the pods of routeserver-a: istio-proxy'],
    ],
    [
      'that cannot be asked yet',
      { webhooks: known(['gatekeeper-validating-webhook-configuration']) },
      [
        'policies unknown: namespace meshrr is not there, so that no pod can be tried; webhooks look at pods or Services: gatekeeper-validating-webhook-configuration',
      ],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('secrets', () => {
  const absent = { secrets: ready.secrets.map((each) => ({ ...each, found: known(undefined) })) };
  it.each<Sample>([
    ['that is not there', absent, ['secrets fail: there is no Secret metallb/metallb-bgp-a']],
    [
      'without the key',
      secret({ keys: ['username', 'pasword'] }),
      ['secrets fail: Secret metallb/metallb-bgp-a has nothing under password'],
    ],
    [
      'with nothing under the key',
      secret({ isEmpty: true }),
      ['secrets fail: Secret metallb/metallb-bgp-a has nothing under password'],
    ],
    [
      'of another type',
      secret({ type: 'Opaque' }),
      ['secrets fail: Secret metallb/metallb-bgp-a is of type Opaque, which MetalLB does not read'],
    ],
    [
      'with a line end',
      secret({ endsALine: true }),
      ['secrets warn: the password of Secret metallb/metallb-bgp-a ends with a line end, which would be part of it'],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('the turn', () => {
  const kind = (application?: string): Partial<PreflightFacts> =>
    definitions(
      { name: 'applications.argoproj.io' },
      { name: 'turns.meshrs.dev', ...(application !== undefined && { application }) },
    );
  const own = kind('meshrs-interlock-dci');
  it.each<Sample>([
    [
      'of this fleet, closed',
      { ...own, turns: known([{ name: 'meshrr-evpnrs.meshrr', open: 'none' }]) },
      ["turn ok: the kind is meshrs-interlock-dci's, and no side is open"],
    ],
    [
      'of this fleet, without a word',
      { ...own, turns: known([{ name: 'meshrr-evpnrs.meshrr', open: undefined }]) },
      ["turn ok: the kind is meshrs-interlock-dci's, and no side is open"],
    ],
    [
      'of this fleet, open',
      { ...own, turns: known([{ name: 'meshrr-evpnrs.meshrr', open: 'a' }]) },
      ['turn warn: side a is open'],
    ],
    [
      'of this fleet, open for all',
      { ...own, turns: known([{ name: 'meshrr-evpnrs.meshrr', open: 'all' }]) },
      ['turn warn: every side is open'],
    ],
    [
      "of another fleet's",
      { ...own, turns: known([{ name: 'other.ns', open: undefined }]) },
      ['turn warn: there are turns of other fleets: other.ns'],
    ],
    [
      "whose kind is another fleet's",
      kind('meshrs-interlock-west'),
      ["turn fail: the kind turns.meshrs.dev is kept by Argo CD's Application meshrs-interlock-west"],
    ],
    ["whose kind is nobody's", kind(), ['turn warn: the kind turns.meshrs.dev is kept by nobody who says so']],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });
});

describe('Argo CD', () => {
  const argoCd = (change: Partial<PreflightFacts['argoCd']>): Partial<PreflightFacts> => ({
    argoCd: { ...ready.argoCd, ...change },
  });
  const image = (name: string): Partial<PreflightFacts> => ({ workloads: known([controller(name)]) });
  const hides = (names: string): string =>
    `argo-cd-filters fail: Argo CD does not see kinds that are generated: ${names}`;
  it.each<Sample>([
    ['3.1', image('quay.io/argoproj/argocd:v3.1.9'), ['argo-cd fail: Argo CD is v3.1.9']],
    ['2.14', image('quay.io/argoproj/argocd:v2.14.2'), ['argo-cd fail: Argo CD is v2.14.2']],
    ['3.5', image('quay.io/argoproj/argocd:v3.5.0'), ['argo-cd ok: Argo CD is v3.5.0']],
    ['3.10, which is no 3.1', image('quay.io/argoproj/argocd:v3.10.0'), ['argo-cd warn: Argo CD is v3.10.0']],
    [
      'of a digest',
      image('quay.io/argoproj/argocd@sha256:0123'),
      ['argo-cd unknown: the version of Argo CD cannot be told from image quay.io/argoproj/argocd@sha256:0123'],
    ],
    [
      'without a controller',
      { workloads: known([]) },
      [
        "argo-cd unknown: no workload of namespace argocd is Argo CD's application controller, so that its version is not told",
      ],
    ],
    [
      'that is not there',
      { workloads: known([]), definitions: known([]) },
      ['argo-cd fail: namespace argocd has no Argo CD'],
    ],
    [
      'without a setting',
      argoCd({ configMaps: { ...ready.argoCd.configMaps, 'argocd-cm': known(undefined) } }),
      ['argo-cd-settings fail: argocd-cm has no resource.customizations.health.argoproj.io_Application'],
    ],
    [
      'with a shorter time',
      withSetting('argocd-cmd-params-cm', timeoutKey, '600'),
      [
        `argo-cd-settings fail: argocd-cmd-params-cm has another ${timeoutKey} (600 instead of ${String(wanted.settings.find(({ key }) => key === timeoutKey)?.value)} or more)`,
      ],
    ],
    [
      'with no time at all',
      withSetting('argocd-cmd-params-cm', timeoutKey, '0'),
      [
        `argo-cd-settings fail: argocd-cmd-params-cm has another ${timeoutKey} (0 instead of ${String(wanted.settings.find(({ key }) => key === timeoutKey)?.value)} or more)`,
      ],
    ],
    [
      'that marks nothing',
      withSetting('argocd-cm', 'application.resourceTrackingMethod', 'label'),
      [
        'argo-cd-tracking warn: application.resourceTrackingMethod of argocd-cm is label, so that Argo CD does not mark what it applies with its Application',
      ],
    ],
    ...['annotation', 'annotation+label', ''].map((method): Sample => [
      `that marks by "${method}"`,
      withSetting('argocd-cm', 'application.resourceTrackingMethod', method),
      [],
    ]),
    ['with a longer time, of another cluster', withSetting('argocd-cmd-params-cm', timeoutKey, '90000'), []],
    [
      'whose controller began before',
      argoCd({ controllerStarts: known(['2026-11-27T07:59:59Z']) }),
      [
        `argo-cd-controller warn: argocd-application-controller began at 2026-11-27T07:59:59Z, and who wrote ${timeoutKey} last wrote at 2026-11-27T08:00:00Z`,
      ],
    ],
    [
      'whose controller does not run',
      argoCd({ controllerStarts: known([]) }),
      ['argo-cd-controller fail: no pod of argocd-application-controller runs'],
    ],
    [
      'whose controller does not read it',
      {
        workloads: known([{ ...controller(), containers: [container({ image: 'quay.io/argoproj/argocd:v3.2.11' })] }]),
      },
      [
        `argo-cd-controller fail: StatefulSet argocd-application-controller does not read ${timeoutKey} of argocd-cmd-params-cm`,
      ],
    ],
    [
      'with fewer rights',
      argoCd({ rights: known([{ what: 'create clusterroles', isAllowed: known(false) }]) }),
      ["argo-cd-rights fail: Argo CD's application controller may not create clusterroles"],
    ],
    [
      'with its usual exclusions',
      withSetting(
        'argocd-cm',
        'resource.exclusions',
        "- apiGroups: ['', discovery.k8s.io]\n  kinds: [Endpoints, EndpointSlice]\n  clusters: ['*']\n",
      ),
      [],
    ],
    [
      'that does not see a kind',
      withSetting('argocd-cm', 'resource.exclusions', '- apiGroups: [policy]\n  kinds: [PodDisruptionBudget]\n'),
      [hides('policy/PodDisruptionBudget')],
    ],
    [
      'that does not see a group',
      withSetting('argocd-cm', 'resource.exclusions', "- apiGroups: ['*.dev']\n"),
      [hides('meshrs.dev/Turn')],
    ],
    [
      'that sees a group alone',
      withSetting(
        'argocd-cm',
        'resource.inclusions',
        "- apiGroups: ['{,apps,policy,argoproj.io,apiextensions.k8s.io,admissionregistration.k8s.io,meshrs.dev,rbac.*,networking.k8s.io}']\n",
      ),
      [
        hides(
          'metallb.io/BFDProfile, metallb.io/BGPAdvertisement, metallb.io/BGPPeer, metallb.io/IPAddressPool, metallb.io/L2Advertisement',
        ),
      ],
    ],
    [
      'with exclusions that are no list',
      withSetting('argocd-cm', 'resource.exclusions', 'kinds: ]['),
      ['argo-cd-filters unknown: resource.exclusions or resource.inclusions of argocd-cm are not understood'],
    ],
    [
      'that never looks by itself',
      withSetting('argocd-cm', 'timeout.reconciliation', '0s'),
      [
        'argo-cd-filters warn: timeout.reconciliation of argocd-cm is 0, so that Argo CD looks only when a webhook calls',
      ],
    ],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });

  it('in another cluster is looked at by hand', () => {
    const rows = decideRows(ready, { ...wanted, destination: 'dci-prod' }).filter(({ check }) =>
      check.startsWith('argo-cd'),
    );
    expect(rows.map(words)).toEqual([
      'argo-cd by-hand: Argo CD runs in another cluster, and knows this one as dci-prod',
      expect.stringMatching(
        /^argo-cd-account by-hand: nobody knows by which user it comes here: .* may patch the turn meshrr-evpnrs\.meshrr .* definitions only while all sides are open$/,
      ),
    ]);
  });

  it('in its own cluster by its name is the same as without one', () => {
    expect(decideRows(ready, { ...wanted, destination: 'in-cluster' })).toEqual(decideRows(ready, wanted));
  });

  const cluster = (access: OwnClusterFacts['access']): Partial<PreflightFacts> =>
    argoCd({ ownClusters: known([{ secret: 'cluster-x', access }]) });
  const account = (name: string): Partial<PreflightFacts> =>
    cluster({ by: 'user', name: `system:serviceaccount:${name}` });
  const comesAs = (name: string): string =>
    `argo-cd-account fail: Secret argocd/cluster-x has Argo CD come to its own cluster as ${name}, and the interlock refuses what it applies`;
  it.each<Sample>([
    ['by its own account', cluster({ by: 'own' }), []],
    ['by the account of an added cluster', account('kube-system:argocd-manager'), []],
    ['by another account of an added cluster', account('kube-system:argocd-manager-long-lived'), []],
    ['by another account of its namespace', account('argocd:mine'), []],
    [
      'by an account of kube-system’s',
      account('kube-system:mine'),
      [comesAs('system:serviceaccount:kube-system:mine')],
    ],
    ['by an account elsewhere', account('ci:argocd-manager'), [comesAs('system:serviceaccount:ci:argocd-manager')]],
    [
      'by its server’s account',
      account('argocd:argocd-server'),
      [comesAs('system:serviceaccount:argocd:argocd-server')],
    ],
    ['by a person', cluster({ by: 'user', name: 'alice' }), [comesAs('alice')]],
    [
      'by a token that says nothing',
      cluster({ by: 'user', name: undefined }),
      [comesAs('a user whose name its token does not say')],
    ],
    [
      'by a controller that is called a server',
      argoCd({ controllerAccount: 'gitops-server' }),
      [
        "argo-cd-account fail: Argo CD's application controller runs as argocd:gitops-server, which the interlock takes for Argo CD's server, and refuses",
      ],
    ],
    [
      'that applies as others',
      withSetting('argocd-cm', 'application.sync.impersonation.enabled', 'true'),
      [
        'argo-cd-account fail: application.sync.impersonation.enabled of argocd-cm is true, so that Argo CD applies as accounts that AppProjects name',
      ],
    ],
    ['that applies as itself', withSetting('argocd-cm', 'application.sync.impersonation.enabled', 'false'), []],
  ])('%s', (_, facts, rows) => {
    expect(changed(facts)).toEqual(rows);
  });

  const anywhere = { server: '*', name: '', namespace: '*' };
  const here = { server: 'https://kubernetes.default.svc', name: '' };
  it.each<readonly [string, ProjectFacts, boolean]>([
    ['of everybody', { name: 'default', destinations: [anywhere] }, true],
    ['of our namespace', { name: 'x', destinations: [{ ...here, namespace: 'meshrr' }] }, true],
    ['of MetalLB’s', { name: 'x', destinations: [{ ...here, namespace: 'met*' }] }, true],
    ['by the name of the cluster', { name: 'x', destinations: [{ server: '', name: 'in-*', namespace: '*' }] }, true],
    ['of all but another namespace', { name: 'x', destinations: [{ ...here, namespace: '!kube-*' }] }, true],
    ['of all but another cluster', { name: 'x', destinations: [{ ...anywhere, server: '!https://192.0.2.1' }] }, true],
    [
      'that denies one of ours alone',
      { name: 'x', destinations: [anywhere, { ...anywhere, namespace: '!meshrr' }] },
      true,
    ],
    [
      'that denies both',
      { name: 'x', destinations: [anywhere, { ...anywhere, namespace: '!{meshrr,metallb}' }] },
      false,
    ],
    [
      'that denies this cluster',
      { name: 'x', destinations: [anywhere, { ...anywhere, server: `!${here.server}` }] },
      false,
    ],
    ['of another cluster', { name: 'x', destinations: [{ ...anywhere, server: 'https://192.0.2.1' }] }, false],
    ['of another namespace', { name: 'x', destinations: [{ ...here, namespace: 'mesh' }] }, false],
    ['that allows nothing', { name: 'x', destinations: [] }, false],
    ['of our own', { name: wanted.applications.routeServers, destinations: [anywhere] }, false],
  ])('with an AppProject %s', (_, project, isTold) => {
    const told = `argo-cd-projects warn: other AppProjects may apply to meshrr or metallb: ${project.name}`;
    expect(changed(argoCd({ projects: known([project]) }))).toEqual(isTold ? [told] : []);
  });
});

describe('a control plane of somebody else’s', () => {
  const controllers = (isThere: Known<boolean>, sharedMay: Known<boolean>): Partial<PreflightFacts> => ({
    controllers: {
      accounts: [
        { name: 'statefulset-controller', isThere },
        { name: 'namespace-controller', isThere: known(true) },
      ],
      sharedMay,
    },
  });
  const servers = (addresses: readonly string[], identities: number): Partial<PreflightFacts> => ({
    apiServers: { addresses: known(addresses), identities: known(identities) },
  });
  it.each([
    [
      'controllers of one user',
      controllers(known(false), known(true)),
      ["controllers warn: Kubernetes' controllers share one user, system:kube-controller-manager"],
    ],
    [
      'controllers of names that nobody knows',
      controllers(known(false), known(false)),
      [
        'controllers fail: namespace kube-system has no account statefulset-controller, and system:kube-controller-manager may not make pods',
      ],
    ],
    [
      'controllers of which nothing is told',
      controllers(notRead, known(true)),
      ['controllers unknown: you may not look'],
    ],
    ['a user of which nothing is told', controllers(known(false), notRead), ['controllers unknown: you may not look']],
    ['accounts, whatever the shared user may', controllers(known(true), notRead), []],
    [
      'three API servers behind one address',
      servers(['203.0.113.7'], 3),
      ['api-servers warn: 3 API servers run, behind 203.0.113.7'],
    ],
    [
      'three API servers with three addresses',
      servers(['10.0.0.1', '10.0.0.2', '10.0.0.3'], 3),
      ['api-servers ok: a gate finds 3 API servers to ask'],
    ],
    [
      'an API server that has just gone',
      servers(['10.0.0.1', '10.0.0.2'], 1),
      ['api-servers ok: a gate finds 2 API servers to ask'],
    ],
    [
      'no address',
      servers([], 1),
      ['api-servers fail: EndpointSlice default/kubernetes has no address of an API server'],
    ],
    [
      'API servers that say nothing of themselves',
      servers(['10.0.0.1'], 0),
      ['api-servers warn: no API server says by a Lease that it runs, so that their number is not told'],
    ],
  ])('%s', (_what, change, expected) => {
    expect(changed(change)).toEqual(expected);
  });
});

describe('rights that are missing', () => {
  it('are a warning: somebody else may have them', () => {
    expect(changed({ rights: [{ what: 'patch nodes', isAllowed: known(false) }] })).toEqual([
      'own-rights warn: you may not patch nodes',
    ]);
  });
});

describe('every topology that something is generated for', () => {
  it.each(caseNames())('%s has rows, and each that is not well says what to do', (name) => {
    const topology = topologyOf(name);
    const rows = Object.entries(topology.placement.clusters).flatMap(([cluster, { sides }]) =>
      decideRows(ready, wantedOf(topology, cluster, sides)),
    );
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter(({ state, next }) => state !== 'ok' && !next)).toEqual([]);
    expect(rows.filter(({ state, commands = [] }) => state === 'by-hand' && commands.length === 0)).toEqual([]);
  });
});

describe('what cannot be read', () => {
  const facts: PreflightFacts = {
    ...{ version: notRead, admissionKinds: notRead, admissionPlugins: notRead, nodes: notRead, definitions: notRead },
    ...{ turns: notRead, workloads: notRead, pools: notRead, hasServiceLbAccount: notRead, kubeProxy: notRead },
    ...{ serviceRanges: notRead, webhooks: notRead, trial: notRead },
    controllers: { accounts: [{ name: 'statefulset-controller', isThere: notRead }], sharedMay: notRead },
    apiServers: { addresses: notRead, identities: notRead },
    namespaces: { routeServers: notRead, metallb: notRead, argoCd: notRead },
    secrets: ready.secrets.map((secretFacts) => ({ ...secretFacts, found: notRead })),
    argoCd: {
      configMaps: { 'argocd-cm': notRead, 'argocd-cmd-params-cm': notRead },
      controllerStarts: notRead,
      rights: notRead,
      controllerAccount: undefined,
      ownClusters: notRead,
      projects: notRead,
    },
    rights: [{ what: 'patch nodes', isAllowed: notRead }],
  };
  it('is unknown in every row, and never well', () => {
    const states = new Set<RowState>(decideRows(facts, wanted).map(({ state }) => state));
    expect([...states].sort()).toEqual(['by-hand', 'unknown']);
    expect(
      decideRows(facts, { ...wanted, metallb: external({ metallb: wanted.metallb } as Topology).metallb }).filter(
        ({ state }) => state === 'ok',
      ),
    ).toEqual([]);
  });
  it.each(
    Object.keys(facts).filter(
      (key) => key !== 'turns' && key !== 'webhooks' && key !== 'hasServiceLbAccount' && key !== 'definitions',
    ),
  )('%s alone: some row says so', (key) => {
    const rows = decideRows({ ...ready, [key]: facts[key as keyof PreflightFacts] }, wanted);
    expect(rows.filter(({ state }) => state === 'unknown').length).toBeGreaterThan(0);
  });
  it('of definitions leaves unknown what goes by them', () => {
    expect(changed({ definitions: notRead }).map((row) => row.split(':')[0])).toEqual([
      'load-balancers unknown',
      'metallb unknown',
      'turn unknown',
    ]);
    expect(changed({ definitions: notRead, workloads: known([]) })).toContain('argo-cd unknown: you may not look');
  });
});

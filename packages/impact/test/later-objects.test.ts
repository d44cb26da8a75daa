import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderManifests } from '@meshrs/manifests';
import { casesFolder, everyObjectOf, parseFiles, readText } from '@meshrs/manifests/test-support';
import { describe, expect, test } from 'vitest';
import { compareBuilt, type Comparison } from '../src/index.ts';

type Replacement = readonly [from: string | RegExp, to: string];

/** What an edit of a case's topology does. */
function compared(base: string, replacements: readonly Replacement[]): Comparison {
  const source = readFileSync(join(casesFolder, base, 'topology.yaml'), 'utf8');
  const edited = replacements.reduce((text, [from, to]) => {
    const next = text.replace(from, to);
    expect(next, String(from)).not.toBe(text);
    return next;
  }, source);
  const objectsOf = (text: string) =>
    parseFiles(renderManifests([{ file: 'topologies/dci.yaml', topology: readText(text) }], () => false).files);
  return compareBuilt(objectsOf(source), objectsOf(edited), { cluster: 'dci', before: [], after: [] });
}

describe('what MetalLB refuses while an old object is as it was', () => {
  test.each<[string, string, readonly Replacement[], readonly string[]]>([
    [
      'two sides that swap their VIPs',
      'frr',
      [
        ['vips: [192.168.255.1]', 'vips: [192.168.255.77]'],
        ['vips: [192.168.255.2]', 'vips: [192.168.255.1]'],
        ['vips: [192.168.255.77]', 'vips: [192.168.255.2]'],
      ],
      [
        'IPAddressPool metallb/routeserver-a while IPAddressPool metallb/routeserver-b: 192.168.255.2/32 overlaps 192.168.255.2/32',
      ],
    ],
    [
      'a that gets the VIP that b gives up',
      'frr',
      [
        ['vips: [192.168.255.1]', 'vips: [192.168.255.77]'],
        ['vips: [192.168.255.2]', 'vips: [192.168.255.9]'],
        ['vips: [192.168.255.77]', 'vips: [192.168.255.2]'],
      ],
      [
        'IPAddressPool metallb/routeserver-a while IPAddressPool metallb/routeserver-b: 192.168.255.2/32 overlaps 192.168.255.2/32',
      ],
    ],
    [
      'a Service with another name',
      'frr',
      [['vips: [192.168.255.1]', 'vips: [192.168.255.1]\n    service: rs-a']],
      [
        'IPAddressPool metallb/rs-a while IPAddressPool metallb/routeserver-a: 192.168.255.1/32 overlaps 192.168.255.1/32',
        'BGPPeer metallb/rs-a-fabric while BGPPeer metallb/routeserver-a-fabric: two BGPPeers of 192.168.255.0 on the same nodes',
      ],
    ],
    [
      'peers of all nodes instead of one of each side',
      'frr',
      [['metallb:\n', 'metallb:\n  peerScope: global\n']],
      [
        'BGPPeer metallb/fabric while BGPPeer metallb/routeserver-a-fabric: two BGPPeers of 192.168.255.0 on the same nodes',
        'BGPPeer metallb/fabric while BGPPeer metallb/routeserver-b-fabric: two BGPPeers of 192.168.255.0 on the same nodes',
      ],
    ],
    [
      'an anycast loopback with another name',
      'frr',
      [[/\bfabric\b/g, 'spine']],
      [
        'BGPPeer metallb/routeserver-a-spine while BGPPeer metallb/routeserver-a-fabric: two BGPPeers of 192.168.255.0 on the same nodes',
        'BGPPeer metallb/routeserver-b-spine while BGPPeer metallb/routeserver-b-fabric: two BGPPeers of 192.168.255.0 on the same nodes',
      ],
    ],
    [
      'b that gets the VIP that a has given up before',
      'frr',
      [
        ['vips: [192.168.255.1]', 'vips: [192.168.255.9]'],
        ['vips: [192.168.255.2]', 'vips: [192.168.255.1]'],
      ],
      [],
    ],
    ['a VIP that nobody has', 'frr', [['vips: [192.168.255.2]', 'vips: [192.168.255.9]']], []],
    ['another hold time of all peers', 'frr', [['metallb:\n', 'metallb:\n  holdSeconds: 12\n']], []],
  ])('%s', (_, base, replacements, refusals) => {
    expect(
      compared(base, replacements).metallbRefusals.map(
        ({ object, other, because }) => `${object} while ${other}: ${because}`,
      ),
    ).toEqual(refusals);
  });

  test('the AS of two peers of the same nodes, of which each waits for the other', () => {
    const before = parseFiles(
      renderManifests(
        [
          {
            file: 'topologies/dci.yaml',
            topology: readText(readFileSync(join(casesFolder, 'two-positions/topology.yaml'), 'utf8')),
          },
        ],
        () => false,
      ).files,
    );
    const after = structuredClone(before);
    for (const object of after) {
      if (object.kind === 'BGPPeer') (object['spec'] as { myASN: number }).myASN += 1;
    }
    const { metallbRefusals } = compareBuilt(before, after);
    expect(metallbRefusals).not.toEqual([]);
    for (const { because } of metallbRefusals) expect(because).toMatch(/^nodes have myASN \d+ from it/);
  });

  test('not two peers of one address, where MetalLB speaks BGP itself', () => {
    const [before, after] = ['frr', 'frr'].map((name) => parseFiles(renderOf(name)));
    const native = everyObjectOf('native-backend');
    const added = {
      ...structuredClone(after?.find(({ kind }) => kind === 'BGPPeer')),
      metadata: { name: 'more', namespace: 'metallb' },
    };
    const removed = (before ?? []).filter(({ kind }) => kind !== 'BGPPeer');
    const refused = (outside: readonly unknown[]) =>
      compareBuilt(before ?? [], [...removed, added], { cluster: 'dci', before: outside, after: outside })
        .metallbRefusals;
    expect(refused([])).toHaveLength(1);
    expect(refused(native)).toEqual([]);
  });
});

function renderOf(name: string) {
  return renderManifests(
    [
      {
        file: 'topologies/dci.yaml',
        topology: readText(readFileSync(join(casesFolder, name, 'topology.yaml'), 'utf8')),
      },
    ],
    () => false,
  ).files;
}

describe('what a person has to do beside the commit', () => {
  const acts = (base: string, replacements: readonly Replacement[]) =>
    compared(base, replacements).acts.map(({ when, what, commands }) => `${when}: ${what}: ${commands.join(' && ')}`);

  test('make the Secrets and the PriorityClass that the pods name', () => {
    const pods = (more: string): readonly Replacement[] => [['engine: frr', `engine: frr\n  pods: { ${more} }`]];
    expect(acts('frr', pods('pullSecrets: [mirror, other], priorityClass: network'))).toEqual([
      'before: the Secret meshrr/mirror has to be there: kubectl -n meshrr get secret mirror',
      'before: the Secret meshrr/other has to be there: kubectl -n meshrr get secret other',
      'before: the PriorityClass network has to be there: kubectl get priorityclass network',
    ]);
    expect(acts('cluster-options', [['priorityClass: system-cluster-critical', 'priorityClass: edge']])).toEqual([
      'before: the PriorityClass edge has to be there: kubectl get priorityclass edge',
    ]);
  });

  test('make the PriorityClass of a cluster that is new', () => {
    const source = readFileSync(join(casesFolder, 'frr/topology.yaml'), 'utf8');
    const text = source.replace('engine: frr', 'engine: frr\n  pods: { priorityClass: network }');
    const { files } = renderManifests([{ file: 'topologies/dci.yaml', topology: readText(text) }], () => false);
    expect(compareBuilt([], parseFiles(files)).acts.map(({ what }) => what)).toEqual([
      'the PriorityClass network has to be there',
    ]);
  });

  test('delete what the API server lets nobody change in place', () => {
    expect(acts('frr', [['engine: frr', 'engine: frr\n  persistence: {}']])).toEqual(
      ['a', 'b'].map(
        (side) =>
          `during: the sync fails at StatefulSet meshrr/routeserver-${side}, which the API server lets nobody change in place; delete it then, while side ${side} is open, and the next try makes it anew: kubectl get turns && kubectl -n meshrr delete statefulset routeserver-${side}`,
      ),
    );
  });

  test('make a Secret that is new', () => {
    expect(acts('native-backend', [['password: { secret: routers-md5 }', 'password: { secret: other-md5 }']])).toEqual([
      'before: the Secret metallb/other-md5 has to be there: kubectl -n metallb get secret other-md5',
    ]);
  });

  test.each([
    ['a pod', 'apps/v1', 'Deployment'],
    ['an account', 'v1', 'ServiceAccount'],
  ])('make one that %s without a namespace reads, where Argo CD brings it', (_, apiVersion, kind) => {
    const template = { metadata: {}, spec: { imagePullSecrets: [{ name: 'mine' }], containers: [] } };
    const object = (namespace?: string) => ({
      ...{ apiVersion, kind, metadata: { name: 'x', ...(namespace !== undefined && { namespace }) } },
      ...(kind === 'ServiceAccount'
        ? { imagePullSecrets: [{ name: 'mine' }] }
        : { spec: { selector: { matchLabels: {} }, template } }),
    });
    const before = parseFiles(renderOf('frr'));
    for (const [namespace, place] of [
      [undefined, 'meshrr'],
      ['other', 'other'],
    ] as const) {
      const told = compareBuilt(before, [...before, object(namespace)]).acts.map((act) => act.commands);
      expect(told).toEqual([[`kubectl -n ${place} get secret mine`]]);
    }
  });

  test('label the nodes anew before, and leave the old label alone, by which a side has its sessions until its turn', () => {
    const replacements: readonly Replacement[] = [['gitops:\n', '  nodeLabel: example.com/side\n\ngitops:\n']];
    const [act, ...more] = acts('frr', replacements);
    expect(more).toEqual([]);
    expect(act).toMatch(/^before: every node needs the label example\.com\/side beside side, /);
    expect(act).toMatch(
      /: kubectl label node -l side=a example\.com\/side=a && kubectl label node -l side=b example\.com\/side=b$/,
    );
    expect(act).not.toContain('side-');
  });

  test('see that pods still reach the API server', () => {
    const withPorts = (list: string): readonly Replacement[] => [
      ['serviceRanges: [10.96.0.0/12]', `serviceRanges: [10.96.0.0/12]\n      apiServerPorts: ${list}`],
    ];
    expect(acts('frr', withPorts('[443, 16443]'))).toEqual([
      'before: route servers and gates reach the Kubernetes API at port 6443 no more: without the port at which the API servers listen no gate opens a side; see that it is among 443 and 16443: kubectl -n default get endpointslices -l kubernetes.io/service-name=kubernetes',
    ]);
    expect(acts('frr', withPorts('[443, 6443, 16443]'))).toEqual([]);
    expect(acts('frr', withPorts('[443]'))).toHaveLength(1);
  });

  test('confirm what goes', () => {
    const [confirm] = acts('frr', [['engine: frr', 'engine: frr\n  exposure: hostNetwork']]).filter((act) =>
      act.includes('confirms'),
    );
    expect(confirm).toContain('Service meshrr/routeserver-a');
    expect(confirm).toContain('argocd app confirm-deletion meshrs-route-servers-dci');
  });

  test('nothing, where nothing is to be done', () => {
    expect(acts('frr', [['metallb:\n', 'metallb:\n  holdSeconds: 12\n']])).toEqual([]);
  });
});

describe('what is chosen before the first sync', () => {
  const choices = (base: string, replacements: readonly Replacement[]) =>
    compared(base, replacements).fixedChoices.map(({ key, from, to }) => `${key}: ${String(from)} -> ${String(to)}`);
  const label = (key: string): readonly Replacement[] => [['gitops:\n', `  nodeLabel: ${key}\n\ngitops:\n`]];
  const className = 'metallb.io/metallb';

  test.each<[string, string, readonly Replacement[], readonly string[]]>([
    ['a label of nodes', 'frr', label('example.com/side'), ['placement.nodeLabel: side -> example.com/side']],
    [
      'none any more',
      'cluster-options',
      [['  nodeLabel: node.cluster.x-k8s.io/side\n', '']],
      ['placement.nodeLabel: node.cluster.x-k8s.io/side -> side'],
    ],
    [
      'another one',
      'cluster-options',
      [['node.cluster.x-k8s.io/side', 'example.com/side']],
      ['placement.nodeLabel: node.cluster.x-k8s.io/side -> example.com/side'],
    ],
    [
      'a class of load balancers',
      'frr',
      [['metallb:\n', `metallb:\n  loadBalancerClass: ${className}\n`]],
      [`metallb.loadBalancerClass: undefined -> ${className}`],
    ],
    [
      'no class any more',
      'cluster-options',
      [[`  loadBalancerClass: ${className}\n`, '']],
      [`metallb.loadBalancerClass: ${className} -> undefined`],
    ],
    [
      'another class',
      'cluster-options',
      [[`loadBalancerClass: ${className}`, 'loadBalancerClass: example.com/other']],
      [`metallb.loadBalancerClass: ${className} -> example.com/other`],
    ],
    ['not what it is anyway', 'frr', label('side'), []],
    ['not an image', 'frr', [['engine: frr', 'engine: frr\n  pods: { labels: { team: x } }']], []],
  ])('%s', (_, base, replacements, found) => {
    expect(choices(base, replacements)).toEqual(found);
  });
});

describe('values of the chart of MetalLB', () => {
  const effects = (...replacements: readonly Replacement[]) => told(...replacements).effects;
  const told = (...replacements: readonly Replacement[]) => {
    const source = readFileSync(join(casesFolder, 'cluster-options/topology.yaml'), 'utf8');
    const edited = replacements.reduce((text, [from, to]) => text.replace(from, to), source);
    expect(edited).not.toBe(source);
    const [before, after] = [source, edited].map((text) => {
      const { files } = renderManifests([{ file: 'topologies/dci.yaml', topology: readText(text) }], () => false);
      // Read as the objects of an overlay are.
      const applications = files.filter(({ path }) => path.endsWith('/apps/metallb.yaml'));
      return {
        objects: parseFiles(files),
        outside: parseFiles(applications.map((file) => ({ ...file, path: 'base/metallb.yaml' }))),
      };
    });
    const outside = { cluster: 'dci', before: before?.outside ?? [], after: after?.outside ?? [] };
    const { effects: all, acts } = compareBuilt(before?.objects ?? [], after?.objects ?? [], outside);
    return {
      effects: all
        .filter(({ object }) => object.includes('meshrs-metallb'))
        .map(({ kind, sides, detail }) => `${kind} [${sides.join()}]: ${detail}`),
      acts: acts.map(({ when, what }) => `${when}: ${what}`),
    };
  };

  test('name Secrets and PriorityClasses that have to be there', () => {
    expect(
      told(
        ['imagePullSecrets: [mirror]', 'imagePullSecrets: [mirror, other]'],
        ['priorityClassName: system-cluster-critical', 'priorityClassName: edge'],
        ['        logLevel: warn', '        logLevel: warn\n        priorityClassName: speakers'],
        [/(frr-k8s:\n)/, '$1        priorityClassName: system-node-critical\n'],
      ).acts,
    ).toEqual([
      'before: the Secret meshrr/other has to be there',
      'before: the Secret metallb/other has to be there',
      'before: the PriorityClass edge has to be there',
      'before: the PriorityClass speakers has to be there',
    ]);
    expect(told(['logLevel: warn', 'logLevel: info']).acts).toEqual([]);
  });

  test('of frr-k8s are told where the backend stays', () => {
    expect(effects(['metallb/frr-k8s }', 'metallb/frr-k8s-2 }'])).toEqual([
      expect.stringMatching(/^leads \[\]: .*frr-k8s\.frrk8s\.image\.repository: /),
    ]);
  });

  test("of MetalLB's controller disturb no side", () => {
    expect(effects(['kubernetes.io/arch: amd64', 'kubernetes.io/arch: arm64'])).toEqual([
      expect.stringMatching(/^leads \[\]: .*controller\.nodeSelector/),
    ]);
  });

  test('by which speakers leave nodes disturb both sides', () => {
    const lost = effects([/\n {8}tolerations: .*/g, '']);
    expect(lost).toHaveLength(3);
    expect(lost.filter((each) => each.startsWith('resets [a,b]: '))).toEqual([
      expect.stringMatching(
        /: speaker\.tolerations without example\.com\/dedicated: the API server refuses it until all sides are open, and then speakers end at once/,
      ),
      expect.stringMatching(/: frr-k8s\.frrk8s\.tolerations without example\.com\/dedicated: /),
    ]);
    const kept = effects(
      ['effect: NoExecute }]\n      frr-k8s:', 'effect: NoExecute }, { key: more }]\n      frr-k8s:'],
      ['logLevel: warn', 'logLevel: info'],
    );
    expect(kept.filter((each) => each.startsWith('resets'))).toEqual([]);
  });
});

test('who has sessions with a side that is disturbed is named', () => {
  const { clients } = compared('frr', [['vips: [192.168.255.2]', 'vips: [192.168.255.9]']]);
  expect(clients).toEqual({ b: { declared: ['dc1-leaf1', 'dc2-leaf1'], ranges: ['192.168.0.0/16'] } });
});

describe('a gate that does not open', () => {
  test.each<[string, readonly Replacement[], readonly string[]]>([
    [
      'an AS that is taken from clients of a range',
      [['"65001-65534"', '"65001-65200"']],
      ['clients of AS 65201-65534 in 192.168.0.0/16'],
    ],
    [
      'a narrower range',
      [['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/17]']],
      ['clients in 192.168.128.0/17 that are not declared'],
    ],
    [
      'a client that is declared no more, outside of all ranges',
      [
        ['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.2.0/24]'],
        [/ {2}dc1-leaf1:.*\n/, ''],
      ],
      [
        'client dc1-leaf1 (192.168.1.11)',
        'clients in 192.168.0.0/23, 192.168.3.0/24, 192.168.4.0/22, 192.168.8.0/21, 192.168.16.0/20 and 3 more that are not declared',
      ],
    ],
    [
      'a lower limit of a group',
      [['asns: ["65001-65534"]', 'asns: ["65001-65534"]\n    maximumPrefixes: 10']],
      [
        'client dc1-leaf1, if it sends more than 10 prefixes',
        'client dc2-leaf1, if it sends more than 10 prefixes',
        'who comes from a range of MESHRR-CLIENTS and sends more than 10 prefixes',
      ],
    ],
  ])('is told, and for whom: %s', (_, replacements, clients) => {
    expect(compared('frr', replacements).stuckGates).toEqual([{ side: 'b', clients }]);
  });

  test.each<[string, readonly Replacement[]]>([
    ['a wider range', [['prefixes: [192.168.0.0/16]', 'prefixes: [192.168.0.0/15]']]],
    ['another image', [['engine: frr', "engine: frr\n  images: { agent: 'registry.example.com/mesh-agent:2.0.0' }"]]],
    ['a client that comes back from a range', [[/ {2}dc1-leaf1:.*\n/, '']]],
    ['another VIP of one side', [['vips: [192.168.255.2]', 'vips: [192.168.255.9]']]],
  ])('is none of: %s', (_, replacements) => {
    expect(compared('frr', replacements).stuckGates).toEqual([]);
  });
});

test('a side with another name is refused, told once for each object, and with all there is to do', () => {
  const { effects, acts, metallbRefusals } = compared('frr', [
    ['sides: [a, b]', 'sides: [a, c]'],
    [/\n {2}b:\n/, '\n  c:\n'],
    [/side: b/g, 'side: c'],
  ]);
  const sets = effects.filter(({ object }) => object === 'StatefulSet meshrr/routeserver-b').map(({ kind }) => kind);
  expect(sets).toEqual(['recreates']);
  expect(metallbRefusals.map(({ object }) => object)).toEqual(['IPAddressPool metallb/routeserver-c']);
  expect(acts.map(({ when, commands }) => [when, commands.at(-1)])).toEqual([
    ['before', 'kubectl -n metallb get secret metallb-bgp-c'],
    ['before', 'kubectl label node NODE side=c'],
    ['during', 'kubectl -n meshrr delete statefulset routeserver-b'],
    ['during', 'argocd app confirm-deletion meshrs-route-servers-dci'],
    ['after', 'kubectl label node -l side=b side-'],
  ]);
});

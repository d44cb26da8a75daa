import { find, objectsOf, set, type Editable } from '@meshrs/manifests/test-support';
import { describe, expect, test } from 'vitest';
import { compareBuilt, describeEffect, disturbedTogether } from '../src/index.ts';

type Edit = (objects: Editable[]) => void;

/** What an edit of the case `frr` is said to do; `first` is made on both builds. */
function effectsOf(edit: Edit, first: Edit = () => undefined): string[] {
  const before = objectsOf('frr');
  first(before);
  const after = structuredClone(before);
  edit(after);
  return compareBuilt(before, after).effects.map(
    ({ kind, object, sides, detail }) => `${kind} ${object} [${sides.join()}]: ${detail}`,
  );
}

const without =
  (kind: string, name: string): Edit =>
  (objects) => {
    objects.splice(objects.indexOf(find(objects, kind, name)), 1);
  };

describe('a Service', () => {
  test.each([
    ['externalTrafficPolicy', 'Cluster'],
    ['externalIPs', ['192.0.2.1']],
    ['ipFamilyPolicy', 'RequireDualStack'],
    ['loadBalancerSourceRanges', ['192.0.2.0/24']],
    ['selector', { app: 'other' }],
    ['sessionAffinity', 'ClientIP'],
    ['type', 'ClusterIP'],
  ])('that leads elsewhere by its %s resets the sessions of its side', (field, value) => {
    const effects = effectsOf((objects) => {
      set(find(objects, 'Service', 'routeserver-b'), `spec.${field}`, value);
    });
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatch(new RegExp(`^resets Service meshrr/routeserver-b \\[b\\]: spec\\.${field}`));
  });

  test.each([
    ['clusterIP', '10.96.0.7'],
    ['loadBalancerClass', 'other'],
    ['ipFamilies', ['IPv6']],
    ['ipFamilies', ['IPv6', 'IPv4']],
  ])('is refused in place where its %s changes: it has to be made anew', (field, value) => {
    const effects = effectsOf((objects) => {
      set(find(objects, 'Service', 'routeserver-b'), `spec.${field}`, value);
    });
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatch(new RegExp(`^recreates Service meshrr/routeserver-b \\[b\\]: spec\\.${field}`));
  });

  test.each([
    ['publishNotReadyAddresses', false],
    ['internalTrafficPolicy', 'Local'],
  ])('that leads where it led does not, whatever its %s', (field, value) => {
    expect(
      effectsOf((objects) => {
        set(find(objects, 'Service', 'routeserver-b'), `spec.${field}`, value);
      }),
    ).toEqual([]);
  });

  test('that goes takes the address of its side along', () => {
    expect(effectsOf(without('Service', 'routeserver-b'))).toEqual([
      'removes Service meshrr/routeserver-b [b]: the address 192.168.255.2',
    ]);
    expect(effectsOf(without('Service', 'meshrr-core'))).toEqual([
      'removes Service meshrr/meshrr-core [a,b]: its name in the DNS',
    ]);
  });

  test('that moves and leads elsewhere does both', () => {
    const effects = effectsOf((objects) => {
      const service = find(objects, 'Service', 'routeserver-b');
      service.metadata.annotations = {
        ...service.metadata.annotations,
        'metallb.io/loadBalancerIPs': '192.168.255.9',
      };
      set(service, 'spec.externalTrafficPolicy', 'Cluster');
    });
    expect(effects).toEqual([
      'renumbers Service meshrr/routeserver-b [b]: metallb.io/loadBalancerIPs: "192.168.255.2" -> "192.168.255.9"',
      'resets Service meshrr/routeserver-b [b]: spec.externalTrafficPolicy: "Local" -> "Cluster"; sessions through it reset',
    ]);
  });

  test('without the BGP port disturbs no side', () => {
    const other: Edit = (objects) => {
      set(find(objects, 'Service', 'routeserver-b'), 'spec.ports', [{ name: 'x', port: 80, protocol: 'TCP' }]);
    };
    const effects = effectsOf((objects) => {
      set(find(objects, 'Service', 'routeserver-b'), 'spec.sessionAffinity', 'ClientIP');
    }, other);
    expect(effects).toEqual(['changes Service meshrr/routeserver-b []: spec.sessionAffinity added']);
  });

  test('that loses a port tells which', () => {
    const effects = effectsOf((objects) => {
      set(find(objects, 'Service', 'routeserver-b'), 'spec.ports', []);
    });
    expect(effects).toEqual([
      'resets Service meshrr/routeserver-b [b]: spec.ports[179] removed; sessions through it reset',
    ]);
  });
});

describe('a policy over route servers', () => {
  const cidr = '192.168.0.0/16';
  const only =
    (policy: { readonly ingress?: readonly object[]; readonly egress?: readonly object[] }): Edit =>
    (objects) => {
      const { ingress = [], egress = [] } = policy;
      set(find(objects, 'NetworkPolicy', 'routeserver-b'), 'spec.ingress', ingress);
      set(find(objects, 'NetworkPolicy', 'routeserver-b'), 'spec.egress', egress);
    };
  const from = [{ ipBlock: { cidr } }];
  const on = (port: object) => ({ ingress: [{ from, ports: [{ protocol: 'TCP', ...port }] }] });
  const told = (sides: string, words: string) => [
    `${sides === '' ? 'changes' : 'resets'} NetworkPolicy meshrr/routeserver-b [${sides}]: no longer allows ${words}`,
  ];

  test.each([
    ['the BGP port by name', { port: 'bgp' }, 'b', 'port "bgp"'],
    ['another port by name', { port: 'agent' }, '', 'port "agent"'],
    ['the BGP port', { port: 179 }, 'b', 'port 179'],
    ['the port before', { port: 178 }, '', 'port 178'],
    ['the port after', { port: 180 }, '', 'port 180'],
    ['ports that end with it', { port: 1, endPort: 179 }, 'b', 'port 1'],
    ['ports that end before it', { port: 1, endPort: 178 }, '', 'port 1'],
    ['ports that begin with it', { port: 179, endPort: 200 }, 'b', 'port 179'],
    ['a protocol whole', {}, 'b', 'any port'],
  ])('that closes %s', (_, port, sides, words) => {
    expect(effectsOf(only({}), only(on(port)))).toEqual(told(sides, `${words} from ${cidr}`));
  });

  test('that lets all ports through has not closed one', () => {
    expect(effectsOf(only({ ingress: [{ from }] }), only(on({ port: 179 })))).toEqual([]);
    expect(effectsOf(only({ ingress: [{}] }), only(on({ port: 179 })))).toEqual([]);
  });

  test('that lets the mesh dial nobody has closed the way out, whatever it lets in', () => {
    const port = { protocol: 'TCP', port: 179 };
    const egress = [{ to: from, ports: [port] }];
    expect(effectsOf(only({ ingress: [{ from, ports: [port] }] }), only({ egress }))).toEqual(
      told('b', `port 179 to ${cidr}`),
    );
  });

  test('that lets everybody in has nobody shut out, and one that did has', () => {
    const port = { protocol: 'TCP', port: 179 };
    const anywhere = only({ ingress: [{ ports: [port] }] });
    expect(effectsOf(anywhere, only(on(port)))).toEqual([]);
    expect(effectsOf(only(on(port)), anywhere)).toEqual(told('b', 'port 179 from anywhere'));
  });

  test('that takes an exception out of a prefix has closed the prefix, as far as no other opens it', () => {
    const port = { protocol: 'TCP', port: 179 };
    const excepted = { ipBlock: { cidr, except: ['192.168.1.0/24'] } };
    const policy = only({ ingress: [{ from: [excepted], ports: [port] }] });
    expect(effectsOf(policy, only(on(port)))).toEqual(told('b', `port 179 from ${cidr}`));
    expect(effectsOf(only({ ingress: [{ from: [excepted, ...from], ports: [port] }] }), only(on(port)))).toEqual([]);
  });

  test('that opens the same with host bits set has closed nothing', () => {
    const hostBits = only({ ingress: [{ from: [{ ipBlock: { cidr: '192.168.7.7/16' } }], ports: [{ port: 179 }] }] });
    const plain = only({ ingress: [{ from, ports: [{ port: 179 }] }] });
    expect(effectsOf(hostBits, plain)).toEqual([]);
    expect(effectsOf(plain, hostBits)).toEqual([]);
  });

  test('that selects pods is compared as it is written', () => {
    const port = { protocol: 'TCP', port: 179 };
    const pods = { podSelector: { matchLabels: { app: 'x' } } };
    const selecting = only({ ingress: [{ from: [pods], ports: [port] }] });
    expect(effectsOf(selecting, selecting)).toEqual([]);
    expect(effectsOf(only({}), selecting)).toEqual(told('b', `port 179 from ${JSON.stringify(pods)}`));
  });
});

test.each([
  ['BGPPeer', 'routeserver-b-fabric', 'spec.nodeSelectors', [{ matchLabels: { side: 'c' } }], 'spec.holdTime', '12s'],
  ['NetworkPolicy', 'routeserver-b', 'spec.egress', [{ ports: [{ port: 443, protocol: 'TCP' }] }], 'spec.egress', []],
  ['Service', 'routeserver-b', 'spec.ports', [{ port: 80 }], 'spec.type', 'ClusterIP'],
])('%s %s of no side says of no session that it resets', (kind, name, path, first, edited, value) => {
  const [effect, ...others] = effectsOf(
    (objects) => {
      set(find(objects, kind, name), edited, value);
    },
    (objects) => {
      set(find(objects, kind, name), path, first);
    },
  );
  expect(others).toEqual([]);
  expect(effect).toMatch(/^changes .* \[\]: /);
  expect(effect).not.toMatch(/reset|withdraw/);
});

describe('settings', () => {
  const settingsOf = (objects: Editable[]) => find(objects, 'ConfigMap', 'routeserver-b-settings');
  const edited =
    (edit: (text: string) => string): Edit =>
    (objects) => {
      const map = settingsOf(objects) as Editable & { data?: Readonly<Record<string, string>> };
      const text = map.data?.['meshrr.conf.yml'] ?? expect.unreachable('the ConfigMap has settings');
      expect(edit(text)).not.toBe(text);
      map.data = { ...map.data, 'meshrr.conf.yml': edit(text) };
    };

  test('that cannot be read may do anything', () => {
    const unreadable = edited((text) => `${text}unknown: 1\n`);
    const words = [
      'resets ConfigMap meshrr/routeserver-b-settings [b]: the settings cannot be read: all sessions may reset',
    ];
    expect(effectsOf(unreadable)).toEqual(words);
    expect(
      effectsOf(
        edited((text) => text.replace('unknown: 1\n', '')),
        unreadable,
      ),
    ).toEqual(words);
  });

  test('of no side are those of all sides', () => {
    const shared: Edit = (objects) => {
      delete settingsOf(objects).metadata.labels?.['side'];
    };
    const renumbered = edited((text) => text.replace('192.168.255.21', '192.168.255.29'));
    expect(effectsOf(renumbered, shared)).toEqual([
      'resets ConfigMap meshrr/routeserver-b-settings [a,b]: router-id of routeserver-b-0: 192.168.255.21 -> 192.168.255.29: all its sessions reset',
    ]);
  });

  test('where no route server runs are of no session', () => {
    const alone: Edit = (objects) => {
      delete settingsOf(objects).metadata.labels?.['side'];
      for (const side of ['a', 'b']) without('StatefulSet', `routeserver-${side}`)(objects);
    };
    expect(
      effectsOf(
        edited((text) => text.replace('192.168.0.0/16', '192.168.0.0/17')),
        alone,
      ),
    ).toEqual([]);
    expect(effectsOf(without('ConfigMap', 'routeserver-b-settings'), alone)).toEqual([]);
  });

  test('that go take all sessions along', () => {
    expect(effectsOf(without('ConfigMap', 'routeserver-b-settings'))).toEqual([
      'resets ConfigMap meshrr/routeserver-b-settings [b]: the settings are removed: all sessions reset',
    ]);
  });
});

describe('a ConfigMap that nobody may change', () => {
  const frozen =
    (name: string): Edit =>
    (objects) => {
      (find(objects, 'ConfigMap', name) as Editable & { immutable?: boolean }).immutable = true;
    };
  const more =
    (name: string): Edit =>
    (objects) => {
      const map = find(objects, 'ConfigMap', name) as Editable & { binaryData?: object };
      map.binaryData = { more: 'eA==' };
    };
  const actsOf = (name: string) => {
    const before = objectsOf('frr');
    frozen(name)(before);
    const after = structuredClone(before);
    more(name)(after);
    return compareBuilt(before, after).acts;
  };

  test('is made anew, and its pods after it: running ones do not read it again', () => {
    const [effect = '', ...others] = effectsOf(more('routeserver-b-settings'), frozen('routeserver-b-settings'));
    expect(others).toEqual([]);
    expect(effect).toMatch(
      /^recreates ConfigMap meshrr\/routeserver-b-settings \[b\]: binaryData.*; pods that run keep what they have read of it until they are made anew$/,
    );
    expect(actsOf('routeserver-b-settings')).toMatchObject([
      {
        ...{ side: 'b', when: 'during' },
        what: expect.stringMatching(/delete it then, while side b is open, and the next try makes it anew$/) as string,
        commands: ['kubectl get turns', 'kubectl -n meshrr delete configmap routeserver-b-settings'],
      },
      podsOf('b', 'routeserver-b-settings'),
    ]);
  });

  /** When the sync is over the turn is, too: a person opens the side. */
  const podsOf = (side: string, name: string): object => ({
    ...{ side, when: 'after' },
    commands: [
      `pnpm meshrs open ${side} --reason 'ConfigMap ${name} was made anew'`,
      `kubectl -n meshrr delete pod -l side=${side},meshrs.dev/workload`,
    ],
  });

  test('and is of all sides, needs them open, and its pods one side after the other', () => {
    const name = 'meshrr-evpnrs-fleet';
    expect(actsOf(name)).toMatchObject([
      {
        when: 'during',
        what: expect.stringMatching(/delete it then, while all sides are open/) as string,
        commands: ['kubectl get turns', `kubectl -n meshrr delete configmap ${name}`],
      },
      ...[podsOf('a', name), podsOf('b', name)],
    ]);
  });

  test("and is the user's, has no pods of ours", () => {
    const map = (data: object) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'other' } },
      ...{ immutable: true, data },
    });
    const before = objectsOf('frr');
    const { acts } = compareBuilt([...before, map({ x: 'y' })], [...before, map({ x: 'z' })]);
    expect(acts.map(({ when, commands }) => [when, ...commands])).toEqual([
      ['during', 'kubectl -n other delete configmap mine'],
      ['after'],
    ]);
  });
});

test.each<[string, string, string, string | undefined]>([
  ['Service', 'routeserver-b', ', while side b is open', 'b'],
  ['Service', 'meshrr-core', ', while all sides are open', undefined],
])('a %s %s that is made anew is deleted%s', (kind, name, words, side) => {
  const before = objectsOf('frr');
  set(find(before, kind, name), 'spec.clusterIP', '10.96.7.7');
  const after = structuredClone(before);
  set(find(after, kind, name), 'spec.clusterIP', '10.96.7.8');
  const { acts } = compareBuilt(before, after);
  expect(acts).toHaveLength(1);
  expect(acts[0]?.what).toContain(words);
  expect(acts[0]?.side).toBe(side);
});

describe('what MetalLB announces', () => {
  test.each([
    ['localPref', 200],
    ['asPathPrepend', 3],
  ])('is updated by another %s of its advertisement', (field, value) => {
    expect(
      effectsOf((objects) => {
        set(find(objects, 'BGPAdvertisement', 'routeserver-b'), `spec.${field}`, value);
      }),
    ).toEqual([]);
  });

  test.each([
    ['another one', ['65000:7'], 'spec.communities[0]: "65000:0" -> "65000:7"'],
    ['one more', ['65000:0', '65000:7'], 'spec.communities[1] added'],
    ['none', [], 'spec.communities[0] removed'],
    ['no list', undefined, 'spec.communities removed'],
  ])('may be passed on no more by its communities: %s', (_, value, changes) => {
    expect(
      effectsOf((objects) => {
        set(find(objects, 'BGPAdvertisement', 'routeserver-b'), 'spec.communities', value);
      }),
    ).toEqual([
      `may-reset BGPAdvertisement metallb/routeserver-b [b]: ${changes}; the session stays, but whether routers take the VIP, and pass it on, their policies decide by these: see that each of them takes it with the new ones`,
    ]);
  });

  test('is withdrawn with the advertisement, the pool or the session', () => {
    expect(effectsOf(without('BGPAdvertisement', 'routeserver-b'))).toEqual([
      'resets BGPAdvertisement metallb/routeserver-b [b]: spec removed; the VIP may be withdrawn',
    ]);
    expect(effectsOf(without('IPAddressPool', 'routeserver-b'))).toEqual([
      'loses IPAddressPool metallb/routeserver-b [b]: the VIP 192.168.255.2',
    ]);
    expect(effectsOf(without('BGPPeer', 'routeserver-b-fabric'))).toEqual([
      'resets BGPPeer metallb/routeserver-b-fabric [b]: the session with 192.168.255.0 ends; its nodes withdraw the VIP',
    ]);
  });

  test.each([
    ['a range around it', ['192.168.255.1-192.168.255.3'], []],
    ['the same prefix', ['192.168.255.2/32'], []],
    ['a prefix around it', ['192.168.255.0/30'], []],
    ['one of several', ['198.51.100.0/24', '192.168.255.2/32'], []],
    [
      'others',
      ['192.168.255.3-192.168.255.9'],
      ['loses IPAddressPool metallb/routeserver-b [b]: the VIP 192.168.255.2'],
    ],
  ])('keeps its address while the pool has %s', (_, addresses, effects) => {
    expect(
      effectsOf((objects) => {
        set(find(objects, 'IPAddressPool', 'routeserver-b'), 'spec.addresses', addresses);
      }),
    ).toEqual(effects);
  });
});

describe('a StatefulSet', () => {
  test.each([
    ['serviceName', 'other'],
    ['podManagementPolicy', 'OrderedReady'],
  ])('that gets another %s must be made anew', (field, value) => {
    const effects = effectsOf((objects) => {
      set(find(objects, 'StatefulSet', 'routeserver-b'), `spec.${field}`, value);
    });
    expect(effects).toHaveLength(1);
    expect(effects[0]).toMatch(
      new RegExp(`^recreates StatefulSet meshrr/routeserver-b \\[b\\]: spec\\.${field}.*; pods routeserver-b-0$`),
    );
  });

  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'x', image: 'x:1' }] } };
  const workload =
    (apiVersion: string, kind: string, spec: object): Edit =>
    (objects) => {
      objects.push({ apiVersion, kind, metadata: { name: 'x', namespace: 'meshrr' }, spec });
    };

  test.each([
    ['apps/v1', 'Deployment', { selector: { matchLabels: { app: 'x' } }, template }, 'selector.matchLabels.track'],
    ['apps/v1', 'DaemonSet', { selector: { matchLabels: { app: 'x' } }, template }, 'selector.matchLabels.track'],
    ['batch/v1', 'Job', { template }, 'template.metadata.labels.track'],
  ])('of another kind, %s %s, has fields of its own that nobody changes', (apiVersion, kind, spec, field) => {
    const edit: Edit = (objects) => {
      set(find(objects, kind, 'x'), `spec.${field}`, 'one');
    };
    expect(effectsOf(edit, workload(apiVersion, kind, spec))).toEqual([
      `recreates ${kind} meshrr/x []: spec.${field} added; pods x`,
    ]);
  });

  test('of another kind is not made anew by what only a StatefulSet may not change', () => {
    const spec = { selector: { matchLabels: { app: 'x' } }, template };
    const edit: Edit = (objects) => {
      set(find(objects, 'Deployment', 'x'), 'spec.serviceName', 'other');
      set(find(objects, 'Deployment', 'x'), 'spec.template.spec.priorityClassName', 'high');
    };
    expect(effectsOf(edit, workload('apps/v1', 'Deployment', spec))).toEqual([
      'restarts Deployment meshrr/x []: spec.template.spec.priorityClassName added; pods x',
    ]);
  });

  test('that is made anew does not restart besides', () => {
    const effects = effectsOf((objects) => {
      const statefulSet = find(objects, 'StatefulSet', 'routeserver-b');
      set(statefulSet, 'spec.serviceName', 'other');
      set(statefulSet, 'spec.template.spec.priorityClassName', 'high');
    });
    expect(effects.map((effect) => effect.split(' ')[0])).toEqual(['recreates']);
  });

  test('that goes takes its pods along', () => {
    const before = objectsOf('frr');
    const after = objectsOf('frr');
    without('StatefulSet', 'routeserver-b')(after);
    const { effects, removedRouteServers, disturbedSides } = compareBuilt(before, after);
    expect(effects.map(({ kind, object, detail }) => [kind, object, detail])).toContainEqual([
      'removes',
      'StatefulSet meshrr/routeserver-b',
      'pods routeserver-b-0',
    ]);
    expect({ removedRouteServers, disturbedSides }).toEqual({
      removedRouteServers: ['meshrr/routeserver-b-0'],
      disturbedSides: ['b'],
    });
  });
});

test('a namespace that goes disturbs the sides only where route servers stand in it', () => {
  const empty: Edit = (objects) => {
    objects.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'empty' } });
  };
  expect(effectsOf(without('Namespace', 'empty'), empty)).toEqual(['removes Namespace empty []: everything in it']);
});

describe('sides that are disturbed together', () => {
  const effect = { kind: 'resets', object: 'x', sides: ['a'], detail: 'd', turn: undefined } as const;
  const inTurn = { ...effect, turn: 'a' } as const;

  test('are none where everything waits for its turn', () => {
    expect(disturbedTogether({ effects: [inTurn], disturbedSides: ['a', 'b'], unordered: [] })).toBeUndefined();
  });

  test('are told with what comes at once, and what comes in turn besides', () => {
    const possible = { ...inTurn, kind: 'may-reset' } as const;
    expect(
      disturbedTogether({ effects: [effect, inTurn, possible], disturbedSides: ['a', 'b'], unordered: [effect] }),
    ).toEqual({ sides: ['a', 'b'], atOnce: [effect], inTurn: [inTurn] });
  });
});

test('an effect in words says where, what and why', () => {
  const effect = { kind: 'resets', object: 'Service meshrr/x', sides: ['a', 'b'], detail: 'spec.type added' } as const;
  expect(describeEffect(effect)).toBe('    side a, b: Service meshrr/x changes: spec.type added');
  expect(describeEffect({ ...effect, sides: [] })).toBe(
    '    no client notices: Service meshrr/x changes: spec.type added',
  );
});

test.each([
  ['restarts', 'image; pods x-0', 'StatefulSet meshrr/x restarts: image; pods x-0'],
  ['recreates', 'spec', 'StatefulSet meshrr/x has to be deleted and created again: spec'],
  ['removes', 'pods x-0', 'StatefulSet meshrr/x is removed, with pods x-0'],
  ['loses', 'pods x-1', 'StatefulSet meshrr/x loses pods x-1'],
  ['renumbers', 'A -> B', 'StatefulSet meshrr/x changes its address: A -> B'],
  ['resets', 'all its sessions reset', 'StatefulSet meshrr/x changes: all its sessions reset'],
  ['comes', 'nodes announce x', 'StatefulSet meshrr/x comes: nodes announce x'],
  ['changes', 'spec.type added', 'StatefulSet meshrr/x changes: spec.type added'],
  ['may-reset', 'its session resets, if it has one', 'StatefulSet meshrr/x changes: its session resets, if it has one'],
] as const)('%s is a sentence', (kind, detail, sentence) => {
  const object = 'StatefulSet meshrr/x';
  expect(describeEffect({ kind, object, sides: ['a'], detail })).toBe(`    side a: ${sentence}`);
});

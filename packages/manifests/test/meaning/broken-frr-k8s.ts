import type { Editable } from '../support/built.ts';
import { refusedBy, withObjects, type BrokenComponent } from './patch.ts';

/* FRRConfigurations of the user's that frr-k8s refuses. */

const meta = (name: string) => ({ name, namespace: 'metallb' });

const neighborOf = (fields: object): Editable => ({
  ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine') },
  spec: { bgp: { routers: [{ asn: 4259840003, neighbors: [{ asn: 65010, address: '192.0.2.1', ...fields }] }] } },
});
export const routersOf = (...routers: object[]): Editable => ({
  ...{ apiVersion: 'frrk8s.metallb.io/v1beta1', kind: 'FRRConfiguration', metadata: meta('mine') },
  spec: { bgp: { routers } },
});

const told = { asn: 4259840003, prefixes: ['192.0.2.0/24', '192.0.3.0/24', '2001:db8::/32'] };
const neighborAsTold = (toAdvertise: object, fields: object = {}): Editable =>
  routersOf({ ...told, neighbors: [{ asn: 65010, address: '192.0.2.1', toAdvertise, ...fields }] });
const all = { allowed: { mode: 'all' } };

/** frr-k8s refuses each by itself, whatever else is for the node. */
export const refusedByFrrK8s: readonly BrokenComponent[] = refusedBy('frr-merges', [
  withObjects('a neighbor whose hold time has no unit', neighborOf({ holdTime: '90', keepaliveTime: '30s' })),
  withObjects('a neighbor whose keepalive time has no unit', neighborOf({ holdTime: '90s', keepaliveTime: '30' })),
  withObjects('a neighbor whose connect time is a fraction', neighborOf({ connectTime: '1.5s' })),
  withObjects('a neighbor with a hold time of 2 s', neighborOf({ holdTime: '2s', keepaliveTime: '1s' })),
  withObjects('a neighbor whose keepalive time is longer', neighborOf({ holdTime: '9s', keepaliveTime: '10s' })),
  withObjects('a neighbor without an address', neighborOf({ address: '' })),
  withObjects('a neighbor with an address and an interface', neighborOf({ interface: 'eth1' })),
  withObjects('a neighbor whose address is a name', neighborOf({ address: 'router.example' })),
  withObjects('a neighbor without an AS number', neighborOf({ asn: 0 })),
  withObjects('a neighbor with two kinds of AS number', neighborOf({ dynamicASN: 'external' })),
  withObjects('a neighbor whose AS number is learnt in another way', neighborOf({ asn: undefined, dynamicASN: 'any' })),
  withObjects('nodes that no label says', {
    ...neighborOf({}),
    spec: { nodeSelector: { matchExpressions: [{ key: 'rack', operator: 'In' }] } },
  }),
  withObjects('a prefix that is none', routersOf({ asn: 4259840003, prefixes: ['192.0.2.0'] })),
  withObjects('an import of a VRF that is not there', routersOf({ ...told, imports: [{ vrf: 'red' }] })),
  withObjects(
    'an import of the default VRF, which is not there',
    routersOf({ asn: 65000, vrf: 'red', imports: [{ vrf: 'default' }] }),
  ),
  withObjects(
    'a prefix told that the router does not have',
    neighborAsTold({ allowed: { prefixes: ['192.0.9.0/24'] } }),
  ),
  withObjects(
    'a prefix told that another VRF has',
    routersOf(
      {
        asn: 4259840003,
        neighbors: [{ asn: 65010, address: '192.0.2.1', toAdvertise: { allowed: { prefixes: ['192.0.2.0/24'] } } }],
      },
      { ...told, vrf: 'red' },
    ),
  ),
  withObjects('a prefix told of another family', neighborAsTold({ allowed: { prefixes: ['2001:db8::/32'] } })),
  withObjects(
    'a preference for a prefix that is not told',
    neighborAsTold({
      allowed: { prefixes: ['192.0.2.0/24'] },
      withLocalPref: [{ localPref: 1, prefixes: ['192.0.3.0/24'] }],
    }),
  ),
  withObjects(
    'two preferences for a prefix',
    neighborAsTold({
      ...all,
      withLocalPref: [
        { localPref: 1, prefixes: ['192.0.2.0/24'] },
        { localPref: 2, prefixes: ['192.0.2.0/24'] },
      ],
    }),
  ),
  withObjects(
    'two entries of one preference',
    neighborAsTold({
      ...all,
      withLocalPref: [
        { localPref: 1, prefixes: ['192.0.2.0/24'] },
        { localPref: 1, prefixes: ['192.0.3.0/24'] },
      ],
    }),
  ),
  withObjects(
    'a prefix twice for a community',
    neighborAsTold({ ...all, withCommunity: [{ community: '65000:1', prefixes: ['192.0.2.0/24', '192.0.2.0/24'] }] }),
  ),
  withObjects(
    'a community that is none',
    neighborAsTold({ ...all, withCommunity: [{ community: 'no-export', prefixes: ['192.0.2.0/24'] }] }),
  ),
  withObjects('a next hop of the other family', neighborAsTold({ ...all, nextHop: { ipv6: '2001:db8::1' } })),
  withObjects('a next hop that is none', neighborAsTold({ ...all, nextHop: { ipv4: 'self' } })),
  withObjects(
    'a prefix learnt that is none',
    neighborOf({ toReceive: { allowed: { prefixes: [{ prefix: '10.0.0.0' }] } } }),
  ),
  withObjects(
    'a prefix learnt with lengths in the wrong order',
    neighborOf({ toReceive: { allowed: { prefixes: [{ prefix: '10.0.0.0/16', le: 12 }] } } }),
  ),
  withObjects(
    'two routers of one VRF with two AS numbers',
    routersOf({ asn: 65000, vrf: 'red' }, { asn: 65001, vrf: 'red' }),
  ),
  withObjects(
    'a neighbor twice with two ports',
    routersOf({
      asn: 65000,
      vrf: 'red',
      neighbors: [
        { asn: 65010, address: '192.0.2.1' },
        { asn: 65010, address: '192.0.2.1', port: 1179 },
      ],
    }),
  ),
  withObjects(
    'two next hops for a neighbor of two objects',
    ...[neighborAsTold({ ...all, nextHop: { ipv4: '192.0.2.9' } })],
    { ...neighborAsTold({ ...all, nextHop: { ipv4: '192.0.2.8' } }), metadata: meta('other') },
  ),
]);

/** Its webhook leaves Secrets out (its internal/controller/validate.go, `resetSecrets`); its daemons do not. */
export const refusedOfSecrets: readonly BrokenComponent[] = refusedBy('frr-merges', [
  withObjects('a password and a Secret', neighborOf({ password: 'x', passwordSecret: { name: 'mine' } })),
]);

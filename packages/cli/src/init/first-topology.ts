import { addressAt, halves, parseAddress, parsePrefix, rangeOf, type IpAddress, type IpPrefix } from '@meshrs/network';
import { isMap, isScalar, parseDocument, visit, type Document, type Scalar } from 'yaml';
import type { Answers } from './answers.ts';
import { template } from './template.ts';

/** Junos has none below 10 s; three keepalives of 4 s. */
const junosHoldSeconds = 12;

/** The text of a first topology: two nodes per side, each side behind a router of its own. */
export function firstTopology(answers: Answers): string {
  const document = parseDocument(template);
  const set = (path: readonly (string | number)[], value: unknown): void => {
    document.setIn(path, document.createNode(value, { aliasDuplicateObjects: false }));
  };
  const nodeRanges = halvesOf(prefixOf(answers['node-range']));
  set(['placement', 'clusters'], clusters(answers, nodeRanges));
  set(['gitops', 'repository'], answers.repository);
  set(['routeServers', 'asn'], answers.asn);
  set(['routeServers', 'engine'], answers.engine);
  set(['clientGroups', 'MESHRR-CLIENTS', 'prefixes'], [answers['client-prefix']]);
  set(['clientGroups', 'MESHRR-CLIENTS', 'asns'], [answers['client-asns']]);
  for (const side of ['a', 'b'] as const) {
    set(['sides', side, 'vips'], [answers[`vip-${side}`]]);
    set(['sides', side, 'statefulSets', `routeserver-${side}`, 'routerIds'], [tenthAfter(answers[`vip-${side}`])]);
  }
  set(['metallb', 'anycastLoopbacks', 'fabric'], {
    address: answers.anycast,
    routerAsn: answers['router-asn'],
    metallbAsn: answers['metallb-asn'],
  });
  if (answers['router-system'] === 'junos') set(['metallb', 'holdSeconds'], junosHoldSeconds);
  set(['routers'], routers(answers));
  set(['nodes'], nodes(answers, nodeRanges));
  return format(document);
}

function clusters(answers: Answers, nodeRanges: readonly [IpPrefix, IpPrefix]): Record<string, unknown> {
  const serviceRanges = [answers['service-range']];
  if (answers.clusters === 'one') {
    return {
      [answers.name]: {
        sides: ['a', 'b'],
        nodeRanges: [answers['node-range']],
        podRanges: [answers['pod-range']],
        serviceRanges,
      },
    };
  }
  const podRanges = halvesOf(prefixOf(answers['pod-range']));
  return Object.fromEntries(
    ['a', 'b'].map((side, index) => {
      const name = `${answers.name}-${side}`;
      return [
        name,
        {
          sides: [side],
          nodeRanges: [nodeRanges[index]],
          podRanges: [podRanges[index]],
          serviceRanges,
          destination: name,
        },
      ];
    }),
  );
}

function routers(answers: Answers): Record<string, unknown> {
  const range = rangeOf(prefixOf(answers['client-prefix']));
  return Object.fromEntries(
    ['a', 'b'].map((side, index) => {
      const offset = BigInt(index + 1);
      const loopback = addressAt(range, offset * 256n + 3n) ?? addressAt(range, offset + 2n);
      return [`router-${side}`, { system: answers['router-system'], loopbacks: [loopback], anycast: 'fabric' }];
    }),
  );
}

function nodes(answers: Answers, nodeRanges: readonly [IpPrefix, IpPrefix]): Record<string, unknown> {
  const ports: Readonly<Record<string, readonly string[]>> = {
    junos: ['ge-0/0/2', 'ge-0/0/3'],
    iosxr: ['GigabitEthernet0/0/0/2', 'GigabitEthernet0/0/0/3'],
    frr: ['eth2', 'eth3'],
    eos: ['Ethernet2', 'Ethernet3'],
    nxos: ['Ethernet1/2', 'Ethernet1/3'],
  };
  return Object.fromEntries(
    ['a', 'b'].flatMap((side, sideIndex) =>
      [0, 1].map((index) => {
        const range = rangeOf(nodeRanges[sideIndex] ?? nodeRanges[0]);
        const [routerEnd, nodeEnd] = [addressAt(range, BigInt(index * 2)), addressAt(range, BigInt(index * 2 + 1))];
        const link = {
          router: `router-${side}`,
          routerPort: ports[answers['router-system']]?.[index],
          routerAddresses: [`${routerEnd ?? ''}/31`],
          nodePort: 'eth1',
          nodeAddresses: [`${nodeEnd ?? ''}/31`],
        };
        return [`${answers.name}-node${String(sideIndex * 2 + index + 1)}`, { side, links: [link] }];
      }),
    ),
  );
}

/** Texts that YAML would read as something else are quoted by the library; AS numbers always, as the schema wants. */
function format(document: Document): string {
  visit(document, {
    Pair: (_key, pair) => {
      if (isScalar(pair.value) && isScalar(pair.key) && /asn$/i.test(String(pair.key.value))) quote(pair.value);
    },
    Seq: (_key, list) => {
      list.flow = list.items.every(isScalar);
      for (const item of list.items)
        if (
          isScalar(item) &&
          /^[\d.]+(-[\d.]+)?$/.test(String(item.value)) &&
          parseAddress(String(item.value)) === undefined
        )
          quote(item);
    },
    Map: (_key, map) => {
      const isAnycast = map.has('metallbAsn') && isMap(map);
      if (isAnycast) map.flow = true;
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: true }).replace(/\[ (.*?) \]/g, '[$1]');
}

function quote(scalar: Scalar): void {
  scalar.type = 'QUOTE_DOUBLE';
}

function prefixOf(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (!parsed || !('prefix' in parsed)) throw new Error(`The answer ${text} was accepted, and is not a prefix.`);
  return parsed.prefix;
}

function halvesOf(prefix: IpPrefix): readonly [IpPrefix, IpPrefix] {
  return halves(prefix) ?? [prefix, prefix];
}

function tenthAfter(vip: string): IpAddress | undefined {
  const address = parseAddress(vip);
  return address && addressAt({ ...rangeOf(address), last: 0xffffffffn }, 10n);
}

import { parseAddress, parseAsn, parseAsnRange, parsePrefix, isName, nameRules } from '@meshrs/network';
import { supportedEngines, systems } from '@meshrs/topology';

/** One thing that `meshrs init` wants to know. */
export interface Question {
  /** The flag without "--", and the key of the answer. */
  readonly flag: AnswerName;
  readonly question: string;
  readonly initial: string;
  /** The words to choose from, not asked for when there is one; left out: free text. */
  readonly choices?: readonly string[];
  /** What is allowed, when the text is not right; undefined when it is. */
  readonly problem: (text: string) => string | undefined;
}

export type AnswerName =
  | 'name'
  | 'clusters'
  | 'engine'
  | 'repository'
  | 'asn'
  | 'client-prefix'
  | 'client-asns'
  | 'vip-a'
  | 'vip-b'
  | 'anycast'
  | 'router-asn'
  | 'metallb-asn'
  | 'router-system'
  | 'node-range'
  | 'pod-range'
  | 'service-range';

export type Answers = Readonly<Record<AnswerName, string>>;

const address = expects(
  'an IPv4 address, for example 192.168.255.1',
  (text) => parseAddress(text)?.includes(':') === false,
);
const prefix = expects('an IPv4 prefix without host bits, for example 192.168.0.0/23', isIpv4Prefix);
const asn = expects('an AS number, "65001" or "65000.1"', (text) => parseAsn(text) !== undefined);

export const questions: readonly Question[] = [
  {
    flag: 'name',
    question: 'Name of the fleet (its file, and its cluster)',
    initial: 'dci',
    problem: expects(nameRules.kubernetesLabel.allowed, (text) => isName(text, nameRules.kubernetesLabel)),
  },
  choice('clusters', 'On how many clusters the sides stand', 'one', ['one']),
  choice('engine', 'Routing daemon of the route servers', 'frr', supportedEngines),
  {
    flag: 'repository',
    question: 'Address of this repository, as Argo CD reaches it',
    initial: 'https://git.example.com/network/meshrs.git',
    problem: expects('an address of a git repository', (text) => /^\S+$/.test(text)),
  },
  { flag: 'asn', question: 'AS of the route servers', initial: '65000.1', problem: asn },
  { flag: 'client-prefix', question: "Prefix of the clients' loopbacks", initial: '192.168.0.0/23', problem: prefix },
  {
    flag: 'client-asns',
    question: 'AS numbers of the clients',
    initial: '65001-65534',
    problem: expects('an AS number or a range, "65001-65534"', (text) => parseAsnRange(text) !== undefined),
  },
  { flag: 'vip-a', question: 'Address that clients dial for side a', initial: '192.168.255.1', problem: address },
  { flag: 'vip-b', question: 'Address that clients dial for side b', initial: '192.168.255.2', problem: address },
  {
    flag: 'anycast',
    question: 'Anycast loopback of the routers, with which MetalLB peers',
    initial: '192.168.255.0',
    problem: address,
  },
  { flag: 'router-asn', question: 'AS of the routers in the sessions with MetalLB', initial: '65000.2', problem: asn },
  { flag: 'metallb-asn', question: 'AS of MetalLB', initial: '65000.3', problem: asn },
  choice('router-system', 'Operating system of the routers', 'junos', systems),
  {
    flag: 'node-range',
    question: 'Addresses of the links between nodes and routers',
    initial: '172.16.0.0/16',
    problem: prefix,
  },
  { flag: 'pod-range', question: 'Pod range of the cluster', initial: '10.244.0.0/16', problem: prefix },
  { flag: 'service-range', question: 'Service range of the cluster', initial: '10.96.0.0/12', problem: prefix },
];

function choice(flag: AnswerName, question: string, initial: string, choices: readonly string[]): Question {
  return { flag, question, initial, choices, problem: expects(choices.join(' or '), (text) => choices.includes(text)) };
}

function expects(allowed: string, isRight: (text: string) => boolean): (text: string) => string | undefined {
  return (text) => (isRight(text) ? undefined : allowed);
}

function isIpv4Prefix(text: string): boolean {
  const parsed = parsePrefix(text);
  return parsed !== undefined && 'prefix' in parsed && !parsed.prefix.includes(':');
}

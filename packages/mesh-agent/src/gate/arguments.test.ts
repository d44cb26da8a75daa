import { gateArguments, type GateIntent } from '@meshrs/contract';
import { describe, expect, it } from 'vitest';
import { parseGateArguments } from './arguments.ts';

const intent: GateIntent = {
  next: 'b',
  sides: [
    { name: 'a', statefulSets: ['routeserver-a', 'routeserver-a2'], settings: 'routeserver-a-settings' },
    { name: 'b', statefulSets: ['routeserver-b'], settings: 'routeserver-b-settings' },
  ],
  selector: 'app=meshrr-evpnrs',
  fleet: 'meshrr-evpnrs-fleet',
  timeoutSeconds: 300,
  allowMissing: ['192.168.4.11', '2001:db8::1'],
  revision: '5f2c',
  turn: {
    name: 'meshrr-evpnrs.meshrr',
    openSeconds: 440,
    budget: { name: 'meshrr-evpnrs', field: 'minAvailable', value: '50%', heldSeconds: 420 },
  },
  speakers: { namespace: 'metallb', daemonSets: ['metallb-speaker', 'metallb-frr-k8s'], absent: [], revision: '0b7d' },
  pullSecrets: ['mirror', 'of-metallb'],
};
const right = gateArguments(intent).slice(1);
const without = (name: string) => right.filter((arg) => !arg.startsWith(`--${name}=`));

describe('parseGateArguments', () => {
  it('reads what the generator writes', () => {
    expect(parseGateArguments(right)).toEqual({ ok: true, intent, root: '/' });
    expect(parseGateArguments([...right, '--root', '/tmp/x'])).toMatchObject({ ok: true, root: '/tmp/x' });
  });

  it.each([
    [[...without('next'), '--next=c'], '--next: there is no side "c"; --side names a, b.'],
    [without('next'), '--next is missing.'],
    [[...right, '--next=a'], '--next may be given once; seen: b, a.'],
    [without('selector'), '--selector is missing.'],
    [without('side'), '--side is missing; it is given once a side, in the order in which they go.'],
    [[...right, '--side=b=x/y'], 'Side b is named twice, by --side or --elsewhere.'],
    [[...right, '--side=c'], '--side: "c" is not of the form SIDE=STATEFULSET[,STATEFULSET]/CONFIGMAP.'],
    [[...without('timeout'), '--timeout=5m'], '--timeout: "5m" is no whole number of seconds from 1 to 86400.'],
    [[...without('timeout'), '--timeout=0'], '--timeout: "0" is no whole number of seconds from 1 to 86400.'],
    [without('open-for'), '--open-for is missing.'],
    [without('budget'), '--budget is missing.'],
    [[...without('budget'), '--budget=x'], '--budget: "x" is not of the form NAME:FIELD=VALUE@SECONDS.'],
    [
      without('turn').filter((arg) => !/^--(speakers|pull-secret)=/.test(arg)),
      '--open-for says for how long --turn is opened; --turn is missing.',
    ],
    [
      without('turn').filter((arg) => !arg.startsWith('--open-for=')),
      '--speakers names pods that are replaced in the turn of the side; --turn is missing.',
    ],
    [
      [...without('speakers'), '--speakers=metallb@0b7d'],
      '--speakers: "metallb@0b7d" is not of the form NAMESPACE/DAEMONSET[,DAEMONSET][,!DAEMONSET]@HASH[#LABEL].',
    ],
    [
      [...right, '--speakers=m/x@1'],
      '--speakers may be given once; seen: metallb/metallb-speaker,metallb-frr-k8s@0b7d, m/x@1.',
    ],
    [without('speakers'), '--pull-secret names what the images of --speakers are pulled with; --speakers is missing.'],
    [[...right, '--pull-secret='], '--pull-secret needs a value.'],
    [[...without('open-for'), '--open-for=1h'], '--open-for: "1h" is no whole number of seconds from 1 to 86400.'],
    [[...right, '--fleet=x'], '--fleet may be given once; seen: meshrr-evpnrs-fleet, x.'],
    [[...without('fleet'), '--fleet='], '--fleet needs a value.'],
    [[...right, '--let-through=dc1'], '--let-through: "dc1" is no IPv4 or IPv6 address.'],
    [[...right, '--selector'], '--selector needs a value.'],
    [[...right, 'now'], '"now" is no option; gate takes options alone.'],
    [
      [...right, '--letthrough=192.0.2.1'],
      'There is no option --letthrough. Did you mean --let-through? Allowed: --next, --side, --elsewhere, --selector, --fleet, --timeout, --let-through, --revision, --turn, --open-for, --budget, --speakers, --pull-secret, --root.',
    ],
  ])('%j', (args, problem) => {
    expect(parseGateArguments(args)).toEqual({ ok: false, problems: [problem] });
  });

  const elsewhere = (agents: string, next = 'b') => [
    ...right.filter((arg) => !/^--(side|next)=/.test(arg)),
    ...[`--next=${next}`, `--elsewhere=a=9b31/${agents}`, '--side=b=x/y'],
  ];

  it('reads a side of another cluster, in its place', () => {
    const a = { name: 'a', settingsRevision: '9b31', agents: [{ address: '10.0.0.1', podRevision: '77aa' }] };
    const twoClusters = { ...intent, sides: [a, ...intent.sides.slice(1)] };
    expect(parseGateArguments(gateArguments(twoClusters).slice(1))).toEqual({
      ok: true,
      intent: twoClusters,
      root: '/',
    });
  });

  it.each([
    [
      elsewhere('10.0.0.1'),
      '--elsewhere: "a=9b31/10.0.0.1" is not of the form SIDE=SETTINGS/ADDRESS@POD[,ADDRESS@POD].',
    ],
    [elsewhere('10.0.0.256@77aa'), '--elsewhere: "10.0.0.256" is no IPv4 or IPv6 address.'],
    [[...right, '--elsewhere=b=9b31/10.0.0.1@77aa'], 'Side b is named twice, by --side or --elsewhere.'],
    [elsewhere('10.0.0.1@77aa', 'a'), '--next: there is no side "a"; --side names b.'],
    [
      [...without('side'), '--elsewhere=b=9b31/10.0.0.1@77aa'],
      '--side is missing; it is given once a side, in the order in which they go.',
    ],
  ])('%j', (args, problem) => {
    expect(parseGateArguments(args)).toEqual({ ok: false, problems: [problem] });
  });

  it('cares for no turn where none is named', () => {
    const parsed = parseGateArguments(without('turn').filter((arg) => !/^--(open-for|speakers|pull-secret)/.test(arg)));
    expect(parsed.ok && Object.keys(parsed.intent)).not.toContain('turn');
  });

  it('asks for no object of the fleet where none is named', () => {
    const parsed = parseGateArguments(without('fleet'));
    expect(parsed.ok && Object.keys(parsed.intent)).not.toContain('fleet');
  });

  it('tells every mistake', () => {
    expect(parseGateArguments(['--timeout=x', '--wait', 'b'])).toMatchObject({
      problems: [
        expect.stringContaining('--wait'),
        '"b" is no option; gate takes options alone.',
        '--next is missing.',
        '--selector is missing.',
        expect.stringContaining('--side is missing'),
        expect.stringContaining('--timeout: "x"'),
      ],
    });
  });
});

import { expect, test } from 'vitest';
import { gateArguments, parseGateSide, parseGateSideElsewhere } from './gate.ts';

const sides = [
  { name: 'north', statefulSets: ['routeserver-a', 'routeserver-a2'], settings: 'routeserver-a-settings' },
  { name: 'b', statefulSets: ['routeserver-b'], settings: 'routeserver-b-settings' },
];

test('what is written for a side is read back', () => {
  const args = gateArguments({
    next: 'b',
    sides,
    selector: 'app=meshrr-evpnrs',
    timeoutSeconds: 300,
    allowMissing: ['192.168.4.11'],
    revision: '5f2c',
  });
  expect(args).toEqual([
    'gate',
    '--next=b',
    '--side=north=routeserver-a,routeserver-a2/routeserver-a-settings',
    '--side=b=routeserver-b/routeserver-b-settings',
    '--selector=app=meshrr-evpnrs',
    '--timeout=300',
    '--let-through=192.168.4.11',
    '--revision=5f2c',
  ]);
  const values = args.filter((arg) => arg.startsWith('--side=')).map((arg) => arg.slice('--side='.length));
  expect(values.map(parseGateSide)).toEqual(sides);
});

test.each(['', 'a', 'a=', 'a=x', 'a=x/', '=x/y', 'a=x,/y', 'a=x/y/z', 'a=x/y,z', 'a=b=x/y'])(
  '"%s" is no side',
  (value) => {
    expect(parseGateSide(value)).toBeUndefined();
  },
);

const elsewhere = {
  name: 'north',
  settingsRevision: '9b31',
  agents: [
    { address: '10.0.0.1', podRevision: '77aa' },
    { address: '2001:db8::1', podRevision: '88bb' },
  ],
};

test('what is written for a side of another cluster is read back, in its place', () => {
  const args = gateArguments({
    next: 'b',
    sides: [elsewhere, ...sides.slice(1)],
    selector: 'app=meshrr-evpnrs',
    timeoutSeconds: 300,
    allowMissing: [],
  });
  // What is not told is no argument.
  expect(args).toHaveLength(6);
  expect(args.slice(2, 4)).toEqual([
    '--elsewhere=north=9b31/10.0.0.1@77aa,2001:db8::1@88bb',
    '--side=b=routeserver-b/routeserver-b-settings',
  ]);
  expect(parseGateSideElsewhere(args[2]?.slice('--elsewhere='.length) ?? '')).toEqual(elsewhere);
});

test.each([
  ...['', 'a', 'a=', 'a=9b31', 'a=9b31/', '=9b31/10.0.0.1@77aa', 'a=/10.0.0.1@77aa', 'a=9b31/10.0.0.1'],
  ...[
    'a=9b31/10.0.0.1@',
    'a=9b31/@77aa',
    'a=9b31/10.0.0.1@77aa,',
    'a=9b31/10.0.0.1@77aa@1',
    'a=b=9b31/10.0.0.1@77aa',
    'a=9b31/10.0.0.1@77aa/1',
    'a=9b31/10.0.0.1@77aa=',
  ],
])('"%s" is no side of another cluster', (value) => {
  expect(parseGateSideElsewhere(value)).toBeUndefined();
});

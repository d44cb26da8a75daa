import { expect, test } from 'vitest';
import { gateArguments, parseGateSide } from './gate.ts';

const sides = [
  { name: 'a', statefulSets: ['routeserver-a', 'routeserver-a2'], settings: 'routeserver-a-settings' },
  { name: 'b', statefulSets: ['routeserver-b'], settings: 'routeserver-b-settings' },
];

test('what is written for a side is read back', () => {
  const args = gateArguments({
    next: 'b',
    sides,
    selector: 'app=meshrr-evpnrs',
    timeoutSeconds: 300,
    letThrough: ['192.168.4.11'],
    revision: '5f2c',
  });
  expect(args).toEqual([
    'gate',
    '--next=b',
    '--side=a=routeserver-a,routeserver-a2/routeserver-a-settings',
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

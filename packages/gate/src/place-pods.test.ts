import { address } from '@meshrs/network/test-data';
import { describe, expect, it } from 'vitest';
import { describeNobodysPods } from './describe-opening.ts';
import { placePods, type LabelledPod } from './place-pods.ts';

const sides = [
  { name: 'a', statefulSets: ['routeserver-a', 'routeserver-a2'] },
  { name: 'b', statefulSets: ['routeserver-b'] },
];
const pod = (name: string, side: string | undefined, statefulSet = name.replace(/-[^-]*$/, '')): LabelledPod => ({
  name,
  side,
  statefulSet,
  uid: 'b7c1',
  address: address('10.0.0.1'),
  isTerminating: false,
  engine: 'running',
});

describe('placePods', () => {
  it.each([
    ['routeserver-a-0', 'a'],
    ['routeserver-a-12', 'a'],
    ['routeserver-a2-0', 'a'],
    ['routeserver-b-0', 'b'],
  ])('puts %s on side %s, and expects its agent to call it so', (name, side) => {
    const { uid, address: at, isTerminating, engine } = pod(name, side);
    const expected = { name, side, uid, address: at, isTerminating, engine, podName: name, isForeign: false };
    expect(placePods([pod(name, side)], sides)).toEqual({ pods: [expected], nobodys: [] });
  });

  it.each([undefined, ''])('counts a pod without a side that no StatefulSet made as nobody’s: %j', (side) => {
    expect(placePods([pod('other-0', side)], sides)).toEqual({
      pods: [],
      nobodys: [{ name: 'other-0', why: 'no-side' }],
    });
  });

  it.each(['c', 'A', 'a ', 'constructor', '__proto__'])(
    'counts a pod of another side that no StatefulSet made as nobody’s: %j',
    (side) => {
      expect(placePods([pod('other-0', side)], sides)).toEqual({
        pods: [],
        nobodys: [{ name: 'other-0', why: 'other-side', side }],
      });
    },
  );

  it.each<[string, LabelledPod, string]>([
    ['its name and its owner', pod('routeserver-b-0', undefined), 'b'],
    ['its name, after its StatefulSet has let it go', { ...pod('routeserver-b-0', ''), statefulSet: undefined }, 'b'],
    ['its name, though it names a side that is none', { ...pod('routeserver-a2-3', 'c'), statefulSet: undefined }, 'a'],
    ['its owner, whatever it is called', pod('x', undefined, 'routeserver-a'), 'a'],
  ])('puts one whose label is lost on the side that it is of by %s, where it keeps no client', (_, lost, side) => {
    expect(placePods([lost], sides)).toMatchObject({
      pods: [{ name: lost.name, side, podName: lost.name, isForeign: true }],
      nobodys: [{ name: lost.name, why: 'mislabelled', side }],
    });
  });

  it.each([
    'routeserver-b-0',
    'routeserver-a',
    'routeserver-a-',
    'routeserver-a-00',
    'routeserver-a-0-debug',
    'other-0',
  ])('knows that %s is none of side a’s StatefulSets', (name) => {
    const { pods, nobodys } = placePods([pod(name, 'a')], sides);
    expect(pods).toMatchObject([{ name, side: 'a', isForeign: true }]);
    expect(nobodys).toEqual([{ name, why: 'foreign', side: 'a' }]);
  });

  it.each([
    ['that nobody controls', undefined],
    ['that another StatefulSet controls', 'routeserver-a2'],
  ])('knows that one %s is none of them, whatever it is called', (_, controller) => {
    const stray = { ...pod('routeserver-a-7', 'a'), statefulSet: controller };
    expect(placePods([stray], sides)).toMatchObject({
      pods: [{ name: 'routeserver-a-7', side: 'a', isForeign: true }],
      nobodys: [{ name: 'routeserver-a-7', why: 'foreign', side: 'a' }],
    });
  });

  it('tells in words whose sessions do not count, and what to do', () => {
    const { nobodys } = placePods(
      [pod('x', undefined), pod('y', 'c"\n'), pod('z', 'b'), pod('routeserver-a-0', '')],
      sides,
    );
    expect(describeNobodysPods(nobodys)).toEqual([
      'pod x has the label of the route servers, but no label "side": it is of no side, and the gate does not ask for its sessions. A client that has its only session there is not seen; label the pod, or delete it',
      'pod y has the label of the route servers, but its label "side" is "c\\"\\n", which is no side of this cluster: none of its sessions keeps a client',
      "pod z has the label of the route servers and of side b, but is none of a StatefulSet of that side: its clients count as the side's, and none of its sessions keeps a client",
      'pod routeserver-a-0 has the label of the route servers, and by its name or its owner it is of side a, but its label "side" does not say so: its clients count as the side\'s, and none of its sessions keeps a client. Label the pod, or delete it, which ends its sessions',
    ]);
  });
});

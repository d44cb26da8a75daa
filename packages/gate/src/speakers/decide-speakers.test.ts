import { describe, expect, it } from 'vitest';
import {
  findChangedSets,
  findNotReplaced,
  newestSpeakerMs,
  planSpeakers,
  type NodeSight,
  type SpeakerPodSight,
  type SpeakerSetSight,
  type SpeakersPlan,
  type SpeakersQuestion,
  type SpeakersSight,
} from './decide-speakers.ts';

const wanted = {
  namespace: 'metallb',
  daemonSets: ['metallb-speaker', 'metallb-frr-k8s'],
  absent: [],
  revision: 'new',
};
const image = { image: 'quay.io/metallb/speaker:v0.16.2', pullPolicy: 'IfNotPresent' };
const frr = { image: 'quay.io/frrouting/frr:10.4.1', pullPolicy: undefined };

function set(name: string, changes: Partial<NonNullable<SpeakerSetSight['found']>> = {}): SpeakerSetSight {
  return {
    name,
    found: {
      ...{ uid: `uid-${name}`, generation: 3, revision: 'new', isObserved: true, lackingPods: 0, images: [image] },
      ...changes,
    },
  };
}

function pod(node: string, changes: Partial<SpeakerPodSight> = {}): SpeakerPodSight {
  return {
    ...{ name: `speaker-${node}`, uid: `uid-${node}`, node, setUid: 'uid-metallb-speaker' },
    ...{ setName: 'metallb-speaker', revision: 'old' },
    ...{ isReady: true, isTerminating: false, createdAtMs: 1000, why: undefined },
    ...changes,
  };
}

const ofFrr = (node: string, changes: Partial<SpeakerPodSight> = {}): SpeakerPodSight =>
  pod(node, {
    name: `frr-${node}`,
    uid: `uid-frr-${node}`,
    setUid: 'uid-metallb-frr-k8s',
    setName: 'metallb-frr-k8s',
    ...changes,
  });

const node = (name: string, side?: string, isReady = true): NodeSight => ({ name, side, isReady });
const nodes = [node('kube2', 'a'), node('kube1', 'a'), node('kube3', 'b'), node('master')];
const sets = [set('metallb-speaker'), set('metallb-frr-k8s', { images: [frr, image] })];
const sight = { sets, otherSets: [], nodes };
const question = { next: 'a', sides: ['a', 'b'], wanted, most: 1000 };
const plan = (
  pods: readonly SpeakerPodSight[],
  changes: Partial<SpeakersSight> = {},
  asked: Partial<SpeakersQuestion> = {},
) => planSpeakers({ ...sight, pods, ...changes }, { ...question, ...asked });
const named = ({ steps, stepsOfNone }: SpeakersPlan) =>
  [...steps, ...stepsOfNone].map((step) => step.pods.map(({ name }) => name));
const fresh = (of: SpeakerPodSight, changes: Partial<SpeakerPodSight> = {}): SpeakerPodSight => ({
  ...{ ...of, name: `fresh-${of.name}`, uid: `fresh-${of.uid}`, revision: 'new' },
  ...changes,
});

describe('which pods are replaced', () => {
  it('takes the nodes of the side one by one, both pods of a node together, and those of no side at last', () => {
    const all = ['kube1', 'kube2', 'kube3', 'master'].flatMap((each) => [pod(each), ofFrr(each)]);
    const of = plan(all);
    expect(named(of)).toEqual([
      ['speaker-kube1', 'frr-kube1'],
      ['speaker-kube2', 'frr-kube2'],
      ['speaker-master', 'frr-master'],
    ]);
    expect(of).toMatchObject({ obstacles: [], left: [], nodes: ['kube1', 'kube2', 'master'], images: [image, frr] });
  });

  it('lets the turn have the nodes of the side where nothing is outdated, and asks for no image', () => {
    const of = plan([pod('kube1', { revision: 'new' }), pod('kube3'), pod('master', { revision: 'new' })]);
    expect(of).toEqual({
      ...{ obstacles: [], unsettled: [], steps: [], stepsOfNone: [], left: [], earlier: [] },
      ...{ nodes: ['kube1', 'kube2'], images: [] },
    });
  });

  it('asks for the images of those DaemonSets alone of which a pod is replaced', () => {
    expect(plan([pod('kube1', { revision: 'new' }), ofFrr('kube2')]).images).toEqual([frr, image]);
    expect(plan([pod('kube1'), ofFrr('kube2', { revision: 'new' })]).images).toEqual([image]);
  });

  it('counts a pod without a revision as outdated, and none that is another’s, or on its way out', () => {
    const pods = [
      pod('kube1', { revision: undefined }),
      pod('kube2', { setUid: 'of-somebody' }),
      ofFrr('kube1', { isTerminating: true }),
    ];
    expect(named(plan(pods))).toEqual([['speaker-kube1']]);
  });

  it('leaves a node that is not Ready, and says so', () => {
    const of = plan([pod('kube1'), pod('kube2')], { nodes: [node('kube1', 'a', false), node('kube2', 'a')] });
    expect(named(of)).toEqual([['speaker-kube2']]);
    expect(of.left).toEqual([{ node: 'kube1', why: 'the node is not Ready' }]);
  });

  it('takes many nodes of no side together, and no more than a turn may name', () => {
    const many = Array.from({ length: 45 }, (_, index) => `worker-${String(index).padStart(2, '0')}`);
    const of = plan(
      many.map((each) => pod(each)),
      { nodes: [...many.map((each) => node(each)), node('kube1', 'a')] },
      { most: 13 },
    );
    expect(of.steps).toEqual([]);
    expect(of.stepsOfNone.map((step) => step.nodes.length)).toEqual([5, 5, 2]);
    expect(of.nodes).toHaveLength(13);
    expect(of.nodes[0]).toBe('kube1');
    expect(of.left).toHaveLength(33);
    expect(of.left[0]).toEqual({ node: 'worker-12', why: 'a turn names 13 nodes at most' });
  });

  it('begins where the pod does not run', () => {
    expect(named(plan([pod('kube1'), pod('kube2', { isReady: false })]))).toEqual([
      ['speaker-kube2'],
      ['speaker-kube1'],
    ]);
  });

  it('leaves nodes that came after the images were brought', () => {
    const of = plan([pod('kube1'), pod('kube2'), pod('master')], {}, { among: new Set(['kube2']) });
    expect(named(of)).toEqual([['speaker-kube2']]);
    expect(of.left.map(({ node }) => node)).toEqual(['kube1', 'master']);
    expect(of.nodes).toEqual(['kube1', 'kube2', 'master']);
  });

  it.each(['c', 'A', ''])('names a node whose label is no side of the cluster: "%s"', (side) => {
    const of = plan([pod('kube1'), pod('odd')], { nodes: [...nodes, node('odd', side)] });
    expect(named(of)).toEqual([['speaker-kube1']]);
    expect(of.left).toEqual([{ node: 'odd', why: `its label says side ${side}, which is no side of this cluster` }]);
    expect(of.nodes).not.toContain('odd');
  });

  it('knows which sides before it were left behind, and not those after it', () => {
    const pods = [pod('kube1'), pod('kube3')];
    expect(plan(pods, {}, { next: 'b' }).earlier).toEqual(['a']);
    expect(plan(pods, {}, { next: 'a' }).earlier).toEqual([]);
    expect(plan(pods, { nodes: [node('kube1', 'a', false), node('kube3', 'b')] }, { next: 'b' }).earlier).toEqual([]);
  });
});

describe('what must run before a further node is touched', () => {
  const notReady = fresh(pod('kube1'), { isReady: false, why: 'CrashLoopBackOff: back-off' });

  it('is a new pod on a node that was begun, for a second try and for the next side', () => {
    const told = ['pod fresh-speaker-kube1 on node kube1, which is not Ready (CrashLoopBackOff: back-off)'];
    const of = plan([notReady, pod('kube2')]);
    expect(of.unsettled).toEqual(told);
    expect(plan([notReady, fresh(pod('kube2')), pod('kube3')], {}, { next: 'b' }).unsettled).toEqual(told);
    expect(plan([notReady, fresh(pod('kube2')), pod('kube3')], {}, { next: 'a' }).unsettled).toEqual(told);
  });

  it('is a pod on its way out, and one that is not made', () => {
    expect(plan([pod('kube1', { isTerminating: true }), pod('kube2')]).unsettled).toEqual([
      'the end of pod speaker-kube1 on node kube1',
    ]);
    const lacking = [set('metallb-speaker', { lackingPods: 1 })];
    expect(plan([pod('kube2')], { sets: lacking }).unsettled).toEqual([
      'a pod of DaemonSet metallb-speaker on node kube1',
    ]);
    // A side's node that is to have none, while the set lacks none.
    expect(plan([pod('kube2')]).unsettled).toEqual([]);
  });

  it.each([
    ['one of a revision that goes anyway', [pod('kube1', { isReady: false }), pod('kube2')], nodes],
    ['one of a side that comes later', [fresh(pod('kube3'), { isReady: false }), pod('kube2')], nodes],
    ['one of no side', [fresh(pod('master'), { isReady: false }), pod('kube2')], nodes],
    ['one of a node that is not Ready', [notReady, pod('kube2')], [node('kube1', 'a', false), node('kube2', 'a')]],
    ['one where nothing is outdated any more', [notReady, fresh(pod('kube2'))], nodes],
    ['one of somebody else’s', [{ ...notReady, setUid: 'of-somebody' }, pod('kube2')], nodes],
  ])('is not %s', (_, pods, seen) => {
    expect(plan(pods, { nodes: seen }).unsettled).toEqual([]);
  });
});

describe('another backend', () => {
  const native = { ...wanted, daemonSets: ['metallb-speaker'], absent: ['metallb-frr-k8s'] };
  const asked = { wanted: native };
  const seen = { sets: [set('metallb-speaker')], otherSets: [{ name: 'metallb-frr-k8s', found: undefined }] };

  it('is an obstacle while its DaemonSet or a pod of it is there', () => {
    expect(plan([pod('kube1')], seen, asked).obstacles).toEqual([]);
    expect(plan([pod('kube1')], { ...seen, otherSets: [set('metallb-frr-k8s')] }, asked).obstacles).toEqual([
      expect.stringContaining('the end of DaemonSet metallb-frr-k8s, which is of another backend'),
    ]);
    expect(plan([pod('kube1'), ofFrr('kube3')], seen, asked).obstacles).toEqual([
      expect.stringContaining('the pods of DaemonSet metallb-frr-k8s on kube3'),
    ]);
  });
});

it.each([
  [[set('metallb-speaker'), set('metallb-frr-k8s')], []],
  [[set('metallb-speaker', { generation: 4 }), set('metallb-frr-k8s')], ['metallb-speaker']],
  [[set('metallb-speaker', { uid: 'made-anew' }), set('metallb-frr-k8s')], ['metallb-speaker']],
  [[set('metallb-speaker', { revision: 'newer' }), set('metallb-frr-k8s')], ['metallb-speaker']],
  [[set('metallb-speaker'), { name: 'metallb-frr-k8s', found: undefined }], ['metallb-frr-k8s']],
  [[set('metallb-speaker', { isObserved: false, lackingPods: 1 }), set('metallb-frr-k8s')], []],
])('knows which DaemonSets are others than before: %#', (now, changed) => {
  expect(findChangedSets({ sets: [set('metallb-speaker'), set('metallb-frr-k8s')] }, { sets: now })).toEqual(changed);
});

it.each([
  [{ name: 'metallb-speaker', found: undefined }, 'it is not there'],
  [set('metallb-speaker', { revision: 'old' }), 'it is at revision old'],
  [set('metallb-speaker', { revision: undefined }), 'it is without a revision'],
  [set('metallb-speaker', { isObserved: false }), 'it has not seen its newest template yet'],
])('waits for a DaemonSet: %j', (one, why) => {
  const { obstacles } = plan([], { sets: [one, set('metallb-frr-k8s')] });
  expect(obstacles).toEqual([expect.stringContaining(why)]);
  expect(obstacles[0]).toContain('metallb-speaker');
});

describe('what is lacking of a step', () => {
  const step = { nodes: ['kube1'], pods: [pod('kube1'), ofFrr('kube1')] };
  const made = (changes: Partial<SpeakerPodSight> = {}) =>
    pod('kube1', { name: 'fresh', uid: 'fresh', revision: 'new', ...changes });
  const freshFrr = ofFrr('kube1', { name: 'fresh-frr', uid: 'fresh-frr', revision: 'new' });

  it('is nothing when each has one in its place that is Ready', () => {
    expect(findNotReplaced(step, { pods: [made(), freshFrr] }, 'new')).toEqual([]);
  });

  it.each([
    [[pod('kube1'), freshFrr], 'the end of pod speaker-kube1 on node kube1'],
    [[freshFrr], 'a pod in place of speaker-kube1 on node kube1'],
    [[made({ node: 'kube2' }), freshFrr], 'a pod in place of speaker-kube1 on node kube1'],
    [[made({ isTerminating: true }), freshFrr], 'a pod in place of speaker-kube1 on node kube1'],
    [[made({ revision: 'older' }), freshFrr], 'pod fresh on node kube1, which is of another revision'],
    [[made({ isReady: false }), freshFrr], 'pod fresh on node kube1, which is not Ready'],
    [
      [made({ isReady: false, why: 'CrashLoopBackOff: back-off' }), freshFrr],
      'pod fresh on node kube1, which is not Ready (CrashLoopBackOff: back-off)',
    ],
    [[made()], 'a pod in place of frr-kube1 on node kube1'],
  ])('%#', (pods, missing) => {
    expect(findNotReplaced(step, { pods }, 'new')).toEqual([missing]);
  });
});

it('knows when the newest pod of a side was made, and of no side without one', () => {
  const pods = [
    pod('kube1', { createdAtMs: 5 }),
    ofFrr('kube2', { createdAtMs: 7 }),
    pod('kube3', { createdAtMs: 9 }),
    pod('kube1', { createdAtMs: 20, setUid: 'of-somebody' }),
  ];
  expect(newestSpeakerMs({ ...sight, pods }, 'a')).toBe(7);
  expect(newestSpeakerMs({ ...sight, pods }, 'b')).toBe(9);
  expect(newestSpeakerMs({ ...sight, pods }, 'c')).toBeUndefined();
});

import { describe, expect, it } from 'vitest';
import {
  findNotReplaced,
  newestSpeakerMs,
  planSpeakers,
  type NodeSight,
  type SpeakerPodSight,
  type SpeakerSetSight,
} from './decide-speakers.ts';

const wanted = { namespace: 'metallb', daemonSets: ['metallb-speaker', 'metallb-frr-k8s'], revision: 'new' };
const image = { image: 'quay.io/metallb/speaker:v0.16.2', pullPolicy: 'IfNotPresent' };
const frr = { image: 'quay.io/frrouting/frr:10.4.1', pullPolicy: undefined };

function set(name: string, changes: Partial<NonNullable<SpeakerSetSight['found']>> = {}): SpeakerSetSight {
  return { name, found: { uid: `uid-${name}`, revision: 'new', isObserved: true, images: [image], ...changes } };
}

function pod(node: string, changes: Partial<SpeakerPodSight> = {}): SpeakerPodSight {
  return {
    ...{ name: `speaker-${node}`, uid: `uid-${node}`, node, setUid: 'uid-metallb-speaker', revision: 'old' },
    ...{ isReady: true, isTerminating: false, createdAtMs: 1000, why: undefined },
    ...changes,
  };
}

const ofFrr = (node: string, changes: Partial<SpeakerPodSight> = {}): SpeakerPodSight =>
  pod(node, { name: `frr-${node}`, uid: `uid-frr-${node}`, setUid: 'uid-metallb-frr-k8s', ...changes });

const node = (name: string, side?: string, isReady = true): NodeSight => ({ name, side, isReady });
const nodes = [node('kube2', 'a'), node('kube1', 'a'), node('kube3', 'b'), node('master')];
const sets = [set('metallb-speaker'), set('metallb-frr-k8s', { images: [frr, image] })];
const plan = (pods: readonly SpeakerPodSight[], changes: object = {}, most = 1000) =>
  planSpeakers({ sets, pods, nodes, ...changes }, { next: 'a', wanted, most });
const named = ({ steps }: ReturnType<typeof plan>) => steps.map((step) => step.pods.map(({ name }) => name));

describe('which pods are replaced', () => {
  it('takes the nodes of the side one by one, both pods of a node together, and those of no side before', () => {
    const all = ['kube1', 'kube2', 'kube3', 'master'].flatMap((each) => [pod(each), ofFrr(each)]);
    const of = plan(all);
    expect(named(of)).toEqual([
      ['speaker-master', 'frr-master'],
      ['speaker-kube1', 'frr-kube1'],
      ['speaker-kube2', 'frr-kube2'],
    ]);
    expect(of).toMatchObject({ obstacles: [], left: [], nodes: ['kube1', 'kube2', 'master'], images: [image, frr] });
  });

  it('lets the turn have the nodes of the side where nothing is outdated, and asks for no image', () => {
    const of = plan([pod('kube1', { revision: 'new' }), pod('kube3'), pod('master', { revision: 'new' })]);
    expect(of).toEqual({ obstacles: [], steps: [], left: [], nodes: ['kube1', 'kube2'], images: [] });
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
    expect(of.left).toEqual(['kube1']);
  });

  it('takes many nodes of no side together, and no more than a turn may name', () => {
    const many = Array.from({ length: 45 }, (_, index) => `worker-${String(index).padStart(2, '0')}`);
    const of = plan(
      many.map((each) => pod(each)),
      { nodes: [...many.map((each) => node(each)), node('kube1', 'a')] },
      31,
    );
    expect(of.steps.map((step) => step.nodes.length)).toEqual([20, 10]);
    expect(of.nodes).toHaveLength(31);
    expect(of.nodes[0]).toBe('kube1');
  });
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
  const fresh = (changes: Partial<SpeakerPodSight> = {}) =>
    pod('kube1', { name: 'fresh', uid: 'fresh', revision: 'new', ...changes });
  const freshFrr = ofFrr('kube1', { name: 'fresh-frr', uid: 'fresh-frr', revision: 'new' });

  it('is nothing when each has one in its place that is Ready', () => {
    expect(findNotReplaced(step, { pods: [fresh(), freshFrr] }, 'new')).toEqual([]);
  });

  it.each([
    [[pod('kube1'), freshFrr], 'the end of pod speaker-kube1 on node kube1'],
    [[freshFrr], 'a pod in place of speaker-kube1 on node kube1'],
    [[fresh({ node: 'kube2' }), freshFrr], 'a pod in place of speaker-kube1 on node kube1'],
    [[fresh({ isTerminating: true }), freshFrr], 'a pod in place of speaker-kube1 on node kube1'],
    [[fresh({ revision: 'older' }), freshFrr], 'pod fresh on node kube1, which is of another revision'],
    [[fresh({ isReady: false }), freshFrr], 'pod fresh on node kube1, which is not Ready'],
    [
      [fresh({ isReady: false, why: 'CrashLoopBackOff: back-off' }), freshFrr],
      'pod fresh on node kube1, which is not Ready (CrashLoopBackOff: back-off)',
    ],
    [[fresh()], 'a pod in place of frr-kube1 on node kube1'],
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
  expect(newestSpeakerMs({ sets, pods, nodes }, 'a')).toBe(7);
  expect(newestSpeakerMs({ sets, pods, nodes }, 'b')).toBe(9);
  expect(newestSpeakerMs({ sets, pods, nodes }, 'c')).toBeUndefined();
});

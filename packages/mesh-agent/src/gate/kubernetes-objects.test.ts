import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  configMapSchema,
  lastMark,
  podListSchema,
  statefulSetSchema,
  toFleet,
  toPods,
  toSettings,
  toStatefulSet,
} from './kubernetes-objects.ts';
import { lastChange } from '../sources/kubernetes/last-change.ts';

const time = (minute: number) => `2026-11-22T13:${String(minute).padStart(2, '0')}:00Z`;
const ms = (minute: number) => Date.parse(time(minute));

describe('lastChange', () => {
  const changeOf = (metadata: object) =>
    lastChange(statefulSetSchema.parse({ metadata: { name: 'routeserver-a', ...metadata }, spec: {} }));

  it('is the youngest of the changes that anybody made', () => {
    expect(
      changeOf({
        creationTimestamp: time(1),
        managedFields: [
          { manager: 'argocd-controller', operation: 'Apply', time: time(7) },
          { manager: 'kubectl-edit', operation: 'Update', time: time(5) },
        ],
      }),
    ).toBe(ms(7));
  });

  it.each(['status', 'scale'])('is not what is written through the subresource %s', (subresource) => {
    expect(
      changeOf({
        creationTimestamp: time(1),
        managedFields: [
          { manager: 'argocd-controller', operation: 'Apply', time: time(2) },
          { manager: 'kube-controller-manager', operation: 'Update', time: time(9), subresource },
        ],
      }),
    ).toBe(ms(2));
  });

  it('takes an empty subresource, as the API writes it, for none', () => {
    expect(changeOf({ creationTimestamp: time(1), managedFields: [{ time: time(3), subresource: '' }] })).toBe(ms(3));
  });

  it('is when it was made, where no change has a time', () => {
    expect(changeOf({ creationTimestamp: time(4) })).toBe(ms(4));
    expect(changeOf({ creationTimestamp: time(4), managedFields: [{ manager: 'old' }] })).toBe(ms(4));
  });

  it.each([{}, { creationTimestamp: 'soon' }, { managedFields: [{ time: '' }] }])(
    'is unknown where nothing tells, and not long ago: %j',
    (metadata) => {
      expect(changeOf(metadata)).toBeUndefined();
    },
  );
});

const annotation = (name: string) => ({ 'f:metadata': { 'f:annotations': { '.': {}, [`f:${name}`]: {} } } });
const mark = annotation('meshrs.dev/side-revision');

describe('lastMark', () => {
  const markOf = (...managedFields: readonly object[]) =>
    lastMark(statefulSetSchema.parse({ metadata: { name: 'routeserver-a', managedFields }, spec: {} }));
  it('is the last change of who wrote the mark, whatever others change later', () => {
    expect(
      markOf(
        { manager: 'argocd-controller', operation: 'Apply', time: time(5), fieldsV1: mark },
        { manager: 'kubectl-rollout', operation: 'Update', time: time(9), fieldsV1: { 'f:spec': {} } },
        { manager: 'kubectl-annotate', operation: 'Update', time: time(8), fieldsV1: annotation('other') },
      ),
    ).toBe(ms(5));
  });

  it('is the later one of two who wrote it', () => {
    expect(markOf({ time: time(5), fieldsV1: mark }, { time: time(6), fieldsV1: mark })).toBe(ms(6));
  });

  it.each([
    [],
    [{ time: time(5) }],
    [{ time: time(5), fieldsV1: 'x' }],
    [{ time: time(5), fieldsV1: annotation('other') }],
    [{ fieldsV1: mark }],
    [{ time: 'soon', fieldsV1: mark }],
  ])('is unknown where nothing tells of it: %j', (...managedFields) => {
    expect(markOf(...managedFields)).toBeUndefined();
  });
});

describe('toPods', () => {
  const podsOf = (...items: readonly object[]) => toPods(podListSchema.parse({ items }));
  const pod = (labels: Readonly<Record<string, string>>, status: object = {}, metadata: object = {}) => ({
    metadata: { name: 'routeserver-a-0', labels: { app: 'meshrr-evpnrs', ...labels }, ...metadata },
    status,
  });
  const engine = (state: object, name = 'frr') => ({ phase: 'Running', containerStatuses: [{ name, state }] });

  it('passes over the pods of gates, which have the labels of route servers otherwise', () => {
    const gate = pod({ side: 'b', 'meshrs.dev/role': 'gate' });
    expect(podsOf(gate, pod({ side: 'a' })).map(({ side }) => side)).toEqual(['a']);
  });

  it('does not take a pod of a StatefulSet for a gate, whatever it bears: a roll takes it all the same', () => {
    const labelled = pod({ side: 'b', 'meshrs.dev/role': 'gate' });
    const owner = { kind: 'StatefulSet', name: 'routeserver-b', controller: true };
    const owned = { ...labelled, metadata: { ...labelled.metadata, ownerReferences: [owner] } };
    expect(podsOf(owned).map(({ side, statefulSet }) => [side, statefulSet])).toEqual([['b', 'routeserver-b']]);
    for (const other of [
      { ...owner, kind: 'Job' },
      { ...owner, controller: false },
    ]) {
      expect(podsOf({ ...labelled, metadata: { ...labelled.metadata, ownerReferences: [other] } })).toEqual([]);
    }
  });

  it('says which StatefulSet controls a pod, and of others that none does', () => {
    const owner = (kind: string, controller?: boolean) =>
      pod({ side: 'a' }, {}, { ownerReferences: [{ kind, name: 'routeserver-a', ...(controller && { controller }) }] });
    const pods = podsOf(owner('StatefulSet', true), owner('StatefulSet'), owner('Job', true), pod({ side: 'a' }));
    expect(pods.map(({ statefulSet }) => statefulSet)).toEqual(['routeserver-a', undefined, undefined, undefined]);
  });

  it('keeps a pod of any other role: it may be a route server', () => {
    expect(podsOf(pod({ side: 'a', 'meshrs.dev/role': 'canary' }))).toHaveLength(1);
    expect(podsOf({ metadata: { name: 'routeserver-a-0' } })).toEqual([
      {
        name: 'routeserver-a-0',
        uid: undefined,
        side: undefined,
        statefulSet: undefined,
        address: undefined,
        isTerminating: false,
        engine: 'stopped',
        engineReason: 'Pending',
      },
    ]);
  });

  it('tells where a pod answers, and whether it terminates', () => {
    expect(
      podsOf(
        pod({ side: 'a' }, { podIP: '10.8.0.1', ...engine({ running: {} }) }, { uid: 'b7c1' }),
        pod({ side: 'b' }, { phase: 'Running', podIP: 'none' }, { deletionTimestamp: time(1) }),
      ),
    ).toEqual([
      {
        name: 'routeserver-a-0',
        uid: 'b7c1',
        side: 'a',
        address: '10.8.0.1',
        isTerminating: false,
        engine: 'running',
      },
      {
        name: 'routeserver-a-0',
        uid: undefined,
        side: 'b',
        address: undefined,
        isTerminating: true,
        engine: 'unknown',
      },
    ]);
  });

  it.each([
    ['a container that runs', engine({ running: {} }), { engine: 'running' }],
    ['cRPD, too', engine({ running: {} }, 'crpd'), { engine: 'running' }],
    [
      'a container that waits',
      engine({ waiting: { reason: 'CrashLoopBackOff' } }),
      { engine: 'stopped', engineReason: 'CrashLoopBackOff' },
    ],
    [
      'a container that has ended',
      engine({ terminated: { reason: 'OOMKilled' } }),
      { engine: 'stopped', engineReason: 'OOMKilled' },
    ],
    ['an end without a reason', engine({ terminated: {} }), { engine: 'stopped', engineReason: 'Running' }],
    [
      'an end without reason and phase',
      { containerStatuses: [{ name: 'frr', state: { terminated: {} } }] },
      { engine: 'stopped', engineReason: 'unknown' },
    ],
    ['the agent alone, which says nothing of the engine', engine({ running: {} }, 'meshrr'), { engine: 'unknown' }],
    ['no state of the engine in a pod that runs', { phase: 'Running' }, { engine: 'unknown' }],
    ['a node that is lost', { phase: 'Unknown' }, { engine: 'unknown' }],
    ['a pod that has not started', { phase: 'Pending' }, { engine: 'stopped', engineReason: 'Pending' }],
    ['a pod that has failed', { phase: 'Failed' }, { engine: 'stopped', engineReason: 'Failed' }],
    ['no status at all', {}, { engine: 'stopped', engineReason: 'Pending' }],
  ])('tells the engine by %s', (_, status, told) => {
    const [seen] = podsOf(pod({ side: 'a' }, status));
    const { engine: kind, engineReason } = seen ?? {};
    expect({ engine: kind, ...(engineReason !== undefined && { engineReason }) }).toEqual(told);
  });
});

describe('toStatefulSet', () => {
  const seen = (value: object) =>
    toStatefulSet('routeserver-a', statefulSetSchema.parse({ metadata: { name: 'routeserver-a' }, spec: {}, ...value }))
      .found;

  it('is not found when there is none', () => {
    expect(toStatefulSet('routeserver-a', undefined)).toEqual({ name: 'routeserver-a', found: undefined });
  });

  it('counts nothing that is not told as done', () => {
    expect(seen({})).toEqual({
      replicas: 1,
      updatedReplicas: 0,
      readyReplicas: 0,
      isObserved: true,
      sideRevision: undefined,
      markedAtMs: undefined,
      generation: 0,
    });
  });

  it('tells counts and revision', () => {
    const metadata = { name: 'routeserver-a', generation: 3, annotations: { 'meshrs.dev/side-revision': '5f2c' } };
    const status = { observedGeneration: 3, updatedReplicas: 2, readyReplicas: 1 };
    expect(seen({ metadata, spec: { replicas: 2 }, status })).toEqual({
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 1,
      isObserved: true,
      sideRevision: '5f2c',
      markedAtMs: undefined,
      generation: 3,
    });
  });

  it.each([
    [2, 3, false],
    [3, 3, true],
    [4, 3, true],
    [undefined, 1, false],
  ])('its status of generation %s counts for generation %d: %s', (observedGeneration, generation, isObserved) => {
    const status = observedGeneration === undefined ? {} : { observedGeneration };
    expect(seen({ metadata: { name: 'routeserver-a', generation }, status })?.isObserved).toBe(isObserved);
  });
});

describe('toFleet', () => {
  it('is the revision that an agent with this fleet.yml reports', () => {
    const text = 'routerIds: {}\n';
    const fleetOf = (data?: object) => toFleet('x-fleet', configMapSchema.parse({ metadata: {}, data }));
    const revision = createHash('sha256').update(text).digest('hex');
    expect(fleetOf({ 'fleet.yml': text })).toEqual({ configMap: 'x-fleet', revision });
    expect(fleetOf({ 'meshrr.conf.yml': text })).toEqual({ configMap: 'x-fleet', revision: undefined });
    expect(fleetOf()).toEqual({ configMap: 'x-fleet', revision: undefined });
    expect(toFleet('x-fleet', undefined)).toEqual({ configMap: 'x-fleet', revision: undefined });
  });
});

describe('toSettings', () => {
  const settingsOf = (value: object | undefined) =>
    toSettings('routeserver-a-settings', value && configMapSchema.parse({ metadata: {}, ...value }));

  it('is the revision that an agent with these settings reports, with mark and time of the last change', () => {
    const text = 'asn: "65000"\n';
    const metadata = {
      annotations: { 'meshrs.dev/side-revision': '5f2c' },
      creationTimestamp: time(1),
      managedFields: [
        { time: time(3), fieldsV1: mark },
        { time: time(2), fieldsV1: { 'f:data': {} } },
      ],
    };
    expect(settingsOf({ metadata, data: { 'meshrr.conf.yml': text } })).toEqual({
      configMap: 'routeserver-a-settings',
      revision: createHash('sha256').update(text).digest('hex'),
      sideRevision: '5f2c',
      changedAtMs: ms(3),
      markedAtMs: ms(3),
    });
  });

  it.each([
    ['a copy that was applied with its mark', [3, 5], 3],
    ['the other way round', [5, 3], 3],
    ['one who wrote it', [4], 4],
    ['nobody who wrote it', [], undefined],
  ])('were marked when the first who wrote the mark did so: %s', (_, at, expected) => {
    const managedFields = at.map((minute) => ({ time: time(minute), fieldsV1: mark }));
    expect(settingsOf({ metadata: { managedFields } }).markedAtMs).toBe(
      expected === undefined ? undefined : ms(expected),
    );
  });

  it.each([undefined, {}, { data: {} }, { data: { 'other.yml': 'asn: "65000"\n' } }])(
    'knows none without settings: %j',
    (configMap) => {
      expect(settingsOf(configMap)).toEqual({
        configMap: 'routeserver-a-settings',
        revision: undefined,
        sideRevision: undefined,
        changedAtMs: undefined,
        markedAtMs: undefined,
      });
    },
  );
});

import { gateRevision, removalGateArguments, type RemovalGateIntent } from '@meshrs/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runRemovalGate } from '../../src/gate/run-removal-gate.ts';
import { clearCluster } from './gate-cluster.ts';
import {
  api,
  apiEnv,
  client,
  closing,
  gateIntent,
  lastWord,
  longAgo,
  patient,
  scratch,
  settings,
  startGate,
  told,
  writeServingPod,
} from './gate-under-test.ts';
import { gateUser } from './kube-api.ts';
import {
  budget,
  fleetTurn,
  grantInMetallb,
  installTurns,
  listServers,
  makeBudget,
  makeTurn,
  readBudget,
  readSpec,
  removeBudget,
  removeTurn,
  writeTurn,
} from './turn-kind.ts';

const sets = '/apis/apps/v1/namespaces/meshrr/statefulsets';
const core = '/api/v1/namespaces/meshrr';
const one = client('192.0.2.1');
const made: string[] = [];

beforeAll(async () => {
  await installTurns(api);
  await grantInMetallb(api);
});
afterAll(async () => {
  await clearCluster(api);
});
beforeEach(async () => {
  await makeTurn(api);
  await makeBudget(api);
  await listServers(api, ['192.0.2.11']);
  closing.push(
    () => removeTurn(api),
    () => removeBudget(api),
    async () => {
      for (const path of made.splice(0)) await api.request('DELETE', `${path}?propagationPolicy=Background`);
    },
  );
  await writeLabelled('a');
  await writeLabelled('b');
});

const timing = { ...longAgo, dialled: () => api.host + ':' + api.port };
const turn = { name: fleetTurn, openSeconds: 120, budget };

function startRemoval(changes: Partial<RemovalGateIntent> = {}) {
  const { sides, selector, allowMissing } = gateIntent({});
  const intent = { sides, selector, allowMissing, timeoutSeconds: 3, turn, metallbNamespace: 'metallb' };
  const [, ...args] = removalGateArguments({ ...intent, revisions: { a: 'new', b: 'new' }, ...changes });
  let errors = '';
  const exitCode = runRemovalGate([...args, '--root', scratch.folder], {
    env: apiEnv(),
    out: () => undefined,
    err: (text) => (errors += text),
    stopSignal: new Promise(() => undefined),
    timing: patient(timing),
  });
  return { exitCode, errors: () => errors };
}

/** A StatefulSet with its settings, and what is told of its pod, with the labels and the revision that are generated. */
async function writeLabelled(
  side: string,
  {
    name = `routeserver-${side}`,
    revision = 'new',
    sessions = [one],
    annotations = {},
  }: Partial<Record<'name' | 'revision', string>> & {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly sessions?: readonly (typeof one)[];
  } = {},
): Promise<void> {
  const metadata = (own: string) => ({
    ...{ name: own, labels: { 'app.kubernetes.io/part-of': 'meshrs', side } },
    annotations: { [gateRevision]: revision, ...annotations },
  });
  const labels = { app: 'meshrr-evpnrs', side, 'meshrs.dev/workload': name };
  await write(sets, {
    metadata: metadata(name),
    spec: {
      replicas: 1,
      serviceName: 'meshrr-core',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'frr', image: 'frr' }] } },
    },
  });
  await api.request('PATCH', `${sets}/${name}/status`, {
    status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1 },
  });
  await write(`${core}/configmaps`, {
    ...{ metadata: metadata(`${name}-settings`), data: { 'meshrr.conf.yml': settings } },
  });
  await writeServingPod(side, () => told(sessions), { name: `${name}-0`, labels, statefulSet: name });
}

interface Written {
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

async function write(folder: string, object: Written): Promise<void> {
  await api.request('POST', folder, object);
  made.push(`${folder}/${object.metadata.name}`);
}

describe('the gate before what Argo CD deletes', () => {
  it('leaves the turn as it is where nothing of a side is left', async () => {
    const until = new Date(Date.now() + 60_000).toISOString();
    await writeTurn(api, { open: 'b', by: gateUser, reason: 'its gate', until });
    expect(await startRemoval().exitCode).toBe(0);
    expect(await readSpec(api)).toMatchObject({ open: 'b', reason: 'its gate' });
    expect(lastWord()).toBe('Nothing of a side is left that this commit does not name: nothing is deleted.');
  });

  describe('where Argo CD marks what it has applied', () => {
    const marked = (name: string, application = 'dci', at = `meshrr/${name}`) => ({
      'argocd.argoproj.io/tracking-id': `${application}:apps/StatefulSet:${at}`,
    });
    beforeEach(async () => {
      const annotations = marked('routeserver-a');
      await api.request('PATCH', `${sets}/routeserver-a`, { metadata: { annotations } });
    });

    it.each([
      ['bears no mark', {}],
      ['bears the mark of another Application', marked('forged', 'other')],
      ['was copied of another object', marked('routeserver-a')],
      ['bears the mark of another namespace', marked('forged', 'dci', 'other/forged')],
      [
        'stays by its own word',
        { ...marked('forged'), 'argocd.argoproj.io/sync-options': 'ServerSideApply=true, Prune=false' },
      ],
    ])('opens no side for what %s, and the side of what Argo CD deletes', async (_what, annotations) => {
      await writeLabelled('a', { name: 'forged', revision: 'old', annotations });
      expect(await startRemoval().exitCode).toBe(0);
      expect(lastWord()).toBe('Nothing of a side is left that this commit does not name: nothing is deleted.');
      // Its settings bear no mark.
      await writeLabelled('b', { name: 'routeserver-b2', revision: 'old', annotations: marked('routeserver-b2') });
      expect(await startRemoval().exitCode).toBe(0);
      expect(await readSpec(api)).toMatchObject({ open: 'b', by: gateUser });
      expect(lastWord()).toContain('No commit names any more, of side b: StatefulSet routeserver-b2.');
    });
  });

  it('opens the side of a StatefulSet that no commit names, for whatever revision, and says what it found', async () => {
    await writeLabelled('b', { name: 'routeserver-b2', revision: 'old' });
    const until = new Date(Date.now() + 60_000).toISOString();
    await writeTurn(api, { open: 'b', revision: 'new', by: gateUser, reason: 'its gate', until });
    expect(await startRemoval().exitCode).toBe(0);
    const spec = await readSpec(api);
    expect(spec).toMatchObject({ open: 'b', by: gateUser });
    expect(spec).not.toHaveProperty('revision');
    expect(await readBudget(api)).toBe('none');
    expect(lastWord()).toMatch(
      /^No commit names any more, of side b: StatefulSet routeserver-b2, ConfigMap routeserver-b2-settings\. Gate opened for side b after /,
    );
  });

  it('finds each kind that a side has, by its revision alone', async () => {
    const metadata = { labels: { 'app.kubernetes.io/part-of': 'meshrs', side: 'a' } };
    await write(`${core}/services`, {
      metadata: { ...metadata, name: 'old' },
      spec: { ports: [{ port: 179 }] },
    });
    await write('/apis/networking.k8s.io/v1/namespaces/meshrr/networkpolicies', {
      ...{ metadata: { ...metadata, name: 'old' }, spec: { podSelector: {} } },
    });
    expect(await startRemoval().exitCode).toBe(0);
    expect(lastWord()).toContain('of side a: Service old, NetworkPolicy old.');
    expect(await readSpec(api)).toMatchObject({ open: 'a' });
  });

  it('refuses while a client of the route server that goes has no session on the other side', async () => {
    await writeLabelled('b', { name: 'routeserver-b2', revision: 'old', sessions: [client('192.0.2.9')] });
    const gate = startRemoval();
    expect(await gate.exitCode).toBe(1);
    expect(gate.errors()).toContain('has no session on side a');
    // As it was: nobody has opened it.
    expect(await readSpec(api)).toBeUndefined();
    expect(await readBudget(api)).toBe('as generated');
  });

  it('opens a side that the topology does not have any more, when its clients are on the others', async () => {
    await writeLabelled('c', { revision: 'old' });
    expect(await startRemoval().exitCode).toBe(0);
    expect(await readSpec(api)).toMatchObject({ open: 'c', by: gateUser });
    expect(lastWord()).toContain('of side c: StatefulSet routeserver-c, ConfigMap routeserver-c-settings.');
  });

  it('refuses to open such a side while it alone has a client', async () => {
    await writeLabelled('c', { revision: 'old', sessions: [one, client('192.0.2.9')] });
    expect(await startRemoval().exitCode).toBe(1);
    expect(lastWord()).toContain('1 of its 2 clients has no session');
    // As it was: nobody has opened it.
    expect(await readSpec(api)).toBeUndefined();
  });

  it('opens the first of two sides, and says that the other one comes with the next try', async () => {
    await writeLabelled('b', { name: 'routeserver-b2', revision: 'old' });
    await writeLabelled('a', { name: 'routeserver-a2', revision: 'old' });
    expect(await startRemoval().exitCode).toBe(0);
    expect(await readSpec(api)).toMatchObject({ open: 'a' });
    expect(lastWord()).toContain('What side b has of that kind is refused in this sync, and deleted by its next try.');
  });

  it('opens nothing for what is being deleted already', async () => {
    const name = 'routeserver-b2-settings';
    const labels = { 'app.kubernetes.io/part-of': 'meshrs', side: 'b' };
    await write(`${core}/configmaps`, { metadata: { name, labels, finalizers: ['example.com/wait'] } });
    await api.request('DELETE', `${core}/configmaps/${name}`);
    closing.unshift(async () => {
      await api.request('PATCH', `${core}/configmaps/${name}`, { metadata: { finalizers: null } });
      made.splice(made.indexOf(`${core}/configmaps/${name}`), 1);
    });
    expect(await startRemoval().exitCode).toBe(0);
    expect(lastWord()).toContain('nothing is deleted');
    expect(await readSpec(api)).toBeUndefined();
  });

  it('takes what bears a revision for left, where the side bears none', async () => {
    const labels = { 'app.kubernetes.io/part-of': 'meshrs', side: 'b' };
    await write(`${core}/configmaps`, { metadata: { name: 'plain', labels } });
    await api.request('PATCH', `${sets}/routeserver-b`, { metadata: { annotations: { [gateRevision]: null } } });
    await api.request('PATCH', `${core}/configmaps/routeserver-b-settings`, {
      metadata: { annotations: { [gateRevision]: null } },
    });
    expect(await startRemoval({ revisions: { a: 'new' } }).exitCode).toBe(0);
    expect(lastWord()).toContain('nothing is deleted');
    await write(`${core}/configmaps`, {
      metadata: { name: 'old', labels, annotations: { [gateRevision]: 'x' } },
    });
    expect(await startRemoval({ revisions: { a: 'new' } }).exitCode).toBe(0);
    expect(lastWord()).toContain('of side b: ConfigMap old.');
  });

  it('tells all that is wrong with its arguments', async () => {
    let errors = '';
    const env = apiEnv();
    const args = ['--next=b', '--side-revision=x', '--timeout=0'];
    const stopSignal = new Promise<void>(() => undefined);
    const told = { env, stopSignal, out: () => undefined, err: (text: string) => (errors += text) };
    expect(await runRemovalGate(args, told)).toBe(2);
    for (const part of ['There is no option --next', '--side-revision: "x"', '--turn is missing', '--timeout: "0"']) {
      expect(errors).toContain(part);
    }
  });
});

describe('a gate before a side', () => {
  it('takes pods of a StatefulSet that leaves for their side’s, and a side that leaves for one: both keep clients', async () => {
    await writeLabelled('a', { name: 'routeserver-a2', revision: 'old', sessions: [client('192.0.2.2')] });
    await writeLabelled('c', { revision: 'old', sessions: [client('192.0.2.3')] });
    await writeLabelled('b', {
      ...{ name: 'routeserver-b2', revision: 'old' },
      sessions: [client('192.0.2.2'), client('192.0.2.3')],
    });
    const gate = startGate({ timeoutSeconds: 5, revision: 'newer' });
    expect(await gate.exitCode).toBe(0);
    expect(gate.lines().filter(({ event }) => event === 'gate-warning')).toEqual([]);
  });
});

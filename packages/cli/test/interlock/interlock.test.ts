import { turnCopyProbe, turnKind, turnPath } from '@meshrs/contract';
import { admissionPolicies, refuses, withIntegers, type AskedObject } from '@meshrs/impact';
import { waitFor } from '@meshrs/test-kit/wait';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  pathOf,
  pods,
  startGuardedCluster,
  users,
  type Answer,
  type GuardedCluster,
  type Request,
} from './guarded-cluster.ts';
import { actingRows } from './acting-rows.ts';
import { authorityRows } from './authority-rows.ts';
import {
  creationRows,
  passwordRows,
  revisionRows,
  sharedRows,
  sideRows,
  traps,
  turns,
  type Row,
  type TurnState,
} from './rows.ts';
import { faultsOf } from './run-rows.ts';
import { writerRows } from './writer-rows.ts';

let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster();
});
afterAll(async () => {
  await cluster.stop();
});

const tables = {
  sides: sideRows,
  passwords: passwordRows,
  revisions: revisionRows,
  traps,
  shared: sharedRows,
  creation: creationRows,
  acting: actingRows,
  authority: authorityRows,
};

describe.each(Object.entries(tables))('%s', (_name, rows) => {
  // One state of the turn after the other: each has to reach the API server first.
  test.each([...new Set(rows.map(({ turn }) => turn))])('while the turn is %s', async (turn) => {
    await cluster.open(turns[turn]);
    expect(
      await faultsOf(
        cluster,
        rows.filter((each) => each.turn === turn),
      ),
    ).toEqual([]);
  });
});

describe('who writes the turn', () => {
  test.each(writerRows)('$what, while it is $turn', async ({ turn, as, request, says }) => {
    await cluster.open(turns[turn]);
    const path = `${turnPath(cluster.turn)}${request.patch === 'apply' ? '?fieldManager=argocd-controller&force=true' : ''}`;
    const body = request.body === 'as in Git' ? await asInGit(request.method) : request.body;

    const { status, message } = await cluster.send({ as, path, ...request, body });

    if (says === undefined) {
      expect(message).toBe('');
      expect(status).toBe(200);
      return;
    }
    expect(message).toContain(says);
    expect([403, 422]).toContain(status);
  });

  async function asInGit(method: string): Promise<unknown> {
    const turn = cluster.policies.find(({ kind }) => kind === turnKind.kind);
    if (method !== 'PUT' || turn === undefined) return turn;
    const { body } = await cluster.send({ as: 'admin', method: 'GET', path: turnPath(cluster.turn) });
    const { resourceVersion } = (body as { metadata: { resourceVersion: string } }).metadata;
    return { ...turn, metadata: { ...turn.metadata, resourceVersion } };
  }
});

describe('a budget that a gate holds', () => {
  const path = '/apis/policy/v1/namespaces/meshrr/poddisruptionbudgets/meshrr-evpnrs';

  test('comes back by a commit only when the turn is closed, which a sync therefore does before; by a gate at any time', async () => {
    const generated = cluster.objects.find(({ kind }) => kind === 'PodDisruptionBudget');
    const give = (as: 'argocd' | 'gate' | 'agent'): Promise<Answer> =>
      cluster.send({
        ...{ as, method: 'PATCH', patch: 'apply', body: generated },
        path: `${path}?fieldManager=argocd-controller&force=true`,
      });
    const hold = (): Promise<Answer> =>
      cluster.send({ as: 'gate', method: 'PATCH', path, body: { spec: { minAvailable: '100%' } } });
    await cluster.open(turns.b);
    expect(await hold()).toMatchObject({ status: 200 });
    expect(await give('argocd')).toMatchObject({ status: 403 });
    // Its token lies in every route server.
    expect(await give('agent')).toMatchObject({ status: 403 });
    expect(await give('gate')).toMatchObject({ status: 200 });
    await hold();
    await cluster.open(turns.bOver);
    expect(await give('agent')).toMatchObject({ status: 200 });
    await hold();
    await cluster.open(turns.closed);
    expect(await give('argocd')).toMatchObject({ status: 200 });
  });
});

describe('the secrets of an account', () => {
  test('are added by a program, and taken away by a commit', async () => {
    const path = '/api/v1/namespaces/meshrr/serviceaccounts/meshrr-evpnrs';
    const patched = (as: Request['as'], body: object): Promise<Answer> =>
      cluster.send({ as, method: 'PATCH', path, body });
    await cluster.open(turns.closed);
    const [one, two] = [{ name: 'one' }, { name: 'two' }];
    expect(await patched('network', { imagePullSecrets: [one], secrets: [one] })).toMatchObject({ status: 200 });
    expect(await patched('network', { imagePullSecrets: [one, two] })).toMatchObject({ status: 200 });
    expect(await patched('network', { imagePullSecrets: [two] })).toMatchObject({ status: 403 });
    expect(await patched('network', { secrets: null })).toMatchObject({ status: 403 });
    expect(await patched('argocd', { imagePullSecrets: null, secrets: null })).toMatchObject({ status: 200 });
    await cluster.restore(path);
  });
});

describe('a password that is waited for', () => {
  const secrets = '/api/v1/namespaces/metallb/secrets';
  const make = (as: Row['as'], name: string): Promise<Answer> =>
    cluster.send({ as, method: 'POST', path: secrets, body: { metadata: { name }, data: { password: 'dHdv' } } });

  beforeAll(async () => {
    await cluster.open(turns.all);
    for (const name of ['metallb-bgp-a', 'metallb-bgp-b', 'metallb-bgp']) {
      await cluster.send({ as: 'alice', method: 'DELETE', path: `${secrets}/${name}` });
    }
  });
  afterAll(async () => {
    for (const name of ['metallb-bgp-a', 'metallb-bgp-b', 'metallb-bgp']) await cluster.restore(`${secrets}/${name}`);
  });

  test.each([
    ['closed', 'admin', 'metallb-bgp-a', 'Secret metallb-bgp-a of side a'],
    ['closed', 'argocd', 'metallb-bgp-b', 'Secret metallb-bgp-b of side b'],
    ['closed', 'admin', 'metallb-bgp', 'Secret metallb-bgp of all sides'],
    ['a', 'admin', 'metallb-bgp-b', 'Secret metallb-bgp-b of side b'],
    ['byPerson', 'alice', 'metallb-bgp-a', 'Secret metallb-bgp-a of side a'],
    ['byPerson', 'alice', 'metallb-bgp', 'Secret metallb-bgp of all sides'],
    // The turn of a sync.
    ['b', 'admin', 'metallb-bgp-b', 'Secret metallb-bgp-b of side b'],
  ] as const)('is not made while the turn is %s, by %s: %s', async (turn, as, name, says) => {
    await cluster.open(turns[turn]);
    const { status, message } = await make(as, name);
    expect([status, message]).toEqual([
      403,
      expect.stringContaining(`${says}, the password of sessions with routers, cannot be made by ${users[as]}: `),
    ]);
  });

  test('is made for one side after the other, by a person who has opened it', async () => {
    await cluster.open(turns.byPerson);
    expect((await make('alice', 'metallb-bgp-b')).status).toBe(201);
    expect((await make('alice', 'metallb-bgp-a')).status).toBe(403);
    await cluster.open({ ...turns.byPerson, open: 'a' });
    expect((await make('alice', 'metallb-bgp-a')).status).toBe(201);
    await cluster.open(turns.all);
    expect((await make('alice', 'metallb-bgp')).status).toBe(201);
  });
});

describe('what a refused person reads', () => {
  const set = '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b';
  const scale = { as: 'admin', method: 'PATCH', path: `${set}/scale`, body: { spec: { replicas: 0 } } } as const;
  const opening = (turn: TurnState): string => `until ${{ until: '', ...turns[turn] }.until}, opened by`;

  test('while nothing is open', async () => {
    await cluster.open(turns.closed);
    expect((await cluster.send(scale)).message).toBe(
      `statefulsets.apps "routeserver-b" is forbidden: ValidatingAdmissionPolicy 'scale.meshrr-evpnrs.meshrr' with binding ` +
        `'scale.meshrr-evpnrs.meshrr' denied request: StatefulSet routeserver-b of side b cannot be changed by kubernetes-admin: ` +
        `no side is open. Change it by a commit, which waits for the turn of side b, or open side b by hand ` +
        `(docs/operations.md, "Open a side by hand").`,
    );
  });

  test('while another side is open', async () => {
    await cluster.open(turns.a);
    expect((await cluster.send({ as: 'alice', method: 'DELETE', path: set })).message).toContain(
      `denied request: StatefulSet routeserver-b of side b cannot be deleted by alice@example.com: side a is open ` +
        `${opening('a')} system:serviceaccount:meshrr:meshrr-evpnrs-gate (sync of dci), and nothing else may change. ` +
        `Change it by a commit, which waits for the turn of side b, or open side b by hand (docs/operations.md, "Open a side by hand").`,
    );
  });

  test('while the side is open for another commit', async () => {
    await cluster.open(turns.bOther);
    const body = { spec: { replicas: 9 } };
    expect((await cluster.send({ as: 'argocd', method: 'PATCH', path: set, body })).message).toContain(
      `StatefulSet routeserver-b of side b cannot be changed by system:serviceaccount:argocd:argocd-application-controller: ` +
        `side b is open ${opening('bOther')} system:serviceaccount:meshrr:meshrr-evpnrs-gate (sync of dci) for its revision ` +
        `00cc alone, and this is 00bb. Sync the whole Application again: its gate opens the side for what is committed now.`,
    );
  });

  test('about what all sides share', async () => {
    await cluster.open(turns.closed);
    const path = '/api/v1/namespaces/meshrr/services/meshrr-core';
    expect((await cluster.send({ as: 'admin', method: 'DELETE', path })).message).toContain(
      `Service meshrr-core cannot be deleted by kubernetes-admin: no side is open. All sides share it: open all of them by ` +
        `hand if it has to be (docs/operations.md, "Open a side by hand").`,
    );
  });

  test('a refusal is 403, by which kubectl apply --force deletes nothing', async () => {
    await cluster.open(turns.closed);
    const answer = await cluster.send(scale);
    expect(answer).toMatchObject({ status: 403, reason: 'Forbidden' });
  });

  test('the longest names and reasons still give our message, in one line', async () => {
    const reason = 'é'.repeat(500);
    await cluster.open({ ...turns.a, reason });
    const { message } = await cluster.send(scale);
    expect(message).toContain(reason);
    expect(message).not.toContain('\n');
  });
});

describe('the API server', () => {
  const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';

  test('finds no fault with the types of any expression, and finds one where there is one', async () => {
    const names = cluster.policies
      .filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
      .map(({ metadata }) => metadata.name);
    const [first] = cluster.policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    const broken = { ...first, metadata: { name: 'broken' }, spec: brokenSpec };
    expect(await cluster.send({ as: 'admin', method: 'POST', path: policies, body: broken })).toMatchObject({
      status: 201,
    });
    const manager = cluster.runControllers('validatingadmissionpolicy-status-controller');

    const warnings = await Promise.all(
      [...names, 'broken'].map(async (name) => ({ name, seen: await warningsOf(name) })),
    );

    await manager.end();
    await cluster.send({ as: 'admin', method: 'DELETE', path: `${policies}/broken` });
    expect(warnings.filter(({ seen }) => seen !== undefined).map(({ name }) => name)).toEqual(['broken']);
  });

  async function warningsOf(name: string): Promise<unknown> {
    const status = await waitFor(
      `the types of ${name} are checked`,
      async () => {
        const { body } = await cluster.send({ as: 'admin', method: 'GET', path: `${policies}/${name}` });
        return body as CheckedPolicy;
      },
      (seen) => seen.status?.observedGeneration === seen.metadata.generation,
      60_000,
      100,
    );
    return status.status?.typeChecking?.expressionWarnings;
  }

  test('tells by which version of the turn it decides, and keeps no dry run', async () => {
    await cluster.open(turns.a);
    const { label, value } = turnCopyProbe;
    const path = `${turnPath(cluster.turn)}?dryRun=All`;
    const answer = await cluster.send({
      as: 'agent',
      method: 'PATCH',
      path,
      body: { metadata: { labels: { [label]: value } } },
    });
    const { body } = await cluster.send({ as: 'admin', method: 'GET', path: turnPath(cluster.turn) });
    const { metadata } = body as { metadata: { resourceVersion: string } };
    expect(answer.message).toMatch(
      new RegExp(`denied request: meshrs-turn ${cluster.turn} at ${metadata.resourceVersion}$`),
    );
    expect(
      await cluster.send({ as: 'argocd', method: 'PATCH', path, body: { metadata: { annotations: { x: 'y' } } } }),
    ).toMatchObject({ status: 200 });
  });

  test('lets anybody with the right delete a binding, whatever is open', async () => {
    await cluster.open(turns.closed);
    const [binding] = cluster.policies.filter(
      ({ kind, metadata }) => kind === 'ValidatingAdmissionPolicyBinding' && metadata.name.startsWith('scale.'),
    );
    if (!binding) throw new Error('no binding');
    expect(await cluster.send({ as: 'admin', method: 'DELETE', path: pathOf(binding) })).toMatchObject({ status: 200 });
    let replicas = 10;
    // Always another number: the same one is free.
    const scale = async (): Promise<Answer> =>
      cluster.send({
        ...{ as: 'admin', method: 'PATCH', path: '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b/scale' },
        body: { spec: { replicas: replicas++ } },
      });
    await waitFor('it is gone', scale, ({ status }) => status === 200);
    await cluster.restore(pathOf(binding));
    await waitFor('it is back', scale, ({ status }) => status === 403);
    await cluster.restore('/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b');
  });

  test('without a turn refuses in its own words what is the fleet’s, and lets nodes be', async () => {
    await cluster.open(turns.all);
    expect(await cluster.send({ as: 'admin', method: 'DELETE', path: turnPath(cluster.turn) })).toMatchObject({
      status: 200,
    });
    const scale = {
      as: 'admin',
      method: 'PATCH',
      path: '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b/scale',
    } as const;
    const { message } = await waitFor(
      'the API server knows that it is gone',
      () => cluster.send({ ...scale, body: { spec: { replicas: 2 } } }),
      ({ status }) => status >= 400,
    );
    // 422 and not ours: yet `kubectl apply --force`, which then deletes, is refused that, too.
    expect(message).toContain('no params found for policy binding with `Deny` parameterNotFoundAction');
    const node = '/api/v1/nodes/dc2-node1';
    expect(
      await cluster.send({ as: 'kubelet', method: 'PATCH', path: node, body: { spec: { unschedulable: true } } }),
    ).toMatchObject({ status: 200 });
    await cluster.restore(turnPath(cluster.turn));
    await cluster.open(turns.closed);
    await cluster.restore(node);
  });

  test('warns of who looks into a pod of a route server, and of no other', async () => {
    const debug = (pod: string): Promise<Answer> =>
      cluster.send({
        ...{
          as: 'admin',
          method: 'PATCH',
          patch: 'strategic',
          path: `/api/v1/namespaces/meshrr/pods/${pod}/ephemeralcontainers?dryRun=All`,
        },
        body: { spec: { ephemeralContainers: [{ name: 'debug', image: 'x' }] } },
      });
    const exec = await cluster.send({
      as: 'admin',
      method: 'POST',
      path: '/api/v1/namespaces/meshrr/pods/routeserver-a-0/exec?command=ls&stdout=true',
    });
    expect(exec.warnings.join()).toContain(
      'Pod routeserver-a-0 is a route server of side a: what is done inside of it waits for no turn',
    );
    const forward = await cluster.send({
      as: 'admin',
      method: 'POST',
      path: '/api/v1/namespaces/meshrr/pods/routeserver-b-1/portforward?ports=830',
    });
    expect(forward.warnings.join()).toContain('Pod routeserver-b-1 is a route server of side b');
    expect((await debug('routeserver-b-gate')).warnings).toEqual([]);
  });
});

interface CheckedPolicy {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly typeChecking?: { readonly expressionWarnings?: unknown };
  };
}

const brokenSpec = {
  failurePolicy: 'Fail',
  matchConstraints: {
    resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['statefulsets'], operations: ['UPDATE'] }],
  },
  validations: [{ expression: 'object.spec.replicaz == 1' }],
};

/* What `meshrs build` says of a commit comes of the same policies, evaluated without an API server. */
describe('what the policies say without an API server, of what a request would make of the object', () => {
  // One object, nobody who is told by a group or by his rights, and no time: the look is about what Argo CD will apply.
  const isOther = /dryRun|\/(status|scale|resize|exec|attach|ephemeral|token|binding|eviction)/;
  const rows = Object.values(tables)
    .flat()
    .filter(
      ({ as, turn, request }) =>
        as !== 'kubelet' && as !== 'editor' && as !== 'cainjector' && turn !== 'bOver' && !isOther.test(request.path),
    );

  test.each([...new Set(rows.map(({ turn }) => turn))])('while the turn is %s', async (turn) => {
    const policies = admissionPolicies(cluster.policies);
    const wrong: string[] = [];
    let asked = 0;
    for (const { what, as, request, outcome } of rows.filter((each) => each.turn === turn)) {
      const change = await changeOf(request);
      if (change === undefined) continue;
      asked += 1;
      // Of time this look knows nothing: nothing is written yet.
      const spec = Object.fromEntries(Object.entries(turns[turn]).filter(([key]) => key !== 'until'));
      const params = { metadata: { name: cluster.turn }, spec };
      const pod = pods[as];
      const who = { user: users[as], ...(pod !== undefined && { pod }) };
      const isRefused = policies.some((policy) => refuses(policy, { ...change, params, ...who }));
      if (isRefused === (outcome === 'passes')) wrong.push(`${what} by ${as}: ${isRefused ? 'refused' : 'passes'}`);
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(0);
  });

  /** By a dry run, which no policy refuses. */
  async function changeOf({ path, ...request }: Row['request']): Promise<Change | undefined> {
    const plain = path.replace(/\?.*/, '');
    const query = `${path.includes('?') ? '&' : '?'}dryRun=All`;
    const old = await cluster.send({ as: 'admin', method: 'GET', path: plain });
    if (request.method === 'DELETE' && 'items' in (old.body as object)) return undefined;
    const oldObject = old.status === 200 && request.method !== 'POST' ? objectOf(old.body) : undefined;
    if (request.method === 'DELETE') return oldObject && { oldObject, object: undefined };
    const { status, body } = await cluster.send({ as: 'manager', ...request, path: `${path}${query}` });
    return status > 201 ? undefined : { oldObject, object: objectOf(body) };
  }

  function objectOf(body: unknown): AskedObject {
    return withIntegers(body) as AskedObject;
  }
});

interface Change {
  readonly oldObject: AskedObject | undefined;
  readonly object: AskedObject | undefined;
}

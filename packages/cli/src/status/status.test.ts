import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { startKubeApiserver, type ApiObject, type KubeApiserver } from '../validating/kube-apiserver.test-support.ts';
import { run } from '../program.ts';
import {
  agentStatus,
  apply,
  clients,
  makeRepository,
  startAgent,
  writeFleet,
  writeInterlock,
  writeSide,
  type TestAgent,
} from './live-cluster.test-support.ts';

const repository = makeRepository();
let api: KubeApiserver;
let agents: { readonly a: TestAgent; readonly b: TestAgent };
let revisions: { readonly a: string; readonly b: string };

beforeAll(async () => {
  agents = { a: await startAgent(), b: await startAgent() };
  api = await startKubeApiserver();
  await apply(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'meshrr' } });
  await apply(api, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'meshrr' } });
  await writeFleet(api);
  revisions = {
    a: await writeSide(api, 'a', agents.a.address),
    b: await writeSide(api, 'b', agents.b.address),
  };
  await writeInterlock(api, repository.path);
});
afterAll(async () => {
  await api.stop();
  for (const agent of Object.values(agents)) await agent.close();
  repository.remove();
});
beforeEach(() => {
  agents.a.answer(agentStatus('a', revisions.a, clients));
  agents.b.answer(agentStatus('b', revisions.b, clients));
});

function status(user: 'admin' | 'viewer', ...args: string[]) {
  return statusWith({ KUBECONFIG: api.writeKubeconfig(user) }, ...args);
}

async function statusWith(env: NodeJS.ProcessEnv, ...args: string[]) {
  let [out, error] = ['', ''];
  const exitCode = await run(
    {
      cwd: repository.path,
      env,
      isInteractive: false,
      writeOut: (text) => (out += text),
      writeError: (text) => (error += text),
    },
    ['status', ...args],
  );
  return { exitCode, out, error };
}

describe('meshrs status', () => {
  test('of a cluster where all is well', async () => {
    const { exitCode, out } = await status('admin', 'dci');
    const [a, b] = [revisions.a, revisions.b].map((revision) => revision.slice(0, 8));
    const image = '[^ ]+';
    const lines = [
      'Cluster dci, context "test" at https://[^ ]+',
      '',
      'Sides',
      'SIDE  REVISION  IMAGES +READY  SETTINGS  VIPS           CLIENTS  PREFIXES  MISSING',
      `a     77f9      ${image}  1/1    ${String(a)}  192.168.255.1  5        40        0`,
      `b     77f9      ${image}  1/1    ${String(b)}  192.168.255.2  5        40        0`,
      '',
      'Route servers',
      'POD              SIDE  NODE    STATE  RESTARTS  ENGINE  SETTINGS  MESH  CLIENTS  RECEIVED  EVICTED',
      `routeserver-a-0  a     node-a  Ready  2         10.7.1  ${String(a)}  0     5        40        0`,
      `routeserver-b-0  b     node-b  Ready  2         10.7.1  ${String(b)}  0     5        40        0`,
      '',
      'Turn',
      'OPEN  SINCE  UNTIL  BY  REASON  INTERLOCK',
      'none  -      -      -   -       enforced',
      '',
      'Gates',
      'BEFORE  NOW   WAITS FOR',
      'a       open  nothing',
      'b       open  nothing',
      '',
    ];
    expect(out).toMatch(new RegExp(`^${lines.join('\n')}$`));
    expect(exitCode).toBe(0);
  });

  test('names who is missing where, and what the gate would wait for', async () => {
    agents.a.answer(agentStatus('a', revisions.a, clients.slice(0, 4)));
    const { exitCode, out } = await status('admin', 'dci');
    expect(exitCode).toBe(1);
    expect(out).toContain('a     client dc5-border1 (192.168.5.11) has no session\n');
    expect(out).toMatch(/^a {7}open {3}nothing$/m);
    expect(out).toMatch(
      /^b {7}waits {2}1 of its 5 clients has no session on side a: dc5-border1 \(192\.168\.5\.11\)$/m,
    );
  });

  test('names whose agent does not know yet who will be in the fleet', async () => {
    agents.b.answer({ ...agentStatus('b', revisions.b, clients), fleet: { revision: '0123456789abcdef' } });
    const { exitCode, out } = await status('admin', 'dci');
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /^a {7}waits {2}not every route server has the router-ids of the fleet of ConfigMap meshrr-evpnrs-fleet, revision [0-9a-f]{12}: routeserver-b-0 has revision 0123456789ab; kubelet brings/m,
    );
  });

  test('as JSON, with settings that are not in force', async () => {
    agents.b.answer(agentStatus('b', 'older', clients));
    const { exitCode, out } = await status('admin', 'dci', '--json');
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      cluster: 'dci',
      sides: [
        { name: 'a', clientCount: 5, gaps: [], gate: { isOpen: false } },
        { name: 'b', gaps: ['routeserver-b-0 has older settings than its ConfigMap'] },
      ],
    });
  });

  test('tells of an agent that cannot be read, and what to do', async () => {
    agents.b.answer({ formatVersion: 2 });
    const { exitCode, out } = await status('admin', 'dci');
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      /routeserver-b-0 cannot be read: its agent's \/status is not understood: .*; use the meshrs of the same version/s,
    );
    expect(out).toContain('the gate cannot read the status of routeserver-b-0');
  });

  test.each([
    ['is silent, as on a node that died hard', 'silent'],
    ['never ends its answer', 'endless'],
  ] as const)('shows all others when one agent %s', async (_, how) => {
    agents.a.fall(how);
    const { exitCode, out, error } = await status('admin', 'dci');
    expect([exitCode, error]).toEqual([1, '']);
    // No kubelet is here that could forward a port.
    expect(out).toContain('a     routeserver-a-0 cannot be read: its agent: by a port-forward answer 404: ');
    expect(out).toContain("; by the API server's proxy no answer within 10 s; kubectl -n meshrr");
    expect(out).toContain('docs/operations.md, "Agents that do not answer"');
    expect(out).toMatch(/^routeserver-b-0 +b +node-b +Ready .* 5 +40 +0$/m);
    const missing = out.slice(out.indexOf('Missing\n'), out.indexOf('Gates\n'));
    expect(missing.match(/routeserver-a-0/g)).toHaveLength(2);
    expect(missing.match(/cannot be read/g)).toHaveLength(1);
  });

  test('asks all agents at once, so that two that are silent take no longer than one', async () => {
    agents.a.fall('silent');
    agents.b.fall('silent');
    const began = performance.now();
    const { exitCode, out } = await status('admin', 'dci', '--json');
    expect(performance.now() - began).toBeLessThan(18_000);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      sides: [
        { gaps: [], pods: [{ problem: expect.stringContaining('no answer within 10 s') as string }] },
        { gaps: [], pods: [{ problem: expect.stringContaining('no answer within 10 s') as string }] },
      ],
    });
  });

  test('shows what Argo CD says', async () => {
    await api.installArgoCd('3.2');
    await apply(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
    const application = {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'meshrs-route-servers-dci', namespace: 'argocd' },
      spec: { project: 'meshrs', destination: { server: 'https://kubernetes.default.svc' } },
      status: {
        sync: {
          status: 'OutOfSync',
          revision: '7fb1fb37aa',
          comparedTo: { destination: {}, source: { repoURL: 'https://git.example.com/meshrs.git' } },
        },
        health: { status: 'Healthy' },
        operationState: {
          operation: {},
          phase: 'Failed',
          startedAt: '2026-11-22T00:00:00Z',
          message: 'side b was not changed',
        },
      },
    };
    await expect
      .poll(async () => (await api.apply(application as ApiObject)).status, { timeout: 60_000 })
      .toBeLessThanOrEqual(201);
    const { exitCode, out } = await status('admin', 'dci');
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^meshrs-route-servers-dci +OutOfSync +Healthy +7fb1fb37 +Failed +side b was not changed$/m);
    await api.request('DELETE', '/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/meshrs-route-servers-dci');
  });
});

describe('rights', () => {
  const bind = async (role: ApiObject) => {
    await apply(api, role);
    await apply(api, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: role.metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: role.metadata.name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'viewer' }],
    } as ApiObject);
  };

  const bindInCluster = async (role: ApiObject) => {
    await apply(api, role);
    await apply(api, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: role.metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'viewer' }],
    } as ApiObject);
  };

  test('of which there are none: the world refuses, and the documentation is named', async () => {
    const { exitCode, error } = await status('viewer', 'dci');
    expect(exitCode).toBe(3);
    expect(error).toMatch(/answers 403: .*"viewer" cannot .*\n {2}do: {6}docs\/operations\.md lists the rights/);
  });

  test('as docs/operations.md lists them are enough; without those to pods each pod says what is missing', async () => {
    const [role, argo, ofCluster] = documentedRoles();
    const { rules } = role as unknown as { rules: { resources: string[] }[] };
    /** The role of the namespace without some of its resources. */
    const without = (...names: readonly string[]) => {
      const less = rules
        .map((rule) => ({ ...rule, resources: rule.resources.filter((resource) => !names.includes(resource)) }))
        .filter(({ resources }) => resources.length > 0);
      return { ...role, rules: less };
    };
    await bind(without('pods/proxy', 'pods/portforward'));
    await expect.poll(async () => (await status('viewer', 'dci')).exitCode, { timeout: 60_000 }).toBe(1);
    const less = await status('viewer', 'dci');
    expect(less.out).toContain(
      'routeserver-a-0 cannot be read: you may not read it; get the rights to get and create pods/portforward in namespace meshrr',
    );
    expect(less.out).toContain('Application argocd/meshrs-route-servers-dci cannot be read');

    await bind(without('pods/proxy'));
    await expect
      .poll(async () => (await status('viewer', 'dci')).out, { timeout: 60_000 })
      .toMatch(
        /routeserver-a-0 cannot be read: its agent: by a port-forward answer 404: .*; you may not use the API server's proxy; /,
      );

    agents.a.fall('refusing');
    await bind(without('pods/portforward'));
    await expect
      .poll(async () => (await status('viewer', 'dci')).out, { timeout: 60_000 })
      .toMatch(
        /routeserver-a-0 cannot be read: you may not forward a port to it, and by the API server's proxy answer 503: .*; get the rights to get and create pods\/portforward in namespace meshrr/,
      );
    agents.a.answer(agentStatus('a', revisions.a, clients));

    await apply(api, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'argocd' } });
    await bind(role);
    await bind(argo);
    await bindInCluster(ofCluster);
    await expect
      .poll(async () => (await status('viewer', 'dci')).out, { timeout: 60_000 })
      .not.toContain('cannot be read');
    expect((await status('viewer', 'dci')).exitCode).toBe(0);
  });
});

describe('the interlock', () => {
  const admission = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
  const named = (words: string) => async () => (await status('admin', 'dci')).out.includes(words);

  test('that lost a binding, by which nothing is refused any more, is told; so is one without any', async () => {
    const { body } = await api.request('GET', admission);
    const { items } = body as { items: ApiObject[] };
    const pods = items.find(({ metadata }) => metadata.name.includes('pods'));
    const copy = items.find(({ metadata }) => metadata.name.includes('turn-copy'));
    if (!pods || !copy) throw new Error(JSON.stringify(items.map(({ metadata }) => metadata.name)));
    const again = (binding: ApiObject): ApiObject => ({
      ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicyBinding' },
      metadata: {
        name: binding.metadata.name,
        labels: { 'app.kubernetes.io/part-of': 'meshrs' },
      } as ApiObject['metadata'],
      spec: binding.spec ?? {},
    });
    await api.request('DELETE', `${admission}/${pods.metadata.name}`);
    await expect
      .poll(named(`INCOMPLETE: not there, or without effect: ${pods.metadata.name}`), { timeout: 60_000 })
      .toBe(true);
    expect((await status('admin', 'dci')).exitCode).toBe(1);
    await api.request('DELETE', `${admission}/${copy.metadata.name}`);
    await expect.poll(named('ABSENT: no policy asks for the turn'), { timeout: 60_000 }).toBe(true);
    for (const each of [pods, copy]) await apply(api, again(each));
    await expect.poll(named('  enforced\n'), { timeout: 60_000 }).toBe(true);
    expect((await status('admin', 'dci')).exitCode).toBe(0);
  });

  test('with an open side says for whom, since when, until when, by whom and why', async () => {
    const path = '/apis/meshrs.dev/v1/turns/meshrr-evpnrs.meshrr';
    const until = new Date(Date.now() + 600_000).toISOString();
    const body = { spec: { open: 'a', by: 'admin', reason: 'work on kube1', until } };
    expect(await api.requestAs('admin', 'PATCH', path, body)).toMatchObject({ status: 200 });
    const { out, exitCode } = await status('admin', 'dci');
    expect(out).toMatch(new RegExp(`^a +20\\S+Z +${until} +admin +work on kube1 +enforced$`, 'm'));
    expect(exitCode).toBe(0);
    await api.requestAs('admin', 'PATCH', path, { spec: { open: 'none', by: 'admin', until: null, reason: 'done' } });
  });
});

describe('a mistake', () => {
  test.each([
    [['dcj'], 'There is no topology "dcj". Did you mean dci?'],
    [[], 'There are 2 topologies, and none is named.'],
    [['dci', '--cluster', 'west'], 'The topology has no cluster "west".'],
    [['dci', '--context', 'prod'], 'The kubeconfig has no context "prod".'],
    [['dci', '--kubeconfig', '/nowhere'], 'The kubeconfig /nowhere cannot be read'],
  ])('%j is told with what to do', async (args, message) => {
    const { exitCode, error } = await status('admin', ...args);
    expect(exitCode).toBe(3);
    expect(error).toContain(message);
    expect(error).toMatch(/\n {2}do: {6}\S/);
  });
});

describe('without a kubeconfig', () => {
  const home = mkdtempSync(join(tmpdir(), 'meshrs-no-kubeconfig-'));
  afterAll(() => {
    rmSync(home, { recursive: true });
  });
  test.each([
    [{ HOME: home }, `KUBECONFIG is not set, and there is no ${home}/.kube/config.`],
    [{ HOME: home, KUBECONFIG: '' }, `KUBECONFIG is not set, and there is no ${home}/.kube/config.`],
    [{ HOME: home, KUBECONFIG: '/none/a' }, 'KUBECONFIG names /none/a, and none of these exists.'],
    [{ KUBECONFIG: '/none/a:/none/b' }, 'KUBECONFIG names /none/a, /none/b, and none of these exists.'],
  ])('%j: the files that were looked for are named', async (env, why) => {
    const { exitCode, error } = await statusWith(env, 'dci');
    expect(exitCode).toBe(3);
    expect(error).toBe(
      `meshrs: No kubeconfig was found: ${why}\n  do:      name one with --kubeconfig or KUBECONFIG\n`,
    );
  });

  test('of KUBECONFIG that exists beside one that does not is enough', async () => {
    const { exitCode } = await statusWith({ KUBECONFIG: `/none/a:${api.writeKubeconfig('admin')}` }, 'dci');
    expect(exitCode).toBe(0);
  });
});

/** The Roles in docs/operations.md, so that what stands there is what was tried. */
function documentedRoles(): [ApiObject, ApiObject, ApiObject] {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const block = /```yaml\n(# meshrs status[\s\S]*?)```/.exec(text)?.[1] ?? '';
  const [role, argo, ofCluster] = block.split('---\n').map((each) => parse(each) as ApiObject);
  if (!role || !argo || !ofCluster) throw new Error('docs/operations.md has no three Roles under "# meshrs status"');
  return [role, argo, ofCluster];
}

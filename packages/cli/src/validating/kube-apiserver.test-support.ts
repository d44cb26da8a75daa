import { execFile } from 'node:child_process';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { turnKind } from '@meshrs/contract';
import { turnDefinition } from '@meshrs/manifests';
import {
  asInPod,
  startKubeApiserver as startServer,
  type KubeApiserver as Server,
} from '@meshrs/test-kit/kube-apiserver';
import { waitFor } from '@meshrs/test-kit/wait';
import { pins } from '@meshrs/tools/pins';
import { versionOf } from '@meshrs/tools/schema-version';
import { parse, stringify } from 'yaml';

/** What the API answers to one request. */
export interface ApiAnswer {
  readonly status: number;
  /** The Warning headers (RFC 7234 section 5.5). */
  readonly warnings: readonly string[];
  readonly body: unknown;
}

/** An object as far as its place in the API needs it. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: object;
}

/** A real kube-apiserver over a real etcd, with MetalLB's kinds and the default admission, on a loopback address. */
export interface KubeApiserver {
  /** Server-side apply with `fieldValidation=Strict` (Kubernetes documentation, "Server-Side Apply"). */
  apply(object: ApiObject, options?: { readonly dryRun?: boolean }): Promise<ApiAnswer>;
  /** Dry run of creating a pod. */
  createPod(namespace: string, pod: unknown): Promise<ApiAnswer>;
  /** A request as administrator; PATCH is a server-side apply. */
  request(method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** The same as another one; PATCH is a merge patch. */
  requestAs(user: TestUser, method: string, path: string, body?: unknown): Promise<ApiAnswer>;
  /** Where it listens. */
  readonly host: string;
  /** Ends the API as a crash would; what is stored stays. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Writes a kubeconfig of the administrator, or of one who may nothing by itself, and returns its path. */
  writeKubeconfig(user: TestUser): string;
  /** Installs the kinds of Argo CD, of another version too. */
  installArgoCd(version: '3.2' | '3.5'): Promise<void>;
  /** Installs the kind of the interlock's parameter, as it is generated. */
  installTurns(): Promise<void>;
  stop(): Promise<void>;
}

/** Who may ask; all but the administrator may nothing by themselves. */
export const testUsers = {
  admin: { token: 'token-of-the-test', name: 'admin', group: 'system:masters' },
  viewer: { token: 'token-of-a-viewer', name: 'viewer' },
  alice: { token: 'token-of-alice', name: 'alice@example.com' },
  gate: { token: 'token-of-a-gate', name: 'system:serviceaccount:meshrr:meshrr-evpnrs-gate' },
} as const;
export type TestUser = keyof typeof testUsers;
const { token } = testUsers.admin;

export async function startKubeApiserver(): Promise<KubeApiserver> {
  const server = await startServer({
    users: [testUsers.admin, testUsers.viewer, testUsers.alice, testUsers.gate],
    // As kubeadm and others set it: without it no pod of cRPD can be, whatever its namespace says.
    flags: ['--allow-privileged=true'],
  });
  const request: Request = async (method, path, body) => {
    const isApply = method === 'PATCH';
    const { status, warnings, contentType, text } = await server.send({
      ...{ method, path, token },
      contentType: isApply ? 'application/apply-patch+yaml' : 'application/json',
      ...(body !== undefined && { body: isApply ? stringify(body) : JSON.stringify(body) }),
    });
    const isJson = contentType.startsWith('application/json');
    return { status, warnings, body: isJson ? (JSON.parse(text) as unknown) : text };
  };
  try {
    await installDefinitions(request, 'metallb/0.16');
  } catch (error) {
    await server.remove();
    throw error;
  }
  return {
    apply: (object, { dryRun = false } = {}) =>
      request(
        'PATCH',
        `${pathOf(object)}?fieldManager=meshrs&force=true&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`,
        object,
      ),
    createPod: (namespace, pod) =>
      request('POST', `/api/v1/namespaces/${namespace}/pods?fieldValidation=Strict&dryRun=All`, pod),
    request,
    requestAs: async (user, method, path, body) => {
      const { status, warnings, text } = await server.send({
        ...{ method, path, token: testUsers[user].token },
        // What a gate asks comes of its pod.
        ...(user === 'gate' && { token, headers: asInPod(testUsers.gate.name, 'routeserver-a-gate') }),
        contentType: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return { status, warnings, body: JSON.parse(text) as unknown };
    },
    host: server.host,
    kill: () => server.kill(),
    start: () => server.start(),
    writeKubeconfig: (user) => writeKubeconfig(server, user),
    installArgoCd: (version) => installDefinitions(request, `argocd/${version}`),
    installTurns: () => installTurns(request),
    stop: () => server.remove(),
  };
}

async function installTurns(request: Request): Promise<void> {
  const definition = turnDefinition();
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
  const answer = await request('PATCH', `${path}?fieldManager=test&force=true`, definition);
  if (answer.status > 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  await isServed(request, `/apis/${turnKind.apiVersion}/${turnKind.plural}`);
}

type Request = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

function writeKubeconfig({ folder, host, port, certificate }: Server, user: TestUser): string {
  const file = join(folder, `${user}.kubeconfig`);
  const authority = Buffer.from(certificate()).toString('base64');
  const cluster = { server: `https://${host}:${port}`, 'certificate-authority-data': authority };
  const kubeconfig = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user } }],
    clusters: [{ name: 'test', cluster }],
    users: [{ name: user, user: { token: testUsers[user].token } }],
  };
  writeFileSync(file, stringify(kubeconfig));
  return file;
}

/** The own definitions of their kinds of those whose objects are generated, of a pinned version. */
async function installDefinitions(request: Request, set: string): Promise<void> {
  const { folder, served } = definitions[set] ?? noDefinitions(set);
  const paths = globSync(join(await moduleFolder(set), folder));
  if (paths.length === 0) throw new Error(`${set} has no definitions of its kinds in ${folder}`);
  for (const path of paths) {
    const definition = parse(readFileSync(path, 'utf8')) as ApiObject;
    const answer = await request(
      'PATCH',
      `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}?fieldManager=test&force=true`,
      definition,
    );
    if (answer.status > 201) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  }
  for (const path of served) await isServed(request, path);
}

const argoCd = {
  folder: 'manifests/crds/app*-crd.yaml',
  served: ['/apis/argoproj.io/v1alpha1/applications', '/apis/argoproj.io/v1alpha1/appprojects'],
};

const definitions: Readonly<Record<string, { readonly folder: string; readonly served: readonly string[] }>> = {
  'metallb/0.16': {
    folder: 'config/crd/bases/*.yaml',
    served: ['/apis/metallb.io/v1beta1/ipaddresspools', '/apis/metallb.io/v1beta2/bgppeers'],
  },
  'argocd/3.2': argoCd,
  'argocd/3.5': argoCd,
};

function noDefinitions(set: string): never {
  throw new Error(`Nobody knows where ${set} keeps its definitions.`);
}

/** The module of a schema set, in the version that packages/tools/src/tools.json pins. */
export async function moduleFolder(set: string): Promise<string> {
  const pin = pins.schemaSets[set];
  if (!pin) throw new Error(`packages/tools/src/tools.json has no schema set ${set}`);
  return goModuleFolder(pin.module, versionOf(set, pin, pins));
}

/** The sources of a Go module, in Go's own cache. */
export async function goModuleFolder(module: string, version: string): Promise<string> {
  const arguments_ = ['mod', 'download', '-json', `${module}@${version}`];
  const { stdout } = await promisify(execFile)('go', arguments_, { cwd: tmpdir() });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

async function isServed(request: Request, path: string): Promise<void> {
  const isThere = (status: number): boolean => status === 200;
  await waitFor(`${path} is served`, async () => (await request('GET', path)).status, isThere, 60_000, 50);
}

/** Kinds without a namespace. */
const clusterWide = new Set([
  ...['Namespace', 'PriorityClass', 'CustomResourceDefinition', 'Turn', 'ClusterRole', 'ClusterRoleBinding'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
]);

function pathOf({ apiVersion, kind, metadata }: ApiObject): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const place = clusterWide.has(kind) ? group : `${group}/namespaces/${metadata.namespace ?? 'default'}`;
  return `${place}/${pluralOf(kind)}/${metadata.name}`;
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : lower.endsWith('s') ? `${lower}es` : `${lower}s`;
}

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomInt, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { locateTool } from '@meshrs/tools/locate';
import { pins } from '@meshrs/tools/pins';
import { versionOf } from '@meshrs/tools/schema-version';
import { parse, stringify } from 'yaml';
import { scratchFolderOfTest } from '../../test/support/scratch-folder.ts';

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
  /**
   * Writes a kubeconfig of the administrator, or of a user "viewer" who may nothing by itself, and returns its path.
   */
  writeKubeconfig(user: 'admin' | 'viewer'): string;
  /** Installs the kinds of Argo CD, of another version too. */
  installArgoCd(version: '3.2' | '3.5'): Promise<void>;
  stop(): Promise<void>;
}

const token = 'token-of-the-test';
const viewerToken = 'token-of-a-viewer';

export async function startKubeApiserver(): Promise<KubeApiserver> {
  const programs = { etcd: locateTool('etcd'), apiserver: locateTool('kube-apiserver') };
  const { path: folder, remove } = scratchFolderOfTest();
  const host = `127.${String(randomInt(1, 255))}.${String(randomInt(256))}.${String(randomInt(1, 255))}`;
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await end(child);
    remove();
  };
  try {
    children.push(startEtcd(programs.etcd, folder, host));
    const apiserver = startApiserver(programs.apiserver, folder, host);
    children.push(apiserver.child);
    const request = requester(host, join(folder, 'certificates/apiserver.crt'));
    await becomesReady(request, apiserver);
    await installDefinitions(request, 'metallb/0.16');
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
      writeKubeconfig: (user) => {
        const file = join(folder, `${user}.kubeconfig`);
        const certificate = readFileSync(join(folder, 'certificates/apiserver.crt')).toString('base64');
        const cluster = { server: `https://${host}:6443`, 'certificate-authority-data': certificate };
        const kubeconfig = {
          'current-context': 'test',
          contexts: [{ name: 'test', context: { cluster: 'test', user } }],
          clusters: [{ name: 'test', cluster }],
          users: [{ name: user, user: { token: user === 'admin' ? token : viewerToken } }],
        };
        writeFileSync(file, stringify(kubeconfig));
        return file;
      },
      installArgoCd: (version) => installDefinitions(request, `argocd/${version}`),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startEtcd(program: string, folder: string, host: string): ChildProcess {
  const client = `http://${host}:2379`;
  const peer = `http://${host}:2380`;
  return start(program, [
    '--name=test',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ]).child;
}

interface Started {
  readonly child: ChildProcess;
  readonly errors: Promise<string>;
}

function startApiserver(program: string, folder: string, host: string): Started {
  const certificates = join(folder, 'certificates');
  mkdirSync(certificates);
  const key = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, `${token},admin,1,system:masters\n${viewerToken},viewer,2\n`);
  return start(program, [
    `--etcd-servers=http://${host}:2379`,
    `--bind-address=${host}`,
    `--advertise-address=${host}`,
    '--secure-port=6443',
    `--cert-dir=${certificates}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    // As kubeadm and others set it: without it no pod of cRPD can be, whatever its namespace says.
    '--allow-privileged=true',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112',
  ]);
}

/** The kernel ends the program with this process, after a crash of the test too. */
function start(program: string, args: readonly string[]): Started {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  return { child, errors: text(child.stderr) };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

type Request = (method: string, path: string, body?: unknown) => Promise<ApiAnswer>;

function requester(host: string, certificate: string): Request {
  return (method, path, body) =>
    new Promise((resolve, reject) => {
      const contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
      const sent = https.request(
        {
          host,
          port: 6443,
          method,
          path,
          ca: readFileSync(certificate),
          headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
        },
        (response) => {
          const warnings = response.headersDistinct['warning'] ?? [];
          text(response).then((answer) => {
            const isJson = response.headers['content-type']?.startsWith('application/json') ?? false;
            resolve({ status: response.statusCode ?? 0, warnings, body: isJson ? JSON.parse(answer) : answer });
          }, reject);
        },
      );
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : method === 'PATCH' ? stringify(body) : JSON.stringify(body));
    });
}

async function becomesReady(request: Request, { child, errors }: Started): Promise<void> {
  const deadline = performance.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`kube-apiserver ended: ${(await errors).slice(-2000)}`);
    const answer = await request('GET', '/readyz').catch((error: unknown) => String(error));
    if (typeof answer !== 'string' && answer.status === 200) return;
    if (performance.now() > deadline) throw new Error(`kube-apiserver is not ready: ${JSON.stringify(answer)}`);
    await setTimeout(100);
  }
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
  const module = `${pin.module}@${versionOf(set, pin, pins)}`;
  const { stdout } = await promisify(execFile)('go', ['mod', 'download', '-json', module], { cwd: tmpdir() });
  return (JSON.parse(stdout) as { Dir: string }).Dir;
}

async function isServed(request: Request, path: string): Promise<void> {
  const deadline = performance.now() + 60_000;
  while ((await request('GET', path)).status !== 200) {
    if (performance.now() > deadline) throw new Error(`${path} is not served`);
    await setTimeout(50);
  }
}

/** Kinds without a namespace. */
const clusterWide = new Set(['Namespace', 'PriorityClass']);

function pathOf({ apiVersion, kind, metadata }: ApiObject): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const place = clusterWide.has(kind) ? group : `${group}/namespaces/${metadata.namespace ?? 'default'}`;
  return `${place}/${pluralOf(kind)}/${metadata.name}`;
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : lower.endsWith('s') ? `${lower}es` : `${lower}s`;
}

import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { join } from 'node:path';
import { checkServerIdentity as checkIdentity, type PeerCertificate } from 'node:tls';
import { text } from 'node:stream/consumers';
import { locateTool } from '@meshrs/tools/locate';
import { startDaemon, type Daemon } from './daemon.ts';
import { anyLoopbackAddress } from './loopback.ts';
import { createScratch } from './scratch.ts';
import { waitFor } from './wait.ts';

/** Who may ask, by the token that he shows (Kubernetes documentation, "Static token file"). */
export interface ApiUser {
  readonly token: string;
  readonly name: string;
  /** "system:masters" may do everything. */
  readonly group?: string;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly contentType?: string;
  /** Beside those of every request, such as "impersonate-user". */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/**
 * Headers by which an administrator asks as an account whose token a kubelet took for a pod: of such a one the API server knows
 * the pod (Kubernetes documentation, "User impersonation"; `authentication.kubernetes.io/pod-name`).
 */
export function asInPod(account: string, pod: string, group?: string): Readonly<Record<string, string>> {
  return {
    'impersonate-user': account,
    ...(group !== undefined && { 'impersonate-group': group }),
    [`impersonate-extra-${encodeURIComponent('authentication.kubernetes.io/pod-name')}`]: pod,
  };
}

export interface ApiResponse {
  readonly status: number;
  /** The Warning headers (RFC 7234 section 5.5). */
  readonly warnings: readonly string[];
  readonly contentType: string;
  readonly text: string;
}

/** A real kube-apiserver over a real etcd on a loopback address, without controllers: what a test writes is what there is. */
export interface KubeApiserver {
  readonly host: string;
  /** Whom its certificate names. */
  readonly identity: string;
  readonly port: string;
  readonly etcdUrl: string;
  /** For what belongs to it; goes with it. */
  readonly folder: string;
  /** PEM of the certificate that the API shows. */
  certificate: () => string;
  send(request: ApiRequest): Promise<ApiResponse>;
  /** Ends the API as a crash would; etcd stays. */
  kill(): Promise<void>;
  /** Starts it again; resolves when it is ready. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function startKubeApiserver(options: {
  /** The first one may see whether the API is ready. */
  readonly users: readonly [ApiUser, ...ApiUser[]];
  readonly flags?: readonly string[];
  /** Another one of the same cluster: it has the store and the certificate of that one, and must go before it. */
  readonly beside?: KubeApiserver;
}): Promise<KubeApiserver> {
  const { beside } = options;
  const scratch = createScratch();
  const host = anyLoopbackAddress();
  const etcdUrl = beside?.etcdUrl ?? `http://${host}:2379`;
  const certificates = join(beside?.folder ?? scratch.folder, 'certificates');
  mkdirSync(certificates, { recursive: true });
  const certificate = (): string => readFileSync(join(certificates, 'apiserver.crt'), 'utf8');
  // Before its first start the API has no certificate yet: that, too, is an answer that fails.
  const identity = beside?.identity ?? host;
  const send = async (request: ApiRequest): Promise<ApiResponse> => ask(host, certificate(), request, identity);
  const argv = apiArguments({ folder: scratch.folder, host, etcdUrl, certificates, ...options });
  const etcd = beside ? undefined : startEtcd(scratch.folder, host, etcdUrl);
  let api: Daemon | undefined;
  const start = async (): Promise<void> => {
    const daemon = startDaemon(locateTool('kube-apiserver'), argv);
    api = daemon;
    const { token } = options.users[0];
    await waitFor(
      'kube-apiserver is ready',
      async () => {
        if (!daemon.isRunning()) throw new Error(`kube-apiserver ended: ${daemon.output().slice(-2000)}`);
        return await send({ method: 'GET', path: '/readyz', token }).catch((error: unknown) => String(error));
      },
      (seen) => typeof seen !== 'string' && seen.status === 200,
      120_000,
      50,
    );
  };
  const remove = async (): Promise<void> => {
    await api?.end('SIGKILL');
    await etcd?.end('SIGKILL');
    scratch.remove();
  };
  try {
    await start();
  } catch (error) {
    await remove();
    throw error;
  }
  return {
    host,
    identity,
    port: '6443',
    etcdUrl,
    folder: scratch.folder,
    certificate,
    send,
    kill: async () => {
      await api?.end('SIGKILL');
    },
    start,
    remove,
  };
}

function startEtcd(folder: string, host: string, client: string): Daemon {
  const peer = `http://${host}:2380`;
  return startDaemon(locateTool('etcd'), [
    '--name=test',
    `--data-dir=${join(folder, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
    // Nothing of it must outlive a crash of the machine.
    '--unsafe-no-fsync',
  ]);
}

function apiArguments(options: {
  readonly folder: string;
  readonly host: string;
  readonly etcdUrl: string;
  readonly certificates: string;
  readonly users: readonly ApiUser[];
  readonly flags?: readonly string[];
}): string[] {
  const { folder, host, etcdUrl, certificates, users, flags = [] } = options;
  const key = join(folder, 'service-account.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const tokens = join(folder, 'tokens.csv');
  const lines = users.map(({ token, name, group }, index) =>
    [token, name, String(index + 1), ...(group === undefined ? [] : [group])].join(','),
  );
  writeFileSync(tokens, `${lines.join('\n')}\n`);
  return [
    `--etcd-servers=${etcdUrl}`,
    `--bind-address=${host}`,
    `--advertise-address=${host}`,
    '--secure-port=6443',
    `--cert-dir=${certificates}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.96.0.0/16,fd00:10:96::/112',
    ...flags,
  ];
}

function ask(
  host: string,
  ca: string,
  { method, path, token, contentType, headers: others, body }: ApiRequest,
  identity: string,
): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...others,
      authorization: `Bearer ${token}`,
      'content-type': contentType ?? 'application/json',
    };
    const checkServerIdentity = (_: string, shown: PeerCertificate) => checkIdentity(identity, shown);
    const to = { host, port: 6443, method, path, agent: false, ca, headers, checkServerIdentity } as const;
    const sent = https.request(to, (response) => {
      text(response).then((answer) => {
        resolve({
          status: response.statusCode ?? 0,
          warnings: response.headersDistinct['warning'] ?? [],
          contentType: response.headers['content-type'] ?? '',
          text: answer,
        });
      }, reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

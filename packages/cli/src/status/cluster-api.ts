import { existsSync } from 'node:fs';
import https from 'node:https';
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkServerIdentity } from 'node:tls';
import { KubeConfig, type Cluster } from '@kubernetes/client-node';
import { nearest } from '@meshrs/strict-yaml';
import { Failure, messageOf } from '@meshrs/tools/failure';
import { askPod } from './ask-pod.ts';
import type { ApiAnswer, PodAnswer, PodRequest } from './pod-answer.ts';
import { getByPortForward } from './port-forward.ts';

/** Looks at a cluster with a person's own rights. */
export interface ClusterApi {
  readonly context: string;
  /** "https://10.0.0.1:6443" */
  readonly server: string;
  /** What the API answers; rejects with a Failure when it does not. */
  get(path: string): Promise<ApiAnswer>;
  /** What it answers to something that is asked by writing and kept nowhere: a review of rights, a dry run. */
  post(path: string, body: object): Promise<ApiAnswer>;
  /**
   * A request of any kind, at the server or at another address of the same cluster ("10.0.0.1:6443"), which has to show the
   * same certificate. Whatever is answered, a refusal too; rejects with the error of the network.
   */
  send(
    request: ClusterRequest,
    options: { readonly at?: string; readonly signal: AbortSignal },
  ): Promise<DatedApiAnswer>;
  /** What a pod answers, by a port-forward or by the API's proxy. One that is silent is no fault of the API: it rejects for none. */
  getOfPod(request: PodRequest): Promise<PodAnswer>;
}

export interface ClusterRequest {
  /** A PATCH is a JSON merge patch (RFC 7396). */
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
}

export interface DatedApiAnswer extends ApiAnswer {
  /** By the API server's clock, to the second; undefined where it does not tell. */
  readonly dateMs: number | undefined;
}

export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** For the whole of an answer, not only for its beginning. */
const answerTimeoutMs = 10_000;
/** A port-forward takes some hundredths of a second where kubelet lives. */
const headStartMs = 2000;

/** Access by kubeconfig: the named file, those of KUBECONFIG, or the usual place. */
export function openCluster(choice: ClusterChoice): ClusterApi {
  const config = load(choice);
  if (choice.context !== undefined) chooseContext(config, choice.context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new Failure({
      code: 'no-cluster',
      message: `No kubeconfig names a cluster${choice.kubeconfig === undefined ? '' : `: ${choice.kubeconfig}`}.`,
      next: 'name a kubeconfig with --kubeconfig or KUBECONFIG, and a context with --context',
    });
  }
  const { server } = cluster;
  return {
    context: config.getCurrentContext(),
    server,
    get: async (path) => {
      try {
        return await request(config, { url: urlOf(server, path), method: 'GET' });
      } catch (error) {
        throw unreachable(server, error);
      }
    },
    post: async (path, body) => {
      try {
        return await request(config, { url: urlOf(server, path), method: 'POST', body: JSON.stringify(body) });
      } catch (error) {
        throw unreachable(server, error);
      }
    },
    send: async ({ method, path, body }, { at, signal }) => {
      const where =
        at === undefined ? { url: urlOf(server, path) } : { url: `https://${at}${path}`, ...certifiedAs(cluster) };
      return await request(config, {
        ...where,
        method,
        signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    },
    getOfPod: (asked) =>
      askPod(
        (signal) => getByPortForward(config, asked, signal),
        (signal) => request(config, { url: urlOf(server, proxyPath(asked)), method: 'GET', signal }),
        { deadlineMs: answerTimeoutMs, headStartMs },
      ),
  };
}

function load(choice: ClusterChoice): KubeConfig {
  const files = kubeconfigsOf(choice);
  const [first, ...others] = files;
  const config = new KubeConfig();
  try {
    config.loadFromFile(first);
    for (const file of others) {
      const more = new KubeConfig();
      more.loadFromFile(file);
      config.mergeConfig(more, true);
    }
    return config;
  } catch (error) {
    throw new Failure({
      code: 'cannot-read',
      message: `The kubeconfig ${files.join(', ')} cannot be read: ${messageOf(error)}`,
      next: 'name another with --kubeconfig or KUBECONFIG',
      cause: error,
    });
  }
}

/**
 * The named file, those of KUBECONFIG that exist (kubectl passes over the others), or the usual one. Without any the
 * library would ask http://localhost:8080, where nobody's cluster is.
 */
function kubeconfigsOf({ kubeconfig, env }: ClusterChoice): readonly [string, ...string[]] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const lookedFor = named.length > 0 ? named : [join(env['HOME'] ?? homedir(), '.kube/config')];
  const [first, ...others] = lookedFor.filter((file) => existsSync(file));
  if (first !== undefined) return [first, ...others];
  const from = named.length > 0 ? 'KUBECONFIG names' : 'KUBECONFIG is not set, and there is no';
  throw new Failure({
    code: 'no-kubeconfig',
    message: `No kubeconfig was found: ${from} ${lookedFor.join(', ')}${named.length > 0 ? ', and none of these exists' : ''}.`,
    next: 'name one with --kubeconfig or KUBECONFIG',
  });
}

function chooseContext(config: KubeConfig, wanted: string): void {
  const names = config.getContexts().map(({ name }) => name);
  if (names.includes(wanted)) {
    config.setCurrentContext(wanted);
    return;
  }
  const guess = nearest(wanted, names);
  throw new Failure({
    code: 'no-context',
    message: `The kubeconfig has no context "${wanted}".${guess === undefined ? '' : ` Did you mean ${guess}?`}`,
    next: `use one of: ${names.join(', ') || 'none, the kubeconfig is empty'}`,
  });
}

function unreachable(server: string, error: unknown): Failure {
  return new Failure({
    code: 'cluster-unreachable',
    message: `The Kubernetes API at ${server} cannot be asked: ${messageOf(error)}`,
    next: 'check the network and the credentials: kubectl get --raw /readyz, with the same kubeconfig and context',
    cause: error,
  });
}

function proxyPath({ namespace, pod, port, path }: PodRequest): string {
  return `/api/v1/namespaces/${namespace}/pods/${pod}:${String(port)}/proxy${path}`;
}

function urlOf(server: string, path: string): string {
  return `${server.replace(/\/$/, '')}${path}`;
}

/** The certificate that a server shows at its own address is the one that it shows where the kubeconfig dials it. */
function certifiedAs({ server, tlsServerName }: Cluster): Pick<Sent, 'tls'> {
  const identity = tlsServerName ?? new URL(server).hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    tls: {
      // RFC 6066 section 3: an address is no server name.
      ...(isIP(identity) === 0 && { servername: identity }),
      checkServerIdentity: (_host, certificate) => checkServerIdentity(identity, certificate),
    },
  };
}

interface Sent {
  readonly url: string;
  readonly method: ClusterRequest['method'];
  readonly body?: string;
  readonly tls?: Pick<https.RequestOptions, 'servername' | 'checkServerIdentity'>;
  readonly signal?: AbortSignal;
}

/** One request; the library is left to what it does best, credentials of every kind. */
async function request(config: KubeConfig, { url, method, body, tls, signal }: Sent): Promise<DatedApiAnswer> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const headers = {
    accept: 'application/json',
    ...(body !== undefined && { 'content-type': contentType, 'content-length': Buffer.byteLength(body) }),
  };
  const options: https.RequestOptions = { headers };
  await config.applyToHTTPSOptions(options);
  const deadline = AbortSignal.timeout(answerTimeoutMs);
  const ending = signal ? AbortSignal.any([signal, deadline]) : deadline;
  try {
    return await new Promise<DatedApiAnswer>((resolve, reject) => {
      https
        .request(url, { ...options, ...tls, method, signal: ending }, (response) => {
          text(response).then((body) => {
            const dateMs = Date.parse(response.headers.date ?? '');
            resolve({ status: response.statusCode ?? 0, body, dateMs: Number.isNaN(dateMs) ? undefined : dateMs });
          }, reject);
        })
        .on('error', reject)
        .end(body);
    });
  } catch (error) {
    if (!deadline.aborted) throw error;
    throw new Error(`no answer within ${String(answerTimeoutMs / 1000)} s`, { cause: error });
  }
}

import { existsSync } from 'node:fs';
import https from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
import { nearest } from '@meshrs/strict-yaml';
import { Failure, messageOf } from '@meshrs/tools/failure';

/** Looks at a cluster with a person's own rights. */
export interface ClusterApi {
  readonly context: string;
  /** "https://10.0.0.1:6443" */
  readonly server: string;
  /** What the API answers; rejects with a Failure when it does not. */
  get(path: string): Promise<ApiAnswer>;
  /** What it answers to something that is asked by writing and kept nowhere: a review of rights, a dry run. */
  post(path: string, body: object): Promise<ApiAnswer>;
  /** What a pod answers by way of the API's proxy. One that is silent is no fault of the API: it rejects for none. */
  getOfPod(path: string): Promise<PodAnswer>;
}

export type PodAnswer = ApiAnswer | { readonly noAnswer: string };

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

export interface ClusterChoice {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly env: NodeJS.ProcessEnv;
}

/** For the whole of an answer, not only for its beginning. */
const answerTimeoutMs = 10_000;

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
        return await request(config, server, path);
      } catch (error) {
        throw unreachable(server, error);
      }
    },
    post: async (path, body) => {
      try {
        return await request(config, server, path, body);
      } catch (error) {
        throw unreachable(server, error);
      }
    },
    getOfPod: async (path) => {
      try {
        return await request(config, server, path);
      } catch (error) {
        return { noAnswer: messageOf(error) };
      }
    },
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

/** One request; the library is left to what it does best, credentials of every kind. */
async function request(config: KubeConfig, server: string, path: string, body?: object): Promise<ApiAnswer> {
  const options: https.RequestOptions = {
    method: body === undefined ? 'GET' : 'POST',
    headers: { accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
  };
  await config.applyToHTTPSOptions(options);
  const signal = AbortSignal.timeout(answerTimeoutMs);
  try {
    return await new Promise<ApiAnswer>((resolve, reject) => {
      https
        .request(`${server.replace(/\/$/, '')}${path}`, { ...options, signal }, (response) => {
          text(response).then((answer) => {
            resolve({ status: response.statusCode ?? 0, body: answer });
          }, reject);
        })
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(`no answer within ${String(answerTimeoutMs / 1000)} s`, { cause: error });
  }
}

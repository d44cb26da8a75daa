import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KubernetesObject } from '@meshrs/manifests';
import { startKubeApiserver, type KubeApiserver } from '@meshrs/test-kit/kube-apiserver';
import { stringify } from 'yaml';
import { pathOf } from '../interlock/guarded-cluster.ts';

export interface RealAnswer {
  readonly status: number;
  readonly message: string;
  readonly body: unknown;
}

/** kube-apiserver alone, asked by its administrator. */
export interface RealApi {
  readonly server: KubeApiserver;
  /** Path of a file. */
  readonly kubeconfig: string;
  /** Server-side apply, as Argo CD does it. */
  readonly apply: (object: KubernetesObject) => Promise<RealAnswer>;
  /** The same, and an error where it is refused. */
  readonly must: (object: KubernetesObject) => Promise<void>;
  readonly get: (path: string) => Promise<RealAnswer>;
  readonly remove: (object: KubernetesObject, query?: string) => Promise<RealAnswer>;
}

const token = 'admin';

export async function startRealApi(flags: readonly string[] = []): Promise<RealApi> {
  const server = await startKubeApiserver({
    users: [{ token, name: 'admin', group: 'system:masters' }],
    flags: ['--allow-privileged=true', '--disable-admission-plugins=ServiceAccount', ...flags],
  });
  const send = async (method: string, path: string, body?: unknown): Promise<RealAnswer> => {
    const isApply = method === 'PATCH';
    const { status, text } = await server.send({
      ...{ method, path, token, contentType: isApply ? 'application/apply-patch+yaml' : 'application/json' },
      ...(body !== undefined && { body: isApply ? stringify(body) : JSON.stringify(body) }),
    });
    const read = text.startsWith('{') ? (JSON.parse(text) as { readonly message?: string }) : {};
    return { status, message: status >= 400 ? (read.message ?? text) : '', body: read };
  };
  const apply = (object: KubernetesObject): Promise<RealAnswer> =>
    send('PATCH', `${pathOf(object)}?fieldManager=argocd-controller&force=true`, object);
  return {
    server,
    kubeconfig: writeKubeconfig(server),
    apply,
    must: async (object) => {
      const { status, message } = await apply(object);
      if (status > 201) throw new Error(`${pathOf(object)}: ${message}`);
    },
    get: (path) => send('GET', path),
    remove: (object, query = '') => send('DELETE', `${pathOf(object)}${query}`),
  };
}

function writeKubeconfig({ folder, host, port, certificate }: KubeApiserver): string {
  const file = join(folder, 'admin.kubeconfig');
  const authority = Buffer.from(certificate()).toString('base64');
  const kubeconfig = {
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    clusters: [
      { name: 'test', cluster: { server: `https://${host}:${port}`, 'certificate-authority-data': authority } },
    ],
    users: [{ name: 'admin', user: { token } }],
  };
  writeFileSync(file, stringify(kubeconfig));
  return file;
}

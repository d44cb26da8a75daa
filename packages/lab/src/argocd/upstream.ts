import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { moduleFolder } from '../go/module-folder.ts';
import { parseObjects, type RenderedObject } from '../kubernetes/objects.ts';

/** The namespace of upstream's install.yaml; its bindings name it. */
export const argoCdNamespace = 'argocd';

/** The parts that sync and are told of a push; those for single sign-on, notifications and sets have no work here. */
export const parts = ['argocd-application-controller', 'argocd-repo-server', 'argocd-server'] as const;
export type Part = (typeof parts)[number];

/** What upstream installs, as far as it is of use where Argo CD's parts are plain processes. */
export interface Upstream {
  readonly definitions: readonly RenderedObject[];
  /** ServiceAccounts and their rights, ConfigMaps, Secrets. */
  readonly objects: readonly RenderedObject[];
  /** The pods' settings, by part. */
  readonly workloads: ReadonlyMap<string, RenderedObject>;
}

const rights = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];

/** Reads the install.yaml of the version from which the programs were built. */
export async function readUpstream(): Promise<Upstream> {
  const file = join(await moduleFolder('argocd'), 'manifests/install.yaml');
  const all = parseObjects(readFileSync(file, 'utf8'));
  const isPart = (name: string): boolean => parts.some((part) => part === name);
  const isOfKind = (...kinds: readonly string[]) => all.filter(({ kind }) => kinds.includes(kind));
  return {
    definitions: isOfKind('CustomResourceDefinition'),
    objects: [
      ...isOfKind(...rights).filter(({ metadata }) => isPart(metadata.name)),
      ...isOfKind('ConfigMap', 'Secret').filter(({ metadata }) => !metadata.name.includes('notifications')),
    ].map(inNamespace),
    workloads: new Map(
      isOfKind('Deployment', 'StatefulSet').map((workload): [string, RenderedObject] => [
        workload.metadata.name,
        workload,
      ]),
    ),
  };
}

function inNamespace(object: RenderedObject): RenderedObject {
  if (object.kind.startsWith('Cluster')) return object;
  return { ...object, metadata: { ...object.metadata, namespace: argoCdNamespace } };
}

const workloadSchema = z.object({
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.tuple([
          z.object({
            env: z.array(
              z.object({
                name: z.string(),
                value: z.string().optional(),
                valueFrom: z
                  .object({ configMapKeyRef: z.object({ name: z.string(), key: z.string() }).optional() })
                  .optional(),
              }),
            ),
          }),
        ]),
      }),
    }),
  }),
});

/** Data of ConfigMaps, by name. */
export type ConfigMaps = Readonly<Record<string, Readonly<Record<string, string>>>>;

/**
 * The environment that upstream's manifest would give a part's container with these ConfigMaps, so that a key of
 * argocd-cmd-params-cm does here what it does in a real installation. Secrets are left out: redis has no password here.
 */
export function environmentOf(workload: RenderedObject, configMaps: ConfigMaps): Record<string, string> {
  const { env } = workloadSchema.parse(workload).spec.template.spec.containers[0];
  return Object.fromEntries(
    env.flatMap(({ name, value, valueFrom }): [string, string][] => {
      const reference = valueFrom?.configMapKeyRef;
      const text = reference ? configMaps[reference.name]?.[reference.key] : value;
      return text === undefined ? [] : [[name, text]];
    }),
  );
}

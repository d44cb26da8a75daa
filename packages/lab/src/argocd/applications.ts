import { z } from 'zod';
import type { KubernetesApi } from '../kubernetes/api.ts';
import { argoCdNamespace } from './upstream.ts';

const resourceResult = z.object({
  group: z.string().default(''),
  kind: z.string(),
  namespace: z.string().default(''),
  name: z.string(),
  status: z.string().default(''),
  message: z.string().default(''),
  /** Of hooks alone. */
  hookPhase: z.string().default(''),
  hookType: z.string().default(''),
});

const applicationSchema = z
  .object({
    metadata: z.object({ name: z.string() }),
    status: z
      .object({
        sync: z.object({ status: z.string(), revision: z.string().default('') }).optional(),
        health: z.object({ status: z.string().default('') }).optional(),
        reconciledAt: z.string().optional(),
        conditions: z.array(z.object({ type: z.string(), message: z.string() })).default([]),
        resources: z
          .array(
            z.object({
              group: z.string().default(''),
              kind: z.string(),
              namespace: z.string().default(''),
              name: z.string(),
              status: z.string().default(''),
              requiresPruning: z.boolean().default(false),
              requiresDeletionConfirmation: z.boolean().default(false),
            }),
          )
          .default([]),
        history: z.array(z.object({ id: z.int(), revision: z.string().default('') })).default([]),
        operationState: z
          .object({
            phase: z.string(),
            message: z.string().default(''),
            startedAt: z.string(),
            finishedAt: z.string().optional(),
            retryCount: z.int().default(0),
            operation: z.object({
              sync: z
                .object({ revision: z.string().default(''), resources: z.array(z.unknown()).default([]) })
                .optional(),
            }),
            syncResult: z
              .object({ revision: z.string().default(''), resources: z.array(resourceResult).default([]) })
              .optional(),
          })
          .optional(),
      })
      .default({ conditions: [], resources: [], history: [] }),
  })
  .transform(({ metadata, status }) => ({
    name: metadata.name,
    /** "Synced", "OutOfSync", "" while nothing is known. */
    sync: status.sync?.status ?? '',
    revision: status.sync?.revision ?? '',
    health: status.health?.status ?? '',
    conditions: status.conditions,
    resources: status.resources,
    /** Number of syncs that have succeeded. */
    syncs: status.history.length === 0 ? 0 : Math.max(...status.history.map(({ id }) => id)) + 1,
    operation: status.operationState,
  }));

/** An Application, as far as the lab looks at it. */
export type SyncedApplication = z.output<typeof applicationSchema>;

export const applicationsPath = `/apis/argoproj.io/v1alpha1/namespaces/${argoCdNamespace}/applications`;

export function parseApplication(object: unknown): SyncedApplication {
  return applicationSchema.parse(object);
}

export async function listApplications(api: KubernetesApi): Promise<SyncedApplication[]> {
  return z.object({ items: z.array(applicationSchema) }).parse(await api.get(applicationsPath)).items;
}

export async function readApplication(api: KubernetesApi, name: string): Promise<SyncedApplication | undefined> {
  const answer = await api.get(`${applicationsPath}/${name}`);
  return answer === undefined ? undefined : parseApplication(answer);
}

/** An Application in one line: "route-servers Synced, Healthy, Succeeded: successfully synced". */
export function describeApplication({ name, sync, health, operation, conditions }: SyncedApplication): string {
  const words = [sync || 'unknown', health || 'unknown'];
  if (operation) words.push(`${operation.phase}: ${operation.message}`);
  return `${name} ${[...words, ...conditions.map(({ type, message }) => `${type}: ${message}`)].join(', ')}`;
}

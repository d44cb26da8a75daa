import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Lab } from '../lab/lab.ts';

const common = {
  /** When kube-apiserver told of it, in milliseconds since 1970, with fractions. */
  atMs: z.number(),
  name: z.string(),
};

const podSchema = z.object({
  ...common,
  kind: z.literal('pod'),
  namespace: z.string(),
  uid: z.string(),
  phase: z.string(),
  isReady: z.boolean(),
  isTerminating: z.boolean(),
  isGone: z.boolean(),
  /** What its containers left behind when they ended. */
  lastWords: z.string(),
});

const applicationSchema = z.object({
  ...common,
  kind: z.literal('application'),
  sync: z.string(),
  health: z.string(),
  /** Of the running or last operation; "" before the first. */
  phase: z.string(),
  message: z.string(),
  revision: z.string(),
  retries: z.int(),
  /** Only some objects, as `argocd app sync --resource` does it: without hooks. */
  isPartial: z.boolean(),
  startedAt: z.string(),
});

const statefulSetSchema = z.object({
  ...common,
  kind: z.literal('statefulSet'),
  generation: z.int(),
  updateRevision: z.string(),
  /** Every replica runs it, and is Ready. */
  isRolled: z.boolean(),
});

const configMapSchema = z.object({ ...common, kind: z.literal('configMap'), data: z.string() });

export const rollOutEventSchema = z.discriminatedUnion('kind', [
  podSchema,
  applicationSchema,
  statefulSetSchema,
  configMapSchema,
]);

/** A change in what Argo CD and Kubernetes say of a roll-out. */
export type RollOutEvent = z.output<typeof rollOutEventSchema>;
export type PodEvent = z.output<typeof podSchema>;
export type ApplicationEvent = z.output<typeof applicationSchema>;

export function rollOutFile(lab: Lab): string {
  return join(lab.paths.state, 'observations/roll-out.jsonl');
}

/** Everything since a moment, in order. */
export function readRollOut(lab: Lab, fromMs = 0): RollOutEvent[] {
  return readFileSync(rollOutFile(lab), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => rollOutEventSchema.parse(JSON.parse(line)))
    .filter(({ atMs }) => atMs >= fromMs);
}

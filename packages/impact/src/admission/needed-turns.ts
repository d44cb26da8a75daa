import { turnWords } from '@meshrs/contract';
import { gatesOf, objectId, readBuilt } from '@meshrs/manifests/built';
import { z } from 'zod';
import { refuses, withIntegers, type AskedObject } from './evaluate.ts';
import { admissionPolicies, type AdmissionPolicy } from './policy.ts';

/** A change that no turn of a side lets through. */
export interface RefusedChange {
  /** Id of the object. */
  readonly object: string;
  readonly operation: 'made' | 'changed' | 'deleted' | 'deleted and made anew';
  /** "all": it passes while all sides are open; "none": at no time. */
  readonly needs: 'all' | 'none';
}

/** What a commit changes, and the policies that it meets. */
export interface AskedChange {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
  /**
   * The policies of the commit that runs, and those that come; of a name that is in both the one that comes counts. The Applications
   * beside them say where Argo CD is.
   */
  readonly policiesBefore: readonly unknown[];
  readonly policiesAfter: readonly unknown[];
}

/**
 * What of a change the API server refuses in every side's turn, by its own policies: Argo CD applies all else in some turn,
 * or without one. A policy that no commit names any more stays until a person confirms its removal.
 */
export function refusedChanges({ before, after, policiesBefore, policiesAfter }: AskedChange): RefusedChange[] {
  const policies = new Map(
    [...admissionPolicies(policiesBefore), ...admissionPolicies(policiesAfter)].map((each) => [
      each.metadata.name,
      each,
    ]),
  );
  const user = argoCdOf([...policiesBefore, ...policiesAfter]);
  const [old, next] = [byId(before), byId(after)];
  const sides = [before, after].flatMap((documents) => gatesOf(readBuilt(documents)).map(({ side }) => side));
  return [...new Set([...old.keys(), ...next.keys()])].sort().flatMap((id): RefusedChange[] => {
    const [oldObject, object] = [old.get(id), next.get(id)];
    if (isSame(oldObject, object)) return [];
    const asked = isMadeAnew(oldObject, object)
      ? [
          { oldObject, object: undefined },
          { oldObject: undefined, object },
        ]
      : [{ oldObject, object }];
    const passes = (open: string): boolean =>
      asked.every((change) => isPassed([...policies.values()], change, { open, user }));
    if ([turnWords.closed, ...sides].some(passes)) return [];
    const operation = operationOf(oldObject, object);
    return [{ object: id, operation, needs: passes(turnWords.all) ? 'all' : 'none' }];
  });
}

function operationOf(oldObject: AskedObject | undefined, object: AskedObject | undefined): RefusedChange['operation'] {
  if (oldObject === undefined) return 'made';
  if (object === undefined) return 'deleted';
  return isMadeAnew(oldObject, object) ? 'deleted and made anew' : 'changed';
}

/**
 * What Argo CD does not change in place: a binding of another role (gitops-engine, `authReconcile`, which does as kubectl's "auth
 * reconcile"), and what has the word for it among its options (Argo CD documentation, "Sync Options").
 */
function isMadeAnew(oldObject: AskedObject | undefined, object: AskedObject | undefined): boolean {
  if (!oldObject || !object) return false;
  const options = object.metadata.annotations?.['argocd.argoproj.io/sync-options'] ?? '';
  return /\bForce=true\b/.test(options) || !isSame(roleOf(oldObject), roleOf(object));
}

function roleOf(object: AskedObject): unknown {
  return binding.safeParse(object).data?.roleRef;
}

const binding = z.looseObject({
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  roleRef: z.looseObject({ kind: z.string(), name: z.string() }),
});

const application = z.looseObject({
  kind: z.literal('Application'),
  metadata: z.looseObject({ namespace: z.string() }),
});

/** The account that applies a commit, by the namespace of the Applications that come last; the policies ask for no more of its name. */
function argoCdOf(documents: readonly unknown[]): string {
  const namespaces = documents.flatMap((document) => application.safeParse(document).data?.metadata.namespace ?? []);
  return `system:serviceaccount:${namespaces.at(-1) ?? 'argocd'}:argocd-application-controller`;
}

function isPassed(
  policies: readonly AdmissionPolicy[],
  change: { readonly oldObject: AskedObject | undefined; readonly object: AskedObject | undefined },
  { open, user }: { readonly open: string; readonly user: string },
): boolean {
  const params = { metadata: { name: 'turn' }, spec: { open, by: user } };
  return !policies.some((policy) => refuses(policy, { ...change, user, params }));
}

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
});

/** What is no object is said by others. */
function byId(documents: readonly unknown[]): Map<string, AskedObject> {
  return new Map(
    documents.flatMap((document) => {
      const { success, data } = objectSchema.safeParse(withIntegers(document));
      return success ? [[objectId(data), data as AskedObject] as const] : [];
    }),
  );
}

function isSame(one: unknown, other: unknown): boolean {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? `int ${String(inner)}` : inner));
  return text(one) === text(other);
}

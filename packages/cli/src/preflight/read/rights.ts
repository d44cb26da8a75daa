import type { ClusterApi } from '../../status/cluster-api.ts';
import type { RightFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { Wanted } from '../wanted.ts';
import { ask } from './ask.ts';
import * as schemas from './schemas.ts';

/** One right (Kubernetes API, ResourceAttributes). */
export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
}

const reviews = '/apis/authorization.k8s.io/v1';

/** Anybody may ask for his own (Kubernetes documentation, "Checking API Access"). */
export async function mayI(api: ClusterApi, right: Right): Promise<Known<boolean>> {
  return await reviewed(api, 'SelfSubjectAccessReview', 'review your own rights', { resourceAttributes: right });
}

/** Of an account: the API server is asked for it as if it came itself. */
export async function mayAccount(
  api: ClusterApi,
  account: { readonly namespace: string; readonly name: string },
  right: Right,
): Promise<Known<boolean>> {
  return await reviewed(api, 'SubjectAccessReview', 'create subjectaccessreviews', {
    resourceAttributes: right,
    user: `system:serviceaccount:${account.namespace}:${account.name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`, 'system:authenticated'],
  });
}

/** Of a user that is no account. */
export async function mayUser(api: ClusterApi, user: string, right: Right): Promise<Known<boolean>> {
  const spec = { resourceAttributes: right, user, groups: ['system:authenticated'] };
  return await reviewed(api, 'SubjectAccessReview', 'create subjectaccessreviews', spec);
}

async function reviewed(api: ClusterApi, kind: string, right: string, spec: object): Promise<Known<boolean>> {
  const path = `${reviews}/${kind.toLowerCase()}s`;
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
  const answer = await ask(api, { path, right, schema: schemas.review }, body);
  if (!answer.isKnown) return answer;
  if (answer.value !== undefined) return known(answer.value.status.allowed);
  return { isKnown: false, why: `the API does not know ${kind}`, next: `kubectl auth can-i --list shows your rights` };
}

export function wordsOf({ verb, resource, subresource, name, namespace }: Right): string {
  const what = `${resource}${subresource === undefined ? '' : `/${subresource}`}${name === undefined ? '' : ` ${name}`}`;
  return `${verb} ${what}${namespace === undefined ? '' : ` in namespace ${namespace}`}`;
}

/** What docs/operations.md has a person do before and for the first sync. */
export async function readOwnRights(
  api: ClusterApi,
  { namespaces, isBehindVip }: Wanted,
): Promise<readonly RightFacts[]> {
  const { argoCd, metallb } = namespaces;
  const rights: readonly Right[] = [
    { verb: 'patch', group: '', resource: 'nodes' },
    ...(isBehindVip
      ? [
          { verb: 'create', group: '', resource: 'namespaces' },
          { verb: 'create', group: '', resource: 'secrets', namespace: metallb },
        ]
      : []),
    { verb: 'patch', group: '', resource: 'configmaps', namespace: argoCd },
    { verb: 'patch', group: 'apps', resource: 'statefulsets', namespace: argoCd },
    { verb: 'create', group: 'argoproj.io', resource: 'appprojects', namespace: argoCd },
    { verb: 'create', group: 'argoproj.io', resource: 'applications', namespace: argoCd },
  ];
  return await Promise.all(rights.map(async (right) => ({ what: wordsOf(right), isAllowed: await mayI(api, right) })));
}

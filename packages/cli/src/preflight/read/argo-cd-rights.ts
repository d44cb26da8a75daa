import { turnKind } from '@meshrs/contract';
import type { ClusterApi } from '../../status/cluster-api.ts';
import type { RightFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { AppliedKind, GrantedRight, Wanted } from '../wanted.ts';
import { mayAccount, wordsOf, type Right } from './rights.ts';

interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Of what is applied: made, changed by server-side apply, and taken away by a prune or as a hook that is over. */
const verbs = ['create', 'patch', 'delete'] as const;

/**
 * What Argo CD's application controller may do, of what the syncs need. The turn by its name, too: the interlock lets that account
 * alone make gates and other hooks that may write it (decision 49).
 */
export async function readArgoCdRights(
  api: ClusterApi,
  wanted: Pick<Wanted, 'applied' | 'granted' | 'turn'>,
  account: Account,
): Promise<Known<readonly RightFacts[]>> {
  const turn: Right = { verb: 'patch', group: turnKind.group, resource: turnKind.plural, name: wanted.turn };
  const rights = [turn, ...wanted.applied.flatMap((kind) => verbs.map((verb) => toRight(verb, kind)))];
  const may = async (right: Right): Promise<RightFacts> => ({
    what: wordsOf(right),
    isAllowed: await mayAccount(api, account, right),
  });
  const [direct, granted] = await Promise.all([Promise.all(rights.map(may)), readGrants(wanted.granted, may)]);
  return known([...direct, ...granted]);
}

/**
 * The API server lets nobody give a right that he has not, but for who may `escalate` Roles and `bind` them (Kubernetes
 * documentation, "Privilege escalation prevention and bootstrapping").
 */
async function readGrants(
  granted: readonly GrantedRight[],
  may: (right: Right) => Promise<RightFacts>,
): Promise<readonly RightFacts[]> {
  const group = 'rbac.authorization.k8s.io';
  const any = await Promise.all([
    may({ verb: 'escalate', group, resource: 'clusterroles' }),
    may({ verb: 'bind', group, resource: 'clusterroles' }),
    may({ verb: 'escalate', group, resource: 'roles' }),
    may({ verb: 'bind', group, resource: 'roles' }),
  ]);
  const unsure = any.find(({ isAllowed }) => !isAllowed.isKnown);
  if (unsure) return [unsure];
  if (any.every(({ isAllowed }) => isAllowed.isKnown && isAllowed.value)) return [];
  const each = await Promise.all(granted.map((right) => may(ofGrant(right))));
  return each.map(({ what, isAllowed }) => ({ what: `${what}, which a generated Role gives`, isAllowed }));
}

function ofGrant({ verb, group, resource, name, namespace }: GrantedRight): Right {
  const [plain = '', subresource] = resource.split('/');
  return {
    ...{ verb, group, resource: plain },
    ...(subresource !== undefined && { subresource }),
    ...(name !== undefined && { name }),
    ...(namespace !== undefined && { namespace }),
  };
}

function toRight(verb: string, { group, kind, namespace }: AppliedKind): Right {
  return { verb, group, resource: pluralOf(kind), ...(namespace !== undefined && { namespace }) };
}

/** As every kind that is generated is called in the API. */
function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

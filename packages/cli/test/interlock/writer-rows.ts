import { users, type Request, type User } from './guarded-cluster.ts';
import type { TurnState } from './rows.ts';

/** Somebody writes the turn, which is as the state says. */
export interface WriterRow {
  readonly what: string;
  readonly turn: TurnState;
  readonly as: User;
  readonly request: Omit<Request, 'as' | 'path'>;
  /** What the refusal says; undefined: it passes. */
  readonly says?: string;
}

const soon = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();
const spec = (as: User, more: object): Pick<WriterRow, 'as' | 'request'> => ({
  as,
  request: { method: 'PATCH', body: { spec: { by: users[as], ...more } } },
});
const opens = (as: User, open: string, more: object = {}): Pick<WriterRow, 'as' | 'request'> =>
  spec(as, { open, until: soon(30), reason: 'a test', revision: null, nodes: null, ...more });
const closes = (as: User): Pick<WriterRow, 'as' | 'request'> =>
  spec(as, { open: 'none', until: null, revision: null, nodes: null });

const onlyThese =
  'gates and agents say what is open, each from its pod, and persons by their own name; nobody else does.';
const onlyOverdue = 'agents close it only when its time is over.';
const onlySpec = 'gates and agents write its spec, and nothing else of it.';
const noSide = 'there is no such side: a, b or all may be opened.';
const notItsNode = 'spec.nodes names a node that the topology does not have for the side that is opened.';
const tooFar = 'spec.until lies too far ahead: an hour is the most for a person, a day for a gate.';
const notYours = 'spec.by has to be the name of who writes it.';
const throughNone = 'from one side to another only through "none"';

export const writerRows: readonly WriterRow[] = [
  { what: 'a gate opens a side', turn: 'closed', ...opens('gate', 'a') },
  { what: 'a gate opens for twelve hours', turn: 'closed', ...opens('gate', 'a', { until: soon(12 * 60) }) },
  { what: 'a gate opens for two days', turn: 'closed', ...opens('gate', 'a', { until: soon(48 * 60) }), says: tooFar },
  { what: 'a gate opens the side that is open for longer', turn: 'a', ...opens('gate', 'a', { until: soon(99) }) },
  { what: 'a gate opens another side', turn: 'a', ...opens('gate', 'b'), says: throughNone },
  { what: 'a gate closes', turn: 'a', ...closes('gate') },
  { what: 'a gate closes what a person opened', turn: 'byPerson', ...closes('gate') },
  { what: 'a gate opens all', turn: 'closed', ...opens('gate', 'all'), says: 'a person alone opens all sides' },
  { what: 'an agent closes what is overdue', turn: 'bOver', ...closes('agent') },
  { what: 'an agent closes before the time is over', turn: 'b', ...closes('agent'), says: onlyOverdue },
  { what: 'an agent closes what a person opened', turn: 'byPerson', ...closes('agent'), says: onlyOverdue },
  { what: 'an agent closes all', turn: 'all', ...closes('agent'), says: onlyOverdue },
  { what: 'an agent writes into what is closed', turn: 'closed', ...closes('agent'), says: onlyOverdue },
  {
    what: 'an agent that writes times of its own closes',
    turn: 'b',
    as: 'agent',
    request: {
      method: 'PATCH',
      body: {
        metadata: {
          managedFields: [
            {
              ...{ manager: 'x', operation: 'Update', apiVersion: 'meshrs.dev/v1', time: '2098-12-31T23:30:00Z' },
              ...{ fieldsType: 'FieldsV1', fieldsV1: { 'f:metadata': { 'f:labels': {} } } },
            },
          ],
        },
        spec: { by: users.agent, open: 'none', until: null, revision: null, nodes: null },
      },
    },
    says: onlyOverdue,
  },
  ...(['agent', 'gate'] as const).flatMap((as): WriterRow[] => [
    {
      ...{ what: `the ${as} marks it`, turn: 'closed', as, says: onlySpec },
      request: { method: 'PATCH', body: { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } } },
    },
    {
      ...{ what: `the ${as} gives it an owner`, turn: 'b', as, says: onlySpec },
      request: {
        method: 'PATCH',
        body: {
          metadata: {
            ownerReferences: [
              { apiVersion: 'v1', kind: 'ConfigMap', name: 'no', uid: '0b7d2a3c-0000-4000-8000-00000000000f' },
            ],
          },
        },
      },
    },
    {
      ...{ what: `the ${as} keeps it from being deleted`, turn: 'closed', as, says: onlySpec },
      request: { method: 'PATCH', body: { metadata: { finalizers: ['example.com/x'] } } },
    },
    {
      ...{ what: `the ${as} takes its label off`, turn: 'closed', as, says: onlySpec },
      request: { method: 'PATCH', body: { metadata: { labels: null } } },
    },
  ]),
  { what: 'an agent opens', turn: 'closed', ...opens('agent', 'a'), says: 'agents close it, and open nothing.' },
  { what: 'an agent opens for longer', turn: 'b', ...opens('agent', 'b'), says: 'agents close it, and open nothing.' },
  { what: 'a person opens a side for half an hour', turn: 'closed', ...opens('alice', 'b') },
  { what: 'a person whom the cluster calls so opens', turn: 'closed', ...opens('root', 'b') },
  { what: 'a person opens for 75 minutes', turn: 'closed', ...opens('alice', 'b', { until: soon(75) }), says: tooFar },
  {
    what: 'a person who writes times of his own',
    turn: 'closed',
    as: 'alice',
    request: {
      method: 'PATCH',
      body: {
        metadata: {
          managedFields: [
            {
              ...{ manager: 'x', operation: 'Update', apiVersion: 'meshrs.dev/v1', time: '2098-12-31T23:30:00Z' },
              ...{
                fieldsType: 'FieldsV1',
                fieldsV1: { 'f:metadata': { 'f:labels': { 'f:app.kubernetes.io/part-of': {} } } },
              },
            },
          ],
        },
        spec: {
          by: users.alice,
          open: 'b',
          until: '2099-01-01T00:00:00Z',
          reason: 'a test',
          revision: null,
          nodes: null,
        },
      },
    },
    says: tooFar,
  },
  { what: 'a person opens for longer, again', turn: 'byPerson', ...opens('alice', 'b', { until: soon(59) }) },
  { what: 'a person opens what a gate opened', turn: 'b', ...opens('alice', 'b') },
  { what: 'a person opens all sides', turn: 'closed', ...opens('admin', 'all') },
  { what: 'a person closes', turn: 'b', ...closes('admin') },
  {
    what: 'a person without a reason',
    turn: 'closed',
    ...opens('alice', 'b', { reason: '' }),
    says: 'whoever opens says until when and why',
  },
  {
    what: 'a person with blanks for a reason',
    turn: 'closed',
    ...opens('alice', 'b', { reason: '   ' }),
    says: 'whoever opens says until when and why',
  },
  {
    what: 'a person without an end',
    turn: 'closed',
    ...opens('alice', 'b', { until: null }),
    says: 'whoever opens says until when and why',
  },
  {
    what: 'a person in the name of a gate',
    turn: 'closed',
    ...opens('alice', 'b', { by: users.gate }),
    says: notYours,
  },
  {
    what: 'a gate in the name of a person',
    turn: 'closed',
    ...opens('gate', 'b', { by: users.alice }),
    says: notYours,
  },
  { what: 'from one side to another, by a person', turn: 'a', ...opens('alice', 'b'), says: throughNone },
  { what: 'from one side to all', turn: 'a', ...opens('admin', 'all'), says: throughNone },
  { what: 'from all to one side', turn: 'all', ...opens('admin', 'a'), says: throughNone },
  { what: 'Argo CD opens', turn: 'closed', ...opens('argocd', 'a'), says: onlyThese },
  { what: 'Argo CD closes', turn: 'a', ...closes('argocd'), says: onlyThese },
  { what: 'a kubelet opens', turn: 'closed', ...opens('kubelet', 'a'), says: onlyThese },
  { what: 'who only has a gate’s name opens', turn: 'closed', ...opens('likeGate', 'a'), says: onlyThese },
  { what: 'who only has a gate’s name closes', turn: 'a', ...closes('likeGate'), says: onlyThese },
  { what: 'who only has an agent’s name closes', turn: 'b', ...closes('likeAgent'), says: onlyThese },
  { what: 'a gate opens a side that no commit names', turn: 'closed', ...opens('gate', 'c') },
  { what: 'a gate opens with nodes that it saw', turn: 'closed', ...opens('gate', 'c', { nodes: ['dc7-node1'] }) },
  { what: 'a person opens a side that is none', turn: 'closed', ...opens('alice', 'foo'), says: noSide },
  { what: 'an administrator opens a side that is none', turn: 'closed', ...opens('admin', 'a2'), says: noSide },
  { what: 'a person opens a node', turn: 'closed', ...opens('root', 'dc1-node1'), says: noSide },
  {
    what: 'a person opens with nodes of the other side',
    turn: 'closed',
    ...opens('alice', 'b', { nodes: ['dc2-node1', 'dc1-node1'] }),
    says: notItsNode,
  },
  {
    what: 'a person opens with a node that nobody knows',
    turn: 'closed',
    ...opens('alice', 'a', { nodes: ['dc9-node1'] }),
    says: notItsNode,
  },
  {
    what: 'a person adds a node of the other side to what is open',
    turn: 'byPerson',
    ...spec('alice', { nodes: ['dc1-node1'] }),
    says: notItsNode,
  },
  {
    what: 'a person opens with the nodes of the side',
    turn: 'closed',
    ...opens('alice', 'b', { nodes: ['dc2-node1'] }),
  },
  {
    what: 'a person opens all with nodes',
    turn: 'closed',
    ...opens('admin', 'all', { nodes: ['dc1-node1', 'dc9-node1'] }),
  },
  { what: 'a controller of Kubernetes opens', turn: 'closed', ...opens('manager', 'a'), says: onlyThese },
  {
    what: 'Argo CD marks it',
    turn: 'a',
    as: 'argocd',
    request: { method: 'PATCH', body: { metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'x' } } } },
  },
  {
    what: 'Argo CD applies it as it lies in Git',
    turn: 'a',
    as: 'argocd',
    request: { method: 'PATCH', patch: 'apply', body: 'as in Git' },
  },
  {
    what: 'Argo CD replaces it by what lies in Git',
    turn: 'a',
    as: 'argocd',
    request: { method: 'PUT', body: 'as in Git' },
    says: onlyThese,
  },
  {
    what: 'a person takes the spec away',
    turn: 'a',
    as: 'admin',
    request: { method: 'PATCH', body: { spec: null } },
    says: 'its spec cannot be taken away',
  },
  {
    what: 'a person deletes it',
    turn: 'closed',
    as: 'admin',
    request: { method: 'DELETE' },
    says: 'without the turn nothing could change',
  },
  {
    what: 'Argo CD deletes it',
    turn: 'b',
    as: 'argocd',
    request: { method: 'DELETE' },
    says: 'without the turn nothing could change',
  },
  {
    what: 'a spec without who wrote it',
    turn: 'closed',
    as: 'gate',
    request: { method: 'PATCH', body: { spec: { open: 'a', by: null, until: soon(9), reason: 'x' } } },
    says: 'spec.by: Required value',
  },
  { what: 'a side that cannot be', turn: 'closed', ...opens('gate', 'A B'), says: 'spec.open' },
  { what: 'an end that is none', turn: 'closed', ...opens('gate', 'a', { until: 'soon' }), says: 'spec.until' },
  { what: 'a reason of two lines', turn: 'closed', ...opens('gate', 'a', { reason: 'a\nb' }), says: 'spec.reason' },
  {
    what: 'a reason with an escape',
    turn: 'closed',
    ...opens('gate', 'a', { reason: '\u001b[2J' }),
    says: 'spec.reason',
  },
  {
    what: 'a reason without end',
    turn: 'closed',
    ...opens('gate', 'a', { reason: 'x'.repeat(501) }),
    says: 'spec.reason',
  },
  {
    what: 'a revision without end',
    turn: 'closed',
    ...opens('gate', 'a', { revision: 'a'.repeat(65) }),
    says: 'spec.revision',
  },
  {
    what: 'nodes without end',
    turn: 'closed',
    ...opens('gate', 'a', { nodes: Array.from({ length: 1001 }, (_, at) => `n${String(at)}`) }),
    says: 'spec.nodes',
  },
  { what: 'one node twice', turn: 'closed', ...opens('gate', 'a', { nodes: ['n', 'n'] }), says: 'spec.nodes' },
  { what: 'the nodes of a side', turn: 'closed', ...opens('gate', 'a', { nodes: ['dc1-node1', 'dc1-node2'] }) },
];

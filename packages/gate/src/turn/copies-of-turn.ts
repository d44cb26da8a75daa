/*
 * Each API server decides by its own copy of the turn, which follows what is stored by moments. Whoever wrote the turn may
 * count on it when every server has it.
 */

/** What one API server says to a dry run that its admission policy always refuses, naming its copy. */
export type CopyAnswer =
  | { readonly kind: 'holds'; readonly resourceVersion: string }
  /** The dry run passed: no admission policy asks for the turn there. */
  | { readonly kind: 'unguarded' }
  /** It does not know the kind of the turn yet, and refuses whatever is guarded: for 30 s at most (seen on 1.36.3). */
  | { readonly kind: 'starting' }
  /** It was refused in other words: by a missing right, or by another policy. */
  | { readonly kind: 'not-understood'; readonly why: string }
  | { readonly kind: 'unreachable'; readonly why: string };

export interface ServerCopy {
  /** "10.0.0.1:6443" */
  readonly server: string;
  readonly answer: CopyAnswer;
}

export interface CopiesView {
  /** What the turn is in store. */
  readonly resourceVersion: string;
  /** Of the server behind the Service's address, whichever that is: it says at least that somewhere the turn is guarded. */
  readonly anyServer: CopyAnswer;
  /** Every server by its own address; or why those are not known. */
  readonly servers:
    | { readonly kind: 'known'; readonly copies: readonly ServerCopy[] }
    | { readonly kind: 'unknown'; readonly why: string };
  /** For how long the turn has been in store as it is, at least. */
  readonly msSinceStored: number;
}

export type CopiesVerdict =
  /** `notes`: which servers were given time instead of being asked. */
  | { readonly kind: 'everywhere'; readonly notes: readonly string[] }
  | { readonly kind: 'not-yet'; readonly obstacles: readonly string[] };

/**
 * How long a server that cannot be dialled is given. Its copy follows within 0.3 s (seen on kube-apiserver 1.36.3); one that
 * has lost etcd for longer answers no write either.
 */
export const unseenServerMs = 5000;

/** The servers of a cluster; a list that is longer is none of ours. */
export const mostApiServers = 32;

/** Whether every API server goes by the turn as it is in store. */
export function decideCopies({ resourceVersion, anyServer, servers, msSinceStored }: CopiesView): CopiesVerdict {
  const asked = [{ server: undefined, answer: anyServer }, ...(servers.kind === 'known' ? servers.copies : [])];
  const isTimeOver = msSinceStored >= unseenServerMs;
  const seconds = `${String(unseenServerMs / 1000)} s`;
  // That of the Service's address must answer: by time alone nobody would know whether anything is guarded.
  const unseen = asked.flatMap(({ server, answer }) =>
    server !== undefined && answer.kind === 'unreachable' ? [`API server ${server} (${answer.why})`] : [],
  );
  const [unlisted] = servers.kind === 'unknown' ? [servers.why] : [];
  const obstacles = [
    ...asked.flatMap(({ server, answer }) => obstacleOf(server, answer, resourceVersion)),
    ...(isTimeOver
      ? []
      : unseen.map((each) => `${seconds} for ${each}, which cannot be asked for its copy of the turn`)),
    ...(isTimeOver || unlisted === undefined
      ? []
      : [`${seconds}, since the addresses of the API servers are not known (${unlisted})`]),
  ];
  if (obstacles.length > 0) return { kind: 'not-yet', obstacles };
  return {
    kind: 'everywhere',
    notes: [
      ...unseen.map((each) => `${each} could not be asked for its copy of the turn; it was given ${seconds}`),
      ...(unlisted === undefined
        ? []
        : [`The API servers could not be asked one by one (${unlisted}); they were given ${seconds}`]),
    ],
  };
}

function obstacleOf(server: string | undefined, answer: CopyAnswer, resourceVersion: string): readonly string[] {
  const name = server === undefined ? 'the API server' : `API server ${server}`;
  switch (answer.kind) {
    case 'holds':
      return answer.resourceVersion === resourceVersion ? [] : [`${name}, which still goes by an older turn`];
    case 'unguarded':
      return [`an admission policy on ${name}: none asks there for the turn, so nothing keeps the sides apart`];
    case 'starting':
      return [`${name}, which has just started and does not know the kind of the turn yet (30 s at most)`];
    case 'not-understood':
      return [`an answer of ${name} about its copy of the turn that is understood (${answer.why})`];
    case 'unreachable':
      return server === undefined ? [`an answer of ${name} (${answer.why})`] : [];
  }
}

import { z } from 'zod';
import { shown } from '../status/shown.ts';
import { turnBounds, turnKind, turnWords } from './turn.ts';

/** What a turn says, to whoever reads it. What cannot be read is neither open nor closed. */
export type TurnState =
  | { readonly state: 'closed'; readonly by?: string; readonly reason?: string }
  | OpenTurn
  | { readonly state: 'unknown'; readonly why: string };

export interface OpenTurn {
  readonly state: 'open';
  /** The side, or `turnWords.all`. */
  readonly open: string;
  readonly revision?: string;
  /** RFC 3339 with a zone, so that `Date` reads it; by the API server's clock. */
  readonly until: string;
  readonly by: string;
  readonly reason: string;
  readonly nodes: readonly string[];
}

const sidePattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;

/** Strict: a field that this version does not know may narrow what is open, so that the whole is unknown. */
const spec = z.strictObject({
  open: z.string().max(turnBounds.side).regex(sidePattern),
  revision: z.string().min(1).max(turnBounds.revision).optional(),
  until: z.iso.datetime({ offset: true }).max(turnBounds.until).optional(),
  by: z.string().min(1).max(turnBounds.by),
  reason: z.string().max(turnBounds.reason).optional(),
  nodes: z.array(z.string().min(1).max(turnBounds.node)).max(turnBounds.nodes).optional(),
});

const turn = z.object({
  apiVersion: z.literal(turnKind.apiVersion),
  kind: z.literal(turnKind.kind),
  metadata: z.object({ name: z.string() }),
  spec: z.unknown().optional(),
});

/** Reads the object of a turn, as the API answers it. A name other than the one asked for is another fleet's turn. */
export function readTurn(name: string, object: unknown): TurnState {
  const read = turn.safeParse(object);
  if (!read.success) return unknown(`it is no ${turnKind.kind} of ${turnKind.apiVersion} (${firstIssue(read.error)})`);
  if (read.data.metadata.name !== name) return unknown(`it is the turn ${shown(read.data.metadata.name)}`);
  if (read.data.spec === undefined) return { state: 'closed' };
  return readSpec(read.data.spec);
}

function readSpec(value: unknown): TurnState {
  const read = spec.safeParse(value);
  if (!read.success) return unknown(`its spec cannot be read (${firstIssue(read.error)})`);
  const { open, revision, until, by, reason, nodes = [] } = read.data;
  if (open === turnWords.closed) {
    return { state: 'closed', by: shown(by), ...(reason !== undefined && { reason: shown(reason) }) };
  }
  if (until === undefined || reason === undefined) {
    return unknown(`it opens ${open} without ${until === undefined ? 'until' : 'reason'}`);
  }
  return {
    state: 'open',
    open,
    ...(revision !== undefined && { revision }),
    until,
    by: shown(by),
    reason: shown(reason),
    nodes,
  };
}

function unknown(why: string): TurnState {
  return { state: 'unknown', why };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'no reason';
  const path = issue.path.map(String).join('.');
  return shown(path === '' ? issue.message : `${path}: ${issue.message}`);
}

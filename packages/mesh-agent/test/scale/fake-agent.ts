import { agentPaths, type AgentStatus, type BgpSession } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { parseAddress, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import { addressAfter } from './crowd-members.ts';

/** An agent that says what its route server has, and has none. */
export interface FakeAgent {
  readonly address: string;
  readonly pod: string;
  readonly settingsRevision: string;
  /** Of every session; a minute when left out. */
  readonly uptimeSeconds?: number;
  /** Clients with a session, each one with the next address and AS. */
  readonly clients: readonly { readonly firstAddress: string; readonly firstAsn: number; readonly count: number }[];
}

/** What it answers, by path. */
export function answersOf(agent: FakeAgent): Readonly<Record<string, () => string>> {
  return { [agentPaths.status]: () => withSessions(statusOf(agent), sessionsTextOf(agent)) };
}

/** Made once: to write a thousand sessions takes longer than an agent's own answer. */
const texts = new Map<string, string>();

function sessionsTextOf(agent: FakeAgent): string {
  const known = texts.get(agent.address) ?? JSON.stringify(sessionsOf(agent));
  texts.set(agent.address, known);
  return known;
}

function withSessions(status: AgentStatus, sessions: string): string {
  return JSON.stringify(status).replace('"list":[]', () => `"list":${sessions}`);
}

/** Typed as the agent's own, so that it changes with it. */
function statusOf({ address, pod, settingsRevision }: FakeAgent): AgentStatus {
  const now = new Date().toISOString();
  return {
    ...servingStatus,
    agent: { ...servingStatus.agent, now, pod, address: ip(address) },
    settings: { ...servingStatus.settings, revision: settingsRevision },
    sessions: { kind: 'read', ageMs: 0, list: [], passedOver: [] },
  };
}

function sessionsOf({ clients, uptimeSeconds = 60 }: FakeAgent): readonly BgpSession[] {
  return clients.flatMap(({ firstAddress, firstAsn, count }) =>
    Array.from({ length: count }, (_, index) => ({
      ...sessionOf(ip(addressAfter(firstAddress, index)), asn(firstAsn + index)),
      uptimeSeconds,
    })),
  );
}

function sessionOf(address: IpAddress, remoteAsn: Asn): Omit<BgpSession, 'uptimeSeconds'> {
  return {
    address,
    group: 'MESHRR-CLIENTS',
    kind: 'range-client',
    state: 'established',
    remoteAsn,
    remoteRouterId: address,
    establishedCount: 1,
    droppedCount: 0,
    receivedMessages: 30,
    receivedPrefixes: 20,
    sentPrefixes: 40,
    endOfRib: { received: true, sent: true },
  };
}

function ip(text: string): IpAddress {
  const address = parseAddress(text);
  if (!address) throw new Error(`${text} is no address`);
  return address;
}

function asn(number: number): Asn {
  const value = parseAsn(String(number));
  if (value === undefined) throw new Error(`${String(number)} is no AS number`);
  return value;
}

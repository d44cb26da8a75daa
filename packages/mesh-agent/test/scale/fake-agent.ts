import { agentPaths, type AgentStatus, type BgpSession } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { parseAddress, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import { addressAfter } from './crowd-members.ts';

/** An agent that says what its route server has, and has none. */
export interface FakeAgent {
  readonly address: string;
  readonly pod: string;
  readonly settingsRevision: string;
  /** Clients with a session, each one with the next address and AS. */
  readonly clients: readonly { readonly firstAddress: string; readonly firstAsn: number; readonly count: number }[];
}

/** What it answers, by path. */
export function answersOf(agent: FakeAgent): Readonly<Record<string, () => string>> {
  return { [agentPaths.status]: () => JSON.stringify(statusOf(agent)) };
}

/** Typed as the agent's own, so that it changes with it. */
function statusOf({ address, pod, settingsRevision, clients }: FakeAgent): AgentStatus {
  const now = new Date().toISOString();
  return {
    ...servingStatus,
    agent: { ...servingStatus.agent, now, pod, address: ip(address) },
    settings: { ...servingStatus.settings, revision: settingsRevision },
    sessions: clients.flatMap(({ firstAddress, firstAsn, count }) =>
      Array.from({ length: count }, (_, index) =>
        sessionOf(ip(addressAfter(firstAddress, index)), asn(firstAsn + index)),
      ),
    ),
  };
}

function sessionOf(address: IpAddress, remoteAsn: Asn): BgpSession {
  return {
    address,
    group: 'MESHRR-CLIENTS',
    kind: 'range-client',
    state: 'established',
    remoteAsn,
    remoteRouterId: address,
    uptimeSeconds: 60,
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

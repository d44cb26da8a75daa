import { agentPaths, clientsFields, type AgentStatus, type BgpSession } from '@meshrs/contract';
import { servingStatus } from '@meshrs/contract/status/test-data';
import { parseAddress, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import { machineClock } from '../../src/async/clock.ts';
import { shareFor } from '../../src/async/share.ts';
import { answerTo, jsonAnswer, type Answer } from '../../src/http/answer.ts';
import { createClientsAnswer } from '../../src/http/clients-answer.ts';
import { addressAfter } from './crowd-members.ts';

/** An agent that says what its route server has, and has none. */
export interface FakeAgent {
  readonly address: string;
  readonly pod: string;
  readonly settingsRevision: string;
  /** Of every session; a minute when left out. */
  readonly uptimeSeconds?: number;
  /** Clients with a session, each one with the next address and AS. */
  readonly clients: readonly FakeClients[];
}

export interface FakeClients {
  readonly firstAddress: string;
  readonly firstAsn: number;
  readonly count: number;
  /** Of each, from a client that knows no End-of-RIB; left out: of clients that do. */
  readonly routesOfEach?: number;
}

/** What it answers, by path, made by the code of the agent itself; `ifNoneMatch` is the tag that the reader has. */
export function answersOf(
  agent: FakeAgent,
): Readonly<Record<string, (ifNoneMatch: string | undefined) => Promise<Answer>>> {
  const sessions = sessionsOf(agent);
  const startedAtMs = machineClock.monotonicMs();
  const status = () => statusOf(agent, sessions, Math.floor((machineClock.monotonicMs() - startedAtMs) / 1000));
  // Hundreds of agents are one process here: what takes each of them some milliseconds a second is made once a minute.
  const made = shareFor(
    60_000,
    machineClock,
    createClientsAnswer(machineClock, () => Promise.resolve(status())),
  );
  return {
    [agentPaths.status]: () => Promise.resolve(jsonAnswer(200, status())),
    [agentPaths.clients]: async (ifNoneMatch) => {
      const fields = {
        [clientsFields.ageMs]: '0',
        [clientsFields.now]: new Date().toISOString(),
        [clientsFields.atMs]: String(Math.round(machineClock.monotonicMs())),
      };
      return answerTo({ ...(await made()), fields }, ifNoneMatch);
    },
  };
}

/** Typed as the agent's own, so that it changes with it. */
function statusOf(
  { address, pod, settingsRevision }: FakeAgent,
  sessions: readonly BgpSession[],
  elapsedSeconds: number,
): AgentStatus {
  const now = new Date().toISOString();
  return {
    ...servingStatus,
    agent: { ...servingStatus.agent, now, pod, address: ip(address) },
    settings: { ...servingStatus.settings, revision: settingsRevision },
    sessions: {
      ...{ kind: 'read', ageMs: 0, passedOver: [] },
      list: sessions.map((session) => ({
        ...session,
        uptimeSeconds: (session.uptimeSeconds ?? 0) + elapsedSeconds,
        receivedMessages: session.receivedMessages + Math.floor(elapsedSeconds),
      })),
    },
  };
}

function sessionsOf({ clients, uptimeSeconds = 60 }: FakeAgent): readonly BgpSession[] {
  return clients.flatMap(({ firstAddress, firstAsn, count, routesOfEach }) =>
    Array.from({ length: count }, (_, index) => ({
      ...sessionOf(ip(addressAfter(firstAddress, index)), asn(firstAsn + index)),
      uptimeSeconds,
      ...(routesOfEach !== undefined && {
        receivedPrefixes: routesOfEach,
        endOfRib: { received: false, sent: true },
      }),
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

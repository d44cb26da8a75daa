import { formatAsdot } from '@meshrs/network';
import { table } from './table.ts';
import type { LabPlan } from '../plan/lab-plan.ts';
import { sessionsOf } from '../route-servers/agent-status.ts';
import type { LabStatus } from './gather.ts';

/** The status as a network engineer reads it: VIPs, route servers, sessions. */
export function formatStatus(status: LabStatus, plan: LabPlan, nowMs: number): string {
  return [
    section('VIPs', vips(status)),
    section('Route servers', routeServers(status)),
    section('Clients', clients(status, plan, nowMs)),
    section('MetalLB', metallb(status, nowMs)),
    ...(status.nodesNotReady.length > 0 ? [`Nodes not Ready: ${status.nodesNotReady.join(', ')}`] : []),
    ...(status.deadDaemons.length > 0
      ? [`Ended, which they should not: ${status.deadDaemons.join(', ')} (meshrs lab logs LAB NAME)`]
      : []),
  ].join('\n\n');
}

function vips({ vips: list }: LabStatus): string {
  return table(
    ['SIDE', 'VIP', 'ANNOUNCED BY', 'TO', 'ROUTE SERVERS'],
    list.map(({ side, vip, announcements, pods }) => [
      side,
      vip,
      distinct(announcements.map(({ node }) => node)),
      distinct(announcements.map(({ router }) => router)),
      `${String(pods.filter(({ isReady }) => isReady).length)}/${String(pods.length)} Ready`,
    ]),
  );
}

function routeServers({ routeServers: list }: LabStatus): string {
  return table(
    [
      'POD',
      'SIDE',
      'NODE',
      'STATE',
      'ROUTER-ID',
      'ENGINE',
      'MESH',
      'CLIENTS',
      'RECEIVED',
      'SENT',
      'EVICTED',
      'RESTARTS',
    ],
    list.map(({ name, side, pod, agent }) => {
      const sessions = sessionsOf(agent);
      const of = (isMesh: boolean) => (sessions ?? []).filter(({ kind }) => (kind === 'mesh') === isMesh);
      const up = (isMesh: boolean): string =>
        `${String(of(isMesh).filter(({ state }) => state === 'established').length)}/${String(of(isMesh).length)} up`;
      const sum = (values: readonly (number | undefined)[]): string =>
        String(values.reduce<number>((total, value) => total + (value ?? 0), 0));
      return [
        name,
        side,
        pod?.node ?? '-',
        stateOf(pod?.isReady, pod?.phase, agent?.drain.phase),
        agent?.agent.routerId ?? '-',
        agent?.engine.version ?? '-',
        sessions ? up(true) : '-',
        sessions ? up(false) : '-',
        sessions ? sum(of(false).map(({ receivedPrefixes }) => receivedPrefixes)) : '-',
        sessions ? sum(of(false).map(({ sentPrefixes }) => sentPrefixes)) : '-',
        agent ? String(agent.evictions.length) : '-',
        String(pod?.restarts ?? 0),
      ];
    }),
  );
}

function stateOf(isReady: boolean | undefined, phase: string | undefined, drain: string | undefined): string {
  if (phase === undefined) return 'missing';
  if (drain !== undefined && drain !== 'serving') return drain;
  return isReady === true ? 'Ready' : phase === 'Running' ? 'not Ready' : phase;
}

function clients({ sessions }: LabStatus, plan: LabPlan, nowMs: number): string {
  return table(
    ['CLIENT', 'AS', 'DAEMON', 'SIDE', 'VIP', 'STATE', 'UP FOR', 'RECEIVED', 'SENT'],
    sessions.map(({ client, side, vip, state, establishedAtMs, received, sent }) => {
      const definition = plan.clients.find(({ name }) => name === client);
      return [
        client,
        definition ? formatAsdot(definition.client.asn) : '-',
        definition?.daemon ?? '-',
        side,
        vip,
        state,
        since(establishedAtMs, nowMs),
        String(received),
        String(sent),
      ];
    }),
  );
}

function metallb({ metallb: list }: LabStatus, nowMs: number): string {
  return table(
    ['NODE', 'ROUTER', 'STATE', 'UP FOR', 'VIPS'],
    list.map(({ node, router, state, establishedAtMs, vips: count }) => [
      node,
      router,
      state,
      since(establishedAtMs, nowMs),
      String(count),
    ]),
  );
}

function section(title: string, text: string): string {
  return `${title}\n${text}`;
}

function distinct(values: readonly string[]): string {
  return [...new Set(values)].sort().join(', ') || 'nobody';
}

/** "2h03m", "4m07s", "12s". */
export function since(momentMs: number | undefined, nowMs: number): string {
  if (momentMs === undefined) return '-';
  const seconds = Math.max(0, Math.round((nowMs - momentMs) / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds >= 3600) return `${String(Math.floor(seconds / 3600))}h${two(Math.floor((seconds % 3600) / 60))}m`;
  return seconds >= 60 ? `${String(Math.floor(seconds / 60))}m${two(seconds % 60)}s` : `${String(seconds)}s`;
}

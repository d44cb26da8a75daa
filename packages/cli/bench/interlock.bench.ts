import { milliseconds, type Benchmark } from '@meshrs/bench';
import { turnPath } from '@meshrs/contract';
import { waitFor } from '@meshrs/test-kit/wait';
import {
  pathOf,
  startGuardedCluster,
  users,
  type Answer,
  type GuardedCluster,
} from '../test/interlock/guarded-cluster.ts';

/*
 * What the interlock costs a request: updates that pass, one after the other, of one kube-apiserver that decides by its policies,
 * and of the same one while nothing binds them. By turns, so that both meet the same machine.
 */

const requestsPerRound = 40;
const rounds = 7;
const core = '/api/v1/namespaces/meshrr';

const kinds: Readonly<Record<string, (turn: string) => string>> = {
  StatefulSet: () => '/apis/apps/v1/namespaces/meshrr/statefulsets/routeserver-b',
  pod: () => `${core}/pods/routeserver-b-0`,
  Service: () => `${core}/services/routeserver-b`,
  'ConfigMap of settings': () => `${core}/configmaps/routeserver-b-settings`,
  'ConfigMap of others': () => '/api/v1/namespaces/other/configmaps/others',
  turn: turnPath,
};

/** Medians of one round, of each kind. */
type Round = ReadonlyMap<string, { readonly bound: number; readonly free: number }>;
const measured: Round[] = [];
let started: Promise<GuardedCluster> | undefined;

export const benchmarks: Benchmark[] = [
  ...Object.keys(kinds).map((kind) =>
    figure(
      `a request to a ${kind}: with the policies so many times as long as without`,
      'x',
      kind,
      ({ bound, free }) => bound / free,
    ),
  ),
  ...Object.keys(kinds).map((kind) => ({
    ...figure(`the same, ${kind}: added`, 'ms', kind, ({ bound, free }) => bound - free),
    wanted: '20 ms or less',
  })),
].map((benchmark, at, all) => (at === all.length - 1 ? { ...benchmark, tearDown: stop } : benchmark));

function figure(
  name: string,
  unit: string,
  kind: string,
  of: (medians: { readonly bound: number; readonly free: number }) => number,
): Benchmark {
  let next = 0;
  return {
    ...{ name, unit, runs: rounds },
    sample: async () => {
      const round = (measured[next] ??= await measureRound());
      next += 1;
      const medians = round.get(kind);
      if (!medians) throw new Error(`nothing of ${kind} was measured`);
      return of(medians);
    },
  };
}

async function measureRound(): Promise<Round> {
  const cluster = await (started ??= start());
  const bound = await mediansOf(cluster);
  await unbind(cluster);
  const free = await mediansOf(cluster);
  await bind(cluster);
  return new Map(
    Object.keys(kinds).map((kind) => [kind, { bound: bound.get(kind) ?? NaN, free: free.get(kind) ?? NaN }]),
  );
}

async function start(): Promise<GuardedCluster> {
  const cluster = await startGuardedCluster();
  const others = { metadata: { name: 'others' }, data: { a: 'b' } };
  await cluster.send({ as: 'admin', method: 'POST', path: '/api/v1/namespaces/other/configmaps', body: others });
  await cluster.open({ open: 'none', by: users.gate, reason: 'a benchmark' });
  return cluster;
}

async function stop(): Promise<void> {
  await (await started)?.stop();
}

async function mediansOf(cluster: GuardedCluster): Promise<ReadonlyMap<string, number>> {
  const medians = new Map<string, number>();
  for (const [kind, path] of Object.entries(kinds)) {
    const samples: number[] = [];
    for (let at = 0; at < requestsPerRound; at++) {
      // Another value each time: an update that changes nothing is not written.
      const body = { metadata: { annotations: { note: String(performance.now()) } } };
      let answer: Answer | undefined;
      samples.push(
        await milliseconds(async () => {
          answer = await cluster.send({ as: 'argocd', method: 'PATCH', path: path(cluster.turn), body });
        }),
      );
      if (answer?.status !== 200) throw new Error(`${kind}: ${answer?.message ?? 'no answer'}`);
    }
    samples.sort((one, other) => one - other);
    medians.set(kind, samples[Math.floor(samples.length / 2)] ?? NaN);
  }
  return medians;
}

const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

async function unbind(cluster: GuardedCluster): Promise<void> {
  await cluster.send({ as: 'manager', method: 'DELETE', path: bindings });
  await waitFor(
    'nothing is bound',
    () => scaled(cluster),
    ({ status }) => status === 200,
    30_000,
    200,
  );
}

async function bind(cluster: GuardedCluster): Promise<void> {
  const all = cluster.policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding');
  for (const each of all) await cluster.restore(pathOf(each));
  await waitFor(
    'all is bound',
    () => scaled(cluster),
    ({ status }) => status === 403,
    30_000,
    200,
  );
}

let replicas = 10;

/** Guarded, and another number each time: the same is free. */
function scaled(cluster: GuardedCluster): Promise<Answer> {
  return cluster.send({
    ...{ as: 'admin', method: 'PATCH', path: `${kinds['StatefulSet']?.(cluster.turn) ?? ''}/scale` },
    body: { spec: { replicas: replicas++ } },
  });
}

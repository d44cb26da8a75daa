import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { applicationsPath } from '../argocd/applications.ts';
import { connect } from '../cluster/connect.ts';
import { findHierarchies } from '../host/cgroups.ts';
import { clusterPaths } from '../lab/lab-cluster.ts';
import { labOf } from '../lab/lab.ts';
import { rollOutFile, type RollOutEvent } from './roll-out-log.ts';
import { applicationEvent, configMapEvent, podEvent, readEvent, statefulSetEvent } from './watched-objects.ts';

/*
 * Writes down every change of Argo CD's Applications and of the route servers' pods and StatefulSets, a line of JSON
 * each, of one cluster.
 *
 *   observer-main.ts REPOSITORY LAB CLUSTER NAMESPACE
 */
const [repository = '', name = '', cluster = '', namespace = ''] = process.argv.slice(2);
const lab = labOf(repository, name, findHierarchies());
const api = connect({ lab, paths: clusterPaths(lab, cluster) });
const last = new Map<string, string>();

await Promise.all([
  follow(applicationsPath, (object) => applicationEvent(object, now())),
  follow(`/api/v1/namespaces/${namespace}/pods`, (object, isGone) => podEvent(object, isGone, now())),
  follow(`/apis/apps/v1/namespaces/${namespace}/statefulsets`, (object) => statefulSetEvent(object, now())),
  follow(`/api/v1/namespaces/${namespace}/configmaps`, (object) => configMapEvent(object, now())),
]);

/** kube-apiserver ends a watch after some minutes; what a new one begins with is known and left out. */
async function follow(path: string, read: (object: unknown, isGone: boolean) => RollOutEvent): Promise<never> {
  for (;;) {
    await api.watch(path, (event) => {
      const one = readEvent(event, read);
      if (one) write(one);
    });
    await sleep(50);
  }
}

function write(event: RollOutEvent): void {
  const { atMs, ...rest } = event;
  const key = `${event.kind}/${event.name}`;
  const text = JSON.stringify(rest);
  if (last.get(key) === text) return;
  last.set(key, text);
  appendFileSync(rollOutFile(lab), `${JSON.stringify({ atMs, ...rest })}\n`);
}

/** Wall-clock time with the fractions of the monotonic clock. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

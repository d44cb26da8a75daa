import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { argoCdObjects, interlockApps } from '@meshrs/manifests';
import { casesFolder, readText } from '@meshrs/manifests/test-support';
import { waitFor } from '@meshrs/test-kit/wait';
import { locateTool } from '@meshrs/tools/locate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { definitionsOf, pathOf, startGuardedCluster, type GuardedCluster } from './guarded-cluster.ts';
import { turns } from './rows.ts';

/*
 * The runbook in docs/operations.md by which a fleet goes, line by line, as an administrator types it. In place of kubelets, which
 * there are none of, the test ends the pods, and opens in place of `meshrs open`.
 */

let cluster: GuardedCluster;
beforeAll(async () => {
  cluster = await startGuardedCluster();
  const topology = readText(readFileSync(join(casesFolder, 'management/topology.yaml'), 'utf8'));
  const scope = { cluster: 'dci', topology, hasCustom: false };
  for (const object of await definitionsOf('manifests/crds/{application,appproject}-crd.yaml', 'argocd/3.2')) {
    await made(pathOf(object), object);
  }
  const all = [...argoCdObjects(scope, 'overlays/dci'), ...interlockApps(scope).map(({ object }) => object)];
  for (const object of all.filter(({ kind }) => ['Application', 'AppProject'].includes(kind))) {
    await made(pathOf(object), object);
  }
});
afterAll(async () => {
  await cluster.stop();
});

async function made(path: string, body: unknown): Promise<void> {
  await waitFor(
    `${path} is made`,
    () => cluster.send({ as: 'manager', method: 'PATCH', patch: 'apply', path: `${path}?fieldManager=test`, body }),
    ({ status }) => status < 300,
    30_000,
    100,
  );
}

interface Ran {
  readonly isDone: boolean;
  readonly said: string;
}

async function typed(line: string): Promise<Ran> {
  const args = line.replace(/^kubectl /, '').split(/ +/);
  // Where nobody is there who would end it, kubectl would wait for ever.
  const waits = args.includes('namespace') ? ['--wait=false'] : [];
  const kubeconfig = `--kubeconfig=${cluster.kubeconfig('admin')}`;
  try {
    const { stdout } = await promisify(execFile)(locateTool('kubectl'), [kubeconfig, ...args, ...waits]);
    return { isDone: true, said: stdout };
  } catch (error) {
    return { isDone: false, said: String((error as { readonly stderr?: unknown }).stderr) };
  }
}

/** Of a kind without namespace "all" is no word. */
async function named(kinds: string): Promise<readonly string[]> {
  const { said } = await typed(`kubectl get ${kinds} -A -l app.kubernetes.io/part-of=meshrs -o name`);
  return said.split('\n').filter((line) => line !== '');
}

const kinds = [
  'statefulset,service,configmap,networkpolicy,poddisruptionbudget,serviceaccount,role,rolebinding',
  'bgpadvertisement,l2advertisement,bgppeer,bfdprofile,ipaddresspool',
  'validatingadmissionpolicybinding,validatingadmissionpolicy,clusterrolebinding,clusterrole',
  'applications.argoproj.io,appprojects.argoproj.io',
].join(',');

test('the commands by which a fleet goes: refused while it is closed, and then nothing of it is left', async () => {
  const [applications, whileOpen, last] = blocks();
  const lines = [...whileOpen, ...last];
  // Of MetalLB's namespace the gates' Roles are nobody's to keep: without them a gate does not pass.
  const refused = whileOpen.filter((line) => !line.includes(' wait ') && !line.includes('role,rolebinding'));

  await cluster.open(turns.closed);
  const before = await named(kinds);
  for (const line of refused) {
    const { isDone, said } = await typed(line);
    expect([line, isDone, said.includes('denied request: ')]).toEqual([line, false, true]);
  }
  const kept = await named(kinds);
  expect(before.filter((name) => !kept.includes(name))).toEqual([]);
  expect(before.length).toBeGreaterThan(60);

  for (const line of applications) expect(await typed(line)).toMatchObject({ isDone: true });
  await cluster.open(turns.all);
  // In place of kubelets, the end of the pods.
  for (const folder of ['meshrr', 'metallb']) {
    await cluster.send({
      ...{ as: 'manager', method: 'DELETE' },
      path: `/api/v1/namespaces/${folder}/pods?gracePeriodSeconds=0`,
    });
  }
  const manager = cluster.runControllers('namespace-controller,garbage-collector-controller', { ownAccounts: true });
  for (const line of lines) {
    expect({ line, ...(await typed(line)) }).toMatchObject({ line, isDone: true });
    if (!line.startsWith('kubectl delete namespace')) continue;
    const name = line.split(' ').at(-1) ?? '';
    await waitFor(
      `${name} is gone`,
      () => cluster.send({ as: 'admin', method: 'GET', path: `/api/v1/namespaces/${name}` }),
      ({ status }) => status === 404,
      60_000,
      200,
    );
  }
  await manager.end();
  expect(await named(kinds)).toEqual([]);
  const { said } = await typed('kubectl get nodes -l side -o name');
  expect(said).toBe('');
});

/** Of the three blocks of commands the lines, without comments and without those of meshrs itself. */
function blocks(): readonly [readonly string[], readonly string[], readonly string[]] {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs/operations.md'), 'utf8');
  const [, section = ''] = text.split('- _The fleet._');
  const [runbook = ''] = section.split('_By mistake:_');
  const found = runbook
    .split(/\n\n/)
    .filter((paragraph) => /^ {6}kubectl/.test(paragraph))
    .map((paragraph) =>
      paragraph
        .split('\n')
        .map((line) => line.replace(/ +#.*/, '').trim())
        .filter((line) => line.startsWith('kubectl ')),
    );
  const [first, second, third] = found;
  if (!first || !second || !third || found.length !== 3) throw new Error('docs/operations.md has another runbook');
  return [first, second, third];
}

import { expect, test } from 'vitest';
import { runBuild } from '../../src/building/run-build.ts';
import { runCheck } from '../../src/checking/run-check.ts';
import { scratchRepository, tools, type ScratchRepository } from '../support/scratch-repository.ts';

test('kustomize and the schemas of each Kubernetes take the interlock as it is', async () => {
  const repository = await built();

  const [argoCd] = await reportOf(repository);

  expect(argoCd?.problems).toEqual([]);
  for (const report of ['interlock-1.35', 'interlock-1.36']) {
    expect(argoCd?.junit[report]).toContain('turns.meshrs.dev');
    expect(argoCd?.junit[report]?.match(/<testcase /g)?.length).toBeGreaterThan(50);
  }
});

test('they refuse a policy, a definition and a turn with a field that does not exist', async () => {
  const repository = await built();
  const folder = 'clusters/dci/interlock';
  repository.edit(`${folder}/policy-scale.yaml`, '  failurePolicy:', '  failurePolicies: Fail\n  failurePolicy:');
  repository.edit(`${folder}/turn-definition.yaml`, '  scope: Cluster', '  scopes: Cluster\n  scope: Cluster');
  repository.edit(`${folder}/turn.yaml`, 'metadata:', 'spec: { open: a, by: x, opens: b }\nmetadata:');

  const [argoCd] = await reportOf(repository);

  const refused = [...new Set(argoCd?.problems.map(({ code, where }) => `${code} ${where}`))].sort();
  expect(refused).toEqual([
    'schema-invalid clusters/dci/interlock: CustomResourceDefinition.apiextensions.k8s.io turns.meshrs.dev',
    'schema-invalid clusters/dci/interlock: Turn.meshrs.dev meshrr-evpnrs.meshrr',
    'schema-invalid clusters/dci/interlock: ValidatingAdmissionPolicy.admissionregistration.k8s.io scale.meshrr-evpnrs.meshrr',
  ]);
});

async function built(): Promise<ScratchRepository> {
  const repository = scratchRepository();
  await runBuild({ repository: repository.path, tools });
  return repository;
}

async function reportOf(repository: ScratchRepository) {
  const report = await runCheck({ repository: repository.path, tools });
  return report.argoCd;
}

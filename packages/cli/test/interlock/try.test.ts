import { test } from 'vitest';
import { interlockObjects } from '@meshrs/manifests';
import { topologyOf } from '@meshrs/manifests/test-support';
import { startKubeApiserver } from '../../src/validating/kube-apiserver.test-support.ts';

test('try', { timeout: 300_000 }, async () => {
  const api = await startKubeApiserver();
  const topology = topologyOf('everything-set');
  const cluster = Object.keys(topology.placement.clusters)[0] ?? '';
  const objects = interlockObjects({ cluster, topology, hasCustom: false });
  const plural: Record<string, string> = {
    CustomResourceDefinition: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    Turn: '/apis/meshrs.dev/v1/turns',
    ValidatingAdmissionPolicy: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
    ValidatingAdmissionPolicyBinding: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  };
  for (const { object } of objects) {
    const path = `${plural[object.kind] ?? ''}/${object.metadata.name}?fieldManager=t&force=true&fieldValidation=Strict`;
    let answer = await api.request('PATCH', path, object);
    for (let i = 0; i < 50 && answer.status === 404; i++) {
      await new Promise((r) => setTimeout(r, 100));
      answer = await api.request('PATCH', path, object);
    }
    if (answer.status > 201 || answer.warnings.length) console.log(object.kind, object.metadata.name, answer.status, JSON.stringify((answer.body as any).message ?? answer.body).slice(0, 3000), answer.warnings);
  }
  await api.stop();
});

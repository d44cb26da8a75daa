import { describe, expect, it } from 'vitest';
import { environmentOf, parts, readUpstream } from './upstream.ts';

describe("upstream's install.yaml", () => {
  it('has a workload and an account with rights for every part that the lab starts', async () => {
    const { definitions, objects, workloads } = await readUpstream();
    expect(definitions.map(({ metadata }) => metadata.name).sort()).toEqual([
      'applications.argoproj.io',
      'applicationsets.argoproj.io',
      'appprojects.argoproj.io',
    ]);
    for (const part of parts) {
      expect(workloads.has(part)).toBe(true);
      expect(objects.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === part)).toBe(true);
    }
    expect(
      objects.filter(({ kind, metadata }) => !kind.startsWith('Cluster') && metadata.namespace !== 'argocd'),
    ).toEqual([]);
  });

  it('gives a part the environment that its pod would have', async () => {
    const controller = (await readUpstream()).workloads.get('argocd-application-controller');
    if (!controller) throw new Error('no controller');
    const environment = environmentOf(controller, {
      'argocd-cmd-params-cm': { 'controller.sync.timeout.seconds': '600', 'unknown.key': 'x' },
      'argocd-cm': { 'timeout.reconciliation': '0s' },
    });
    expect(environment).toMatchObject({
      ARGOCD_APPLICATION_CONTROLLER_SYNC_TIMEOUT: '600',
      ARGOCD_RECONCILIATION_TIMEOUT: '0s',
    });
    expect(Object.values(environment)).not.toContain('x');
    expect(environment).not.toHaveProperty('REDIS_PASSWORD');
  });
});

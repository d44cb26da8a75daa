import { describe, expect, it } from 'vitest';
import { formatProblem, readEnvironment } from './environment.ts';

const pod = { POD_IP: '192.0.2.1', POD_NAME: 'rs-a-0', POD_NAMESPACE: 'meshrr' };

describe('readEnvironment', () => {
  it('reads what the manifests give', () => {
    const api = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
    const variables = { ...pod, ...api, MESHRS_POD_REVISION: '5f2c' };
    expect(readEnvironment(variables)).toEqual({
      ok: true,
      value: {
        podIp: '192.0.2.1',
        podName: 'rs-a-0',
        namespace: 'meshrr',
        updateSeconds: 30,
        podRevision: '5f2c',
        kubernetesApi: { host: '10.96.0.1', port: '443' },
        secrets: [],
      },
    });
  });

  it.each([
    ['', 30],
    ['0', 0],
    ['0.3', 0.3],
    ['120', 120],
    ['86400', 86_400],
    ['86400.0', 86_400],
  ])('takes UPDATE_SECONDS "%s" as %d', (text, updateSeconds) => {
    expect(readEnvironment({ ...pod, UPDATE_SECONDS: text })).toMatchObject({ ok: true, value: { updateSeconds } });
  });

  it.each(['86400.1', '86401', '-1', '1e3', '0x10', '.5', '5.', ' 5', 'Infinity'])(
    'refuses UPDATE_SECONDS "%s"',
    (text) => {
      expect(readEnvironment({ ...pod, UPDATE_SECONDS: text })).toMatchObject({
        ok: false,
        problems: [{ variable: 'UPDATE_SECONDS', seen: text }],
      });
    },
  );

  it.each([
    ['an address', { POD_NAME: 'rs-a-0' }, ['POD_IP']],
    ['a name', { POD_IP: '192.0.2.1' }, ['POD_NAME']],
    ['an address or a name that is not empty', { POD_IP: '', POD_NAME: '' }, ['POD_IP', 'POD_NAME']],
  ])('refuses a pod without %s', (_, variables, missing) => {
    const read = readEnvironment(variables);
    if (read.ok) throw new Error('it must be refused');
    expect(read.problems.map(({ variable, seen }) => [variable, seen])).toEqual(
      missing.map((variable) => [variable, '(not set)']),
    );
  });

  it('takes what is empty as not set', () => {
    const names = ['POD_NAMESPACE', 'UPDATE_SECONDS', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'];
    const others = ['KUBECONFIG', 'MESHRS_POD_REVISION', 'LICENSE_KEY', 'ENCRYPTED_ROOT_PW'];
    const empty = Object.fromEntries([...names, ...others].map((name) => [name, '']));
    expect(readEnvironment({ ...empty, POD_IP: '2001:db8::1', POD_NAME: 'rs-a-0' })).toEqual({
      ok: true,
      value: { podIp: '2001:db8::1', podName: 'rs-a-0', namespace: 'default', updateSeconds: 30, secrets: [] },
    });
  });

  it.each([{ KUBERNETES_SERVICE_HOST: '10.96.0.1' }, { KUBERNETES_SERVICE_PORT: '443' }])(
    'knows no Kubernetes API by half of its place: %j',
    (half) => {
      const read = readEnvironment({ ...pod, ...half, KUBECONFIG: '/home/me/.kube/config' });
      expect(read).toMatchObject({ ok: true, value: { namespace: 'meshrr', kubeconfig: '/home/me/.kube/config' } });
      expect(read).not.toHaveProperty('value.kubernetesApi');
    },
  );

  it('tells every problem, with what is allowed and what to do', () => {
    const read = readEnvironment({ POD_IP: '192.0.2.300', UPDATE_SECONDS: 'abc' });
    if (read.ok) throw new Error('it must be refused');
    expect(read.problems.map(formatProblem).join('\n')).toBe(
      [
        'environment variable POD_IP: This is not an address.',
        '  seen:    192.0.2.300',
        "  allowed: the pod's IPv4 or IPv6 address",
        '  do:      set it from the downward API: fieldRef status.podIP',
        'environment variable POD_NAME: It is missing; the router-id comes from it.',
        '  seen:    (not set)',
        "  allowed: the pod's name, which is a key of routerIds in the settings",
        '  do:      set it from the downward API: fieldRef metadata.name',
        'environment variable UPDATE_SECONDS: This is not a number of seconds.',
        '  seen:    abc',
        '  allowed: a number from 0 to 86400; below 1 counts as 1',
        '  do:      remove it for the default, 30',
      ].join('\n'),
    );
  });

  it('knows which values are secrets', () => {
    expect(readEnvironment({ ...pod, LICENSE_KEY: 'E0-1', ENCRYPTED_ROOT_PW: '$6$x' })).toMatchObject({
      value: { secrets: ['E0-1', '$6$x'] },
    });
  });
});

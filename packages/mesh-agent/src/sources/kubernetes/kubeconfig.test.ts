import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inClusterAccess } from './in-cluster.ts';
import { kubeconfigAccess } from './kubeconfig.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'meshrs-kubeconfig-'));
  file = path.join(folder, 'config');
});
afterEach(() => rm(folder, { recursive: true }));

const kubeconfig = (server: string) => `current-context: lab
contexts: [{name: lab, context: {cluster: lab, user: admin}}]
clusters: [{name: lab, cluster: {server: "${server}"}}]
users: [{name: admin, user: {token: s3cret}}]
`;

describe('kubeconfigAccess', () => {
  it('reaches the API at the address of the current context', async () => {
    await writeFile(file, kubeconfig('https://192.0.2.1:6443'));
    const access = await kubeconfigAccess(file);
    expect(access.server.href).toBe('https://192.0.2.1:6443/');
    expect(await access.credentials()).toEqual({ token: 's3cret' });
  });

  it.each([
    [kubeconfig('http://127.0.0.1:8080'), 'cluster.server of "lab" is http://127.0.0.1:8080; allowed: https://….'],
    [kubeconfig('unix:///run/api.sock'), 'cluster.server of "lab" is unix://; allowed: https://….'],
    [
      kubeconfig('http://admin:s3cret@192.0.2.1/s3cret'),
      'cluster.server of "lab" is http://192.0.2.1; allowed: https://….',
    ],
    [kubeconfig('192.0.2.1:6443'), 'cluster.server of "lab" is "192.0.2.1:6443"; allowed: https://….'],
    [kubeconfig(''), 'cluster.server of "lab" is ""; allowed: https://….'],
    ['s3cret', 'it is no kubeconfig: the whole file is missing, or not what kubectl writes there.'],
    ['', 'it is no kubeconfig: the whole file is missing, or not what kubectl writes there.'],
    [
      'current-context: 1\nusers: [{name: admin, user: s3cret}]\n',
      'it is no kubeconfig: current-context, contexts, clusters, users.0.user are missing, or not what kubectl writes there.',
    ],
    ['token: "s3cret\n', 'it is no YAML: Missing closing "quote at line 2, column 1:.'],
    ['{s3cret: [', 'it is no YAML: '],
  ])('refuses in words of ours, without a secret: %s', async (text, words) => {
    await writeFile(file, text);
    const failure = (await kubeconfigAccess(file).catch((thrown: unknown) => thrown)) as Error;
    expect(failure).toMatchObject({ name: 'AgentFailure', code: 'api-access-missing' });
    expect(failure.message).toContain(`The kubeconfig ${file} cannot be used: ${words}`);
    expect(failure.message).not.toMatch(/s3cret|✖|Invalid input|\n/);
  });
});

describe('inClusterAccess', () => {
  it.each([
    [undefined, 'a Role with verbs list and watch on endpointslices of discovery.k8s.io.'],
    ['verb list on pods', 'a Role with verb list on pods.'],
  ])('says what the ServiceAccount needs where it is not mounted: %s', async (rights, words) => {
    const access = inClusterAccess({ host: '10.96.0.1', port: '443' }, folder, rights);
    await expect(access.credentials()).rejects.toMatchObject({
      code: 'api-access-missing',
      message: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ['10.96.0.1', '443', 'https://10.96.0.1/'],
    ['2001:db8::1', '6443', 'https://[2001:db8::1]:6443/'],
  ])('reaches the API at %s port %s', (host, port, href) => {
    expect(inClusterAccess({ host, port }, folder).server.href).toBe(href);
  });

  it.each([
    ['the api', '443'],
    ['10.96.0.1', 'https'],
    ['10.96.0.1', '443443'],
  ])('refuses what is no address: %s port %s', (host, port) => {
    expect(() => inClusterAccess({ host, port }, folder)).toThrow('allowed: a host or an address, and a port');
  });
});

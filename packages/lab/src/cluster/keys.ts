import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../host/run.ts';
import type { LabCluster } from '../lab/lab-cluster.ts';
import type { Tools } from '../lab/tools.ts';
import { tokenFile, type Accounts } from './accounts.ts';

/** Files that only root reads. */
export interface KeyFiles {
  /** kube-apiserver's own certificate; it signs itself, so it is the authority that clients trust, too. */
  readonly apiCertificate: string;
  readonly apiKey: string;
  /** Signs the tokens of service accounts. */
  readonly serviceAccountKey: string;
  readonly tokens: string;
}

export function keyFiles({ paths: { keys } }: Pick<LabCluster, 'paths'>): KeyFiles {
  return {
    apiCertificate: join(keys, 'api.crt'),
    apiKey: join(keys, 'api.key'),
    serviceAccountKey: join(keys, 'service-account.key'),
    tokens: join(keys, 'tokens.csv'),
  };
}

/** Makes the keys of a cluster; the certificate names every address and name under which the API is reached. */
export async function makeKeys(
  cluster: LabCluster,
  tools: Tools,
  hostAddress: string,
  accounts: Accounts,
): Promise<void> {
  const { lab, plan, paths } = cluster;
  const files = keyFiles(cluster);
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 });
  writeFileSync(files.tokens, tokenFile(accounts), { mode: 0o600 });
  const names = [
    ...['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'].map(
      (name) => `DNS:${name}`,
    ),
    ...[plan.apiAddress, plan.apiService, hostAddress, '127.0.0.1'].map((address) => `IP:${address}`),
  ];
  await Promise.all([
    run([
      tools.openssl,
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
      ...['-subj', `/CN=meshrs-lab-${lab.name}`, '-addext', `subjectAltName=${names.join(',')}`],
      ...['-keyout', files.apiKey, '-out', files.apiCertificate],
    ]),
    // Kubernetes reads the key in the form of RFC 5915 only.
    run([tools.openssl, 'ecparam', '-genkey', '-noout', '-name', 'prime256v1', '-out', files.serviceAccountKey]),
  ]);
}

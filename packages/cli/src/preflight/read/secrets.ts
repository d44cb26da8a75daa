import type { ClusterApi } from '../../status/cluster-api.ts';
import type { FoundSecret, SecretFacts } from '../facts.ts';
import { known, type Known } from '../known.ts';
import type { Wanted } from '../wanted.ts';
import { look } from './ask.ts';
import * as schemas from './schemas.ts';

export async function readSecrets(api: ClusterApi, { secrets }: Wanted): Promise<readonly SecretFacts[]> {
  return await Promise.all(
    secrets.map(async ({ namespace, name, keys }) => ({
      namespace,
      name,
      wantedKeys: keys,
      found: await readSecret(api, namespace, name),
    })),
  );
}

async function readSecret(api: ClusterApi, namespace: string, name: string): Promise<Known<FoundSecret | undefined>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`;
  const right = `get secret ${name} of namespace ${namespace}`;
  const found = await look(api, { path, right, schema: schemas.secret });
  if (!found.isKnown || found.value === undefined) return found as Known<undefined>;
  const { type, data } = found.value;
  return known({ type, keys: Object.entries(data).map(([key, facts]) => ({ name: key, ...facts })) });
}

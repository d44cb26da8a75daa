import type { FoundSecret, SecretFacts } from '../facts.ts';
import { fail, listed, ok, rowsOf, warn, type PreflightRow } from '../row.ts';

const check = 'secrets';

export function decideSecrets(secrets: readonly SecretFacts[]): readonly PreflightRow[] {
  return secrets.flatMap((secret) => rowsOf(check, secret.found, (found) => decide(secret, found)));
}

function decide({ namespace, name, wantedKeys }: SecretFacts, found: FoundSecret | undefined): readonly PreflightRow[] {
  const id = `${namespace}/${name}`;
  if (found === undefined) {
    return [fail(check, `there is no Secret ${id}`, 'docs/operations.md, "Secrets", says how to make it')];
  }
  const keys = new Map(found.keys.map((key) => [key.name, key]));
  const absent = wantedKeys.filter((key) => keys.get(key)?.isEmpty !== false);
  if (absent.length > 0) {
    return [fail(check, `Secret ${id} has nothing under ${listed(absent)}`, `give it the keys ${listed(wantedKeys)}`)];
  }
  const isPassword = wantedKeys.includes('password');
  if (isPassword && found.type !== 'kubernetes.io/basic-auth') {
    return [
      fail(
        check,
        `Secret ${id} is of type ${found.type}, which MetalLB does not read`,
        'make it anew with --type kubernetes.io/basic-auth: the type of a Secret does not change',
      ),
    ];
  }
  if (isPassword && keys.get('password')?.endsALine === true) {
    return [
      warn(
        check,
        `the password of Secret ${id} ends with a line end, which would be part of it`,
        'write it without (printf %s), unless the routers have it too',
      ),
    ];
  }
  return [ok(check, `Secret ${id} has ${listed(wantedKeys)}`)];
}

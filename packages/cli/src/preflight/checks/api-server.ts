import type { PreflightFacts } from '../facts.ts';
import { byHand, fail, ok, rowsOf, type PreflightRow } from '../row.ts';
import { isOlder, parseVersion } from '../version.ts';

/** ValidatingAdmissionPolicy is served as v1, and on without a flag, since then. */
const oldest = { major: 1, minor: 30 };
const kind = 'validatingadmissionpolicies';
const plugin = 'ValidatingAdmissionPolicy';

export function decideApiServer({
  version,
  admissionKinds,
  admissionPlugins,
}: PreflightFacts): readonly PreflightRow[] {
  return [
    ...rowsOf('kubernetes', version, (text) => [decideVersion(text)]),
    ...rowsOf('admission-policies', admissionKinds, (kinds) => [
      kinds.includes(kind) && kinds.includes('validatingadmissionpolicybindings')
        ? ok('admission-policies', 'ValidatingAdmissionPolicy is served as admissionregistration.k8s.io/v1')
        : fail(
            'admission-policies',
            'the API server does not serve ValidatingAdmissionPolicy as admissionregistration.k8s.io/v1',
            'nothing would keep one side at a time: use Kubernetes 1.30 or newer, and no --runtime-config that takes it away',
          ),
    ]),
    ...rowsOf('admission-plugin', admissionPlugins, (names) => [decidePlugin(names)]),
  ];
}

function decideVersion(text: string): PreflightRow {
  const version = parseVersion(text);
  if (!version) {
    return {
      check: 'kubernetes',
      state: 'unknown',
      seen: `the API server calls itself "${text.slice(0, 60)}", which is no version`,
      next: 'see for yourself that it is 1.30 or newer',
    };
  }
  return isOlder(version, oldest)
    ? fail('kubernetes', `the API server is ${text}`, 'upgrade to Kubernetes 1.30 or newer')
    : ok('kubernetes', `the API server is ${text}`);
}

/** Its metrics name a plugin as soon as it has looked at one request; so they tell of one that is off, too. */
function decidePlugin(names: readonly string[]): PreflightRow {
  if (names.includes(plugin)) return ok('admission-plugin', `the API server runs its plugin ${plugin}`);
  if (names.length > 0) {
    return fail(
      'admission-plugin',
      `the API server runs ${names.slice(0, 4).join(', ')} and others, and not ${plugin}`,
      `take ${plugin} off --disable-admission-plugins of kube-apiserver`,
    );
  }
  return byHand('admission-plugin', 'no plugin of the API server has looked at a request yet', [
    {
      on: 'each node of the control plane',
      run: "ps -o args= -C kube-apiserver | tr ' ' '\\n' | grep disable-admission-plugins",
      expect: `nothing, or a list without ${plugin}`,
    },
  ]);
}

import { controllers } from '@meshrs/manifests';
import type { ApiServerFacts, ControllerFacts, PreflightFacts } from '../facts.ts';
import { firstUnknown } from '../known.ts';
import { fail, listed, ok, unknown, warn, type PreflightRow } from '../row.ts';

/** What differs where somebody else keeps the control plane (docs/operations.md, "A control plane of somebody else's"). */
export function decideControlPlane({
  controllers: facts,
  apiServers,
}: Pick<PreflightFacts, 'controllers' | 'apiServers'>): readonly PreflightRow[] {
  return [decideControllers(facts), decideApiServers(apiServers)];
}

function decideControllers({ accounts, sharedMay }: ControllerFacts): PreflightRow {
  const check = 'controllers';
  const unsure = firstUnknown(...accounts.map(({ isThere }) => isThere));
  if (unsure) return unknown(check, unsure);
  const absent = accounts.flatMap(({ name, isThere }) => (isThere.isKnown && !isThere.value ? [name] : []));
  if (absent.length === 0) return ok(check, "Kubernetes' controllers have accounts of their own");
  if (!sharedMay.isKnown) return unknown(check, sharedMay);
  return sharedMay.value
    ? warn(
        check,
        `Kubernetes' controllers share one user, ${controllers.shared}`,
        'the interlock cannot tell them apart, and lets all of them pass: start kube-controller-manager with --use-service-account-credentials (docs/operations.md, "A control plane of somebody else\'s")',
      )
    : fail(
        check,
        `namespace kube-system has no account ${listed(absent)}, and ${controllers.shared} may not make pods`,
        'the interlock does not know by whose name controllers make pods anew, and would refuse them: start kube-controller-manager with --use-service-account-credentials',
      );
}

function decideApiServers({ addresses, identities }: ApiServerFacts): PreflightRow {
  const check = 'api-servers';
  if (!addresses.isKnown) return unknown(check, addresses);
  if (!identities.isKnown) return unknown(check, identities);
  const [dialled, running] = [addresses.value.length, identities.value];
  if (dialled === 0) {
    return fail(
      check,
      'EndpointSlice default/kubernetes has no address of an API server',
      'a gate could ask none of them, and would open nothing: see to --endpoint-reconciler-type of kube-apiserver',
    );
  }
  if (running === 0) {
    return warn(
      check,
      'no API server says by a Lease that it runs, so that their number is not told',
      `see for yourself that there are no more than a gate can ask, ${listed(addresses.value)}`,
    );
  }
  return running > dialled
    ? warn(
        check,
        `${String(running)} API servers run, behind ${listed(addresses.value)}`,
        'a gate asks those alone that it can dial: one behind may go by an older turn for as long as its watch is late (docs/operations.md, "A control plane of somebody else\'s")',
      )
    : ok(check, `a gate finds ${String(dialled)} API server${dialled === 1 ? '' : 's'} to ask`);
}

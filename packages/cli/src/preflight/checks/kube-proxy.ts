import type { PreflightFacts } from '../facts.ts';
import { byHand, fail, ok, rowsOf, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';

const check = 'kube-proxy';

/** It is who hands a VIP's sessions to the pod, with the address of the client. */
export function decideKubeProxy({ kubeProxy, workloads }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  if (!wanted.isBehindVip) return [];
  return rowsOf(check, kubeProxy, (found) => {
    if (found === undefined) return rowsOf(check, workloads, (list) => [withoutSettings(list.some(isCilium))]);
    const mode = found.mode === '' ? 'iptables' : found.mode;
    if (mode === 'ipvs' && wanted.hasL2 && !found.isStrictArp) {
      return [
        fail(
          check,
          'kube-proxy is in mode ipvs without strictARP, so that each node answers ARP for management addresses',
          'set ipvs.strictARP: true in the ConfigMap kube-system/kube-proxy, and start its pods anew',
        ),
      ];
    }
    if (['iptables', 'ipvs', 'nftables'].includes(mode)) return [ok(check, `kube-proxy is in mode ${mode}`)];
    return [warn(check, `kube-proxy is in mode ${mode}`, 'iptables, nftables and ipvs keep the address of a client')];
  });
}

function isCilium({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean {
  return labels['k8s-app'] === 'cilium' || labels['app.kubernetes.io/name'] === 'cilium-agent';
}

function withoutSettings(hasCilium: boolean): PreflightRow {
  if (hasCilium) {
    return warn(
      check,
      'Cilium may stand in for kube-proxy, which meshrs has not been tried with',
      'try one client on a VIP: the route server has to see its own address (externalTrafficPolicy: Local)',
    );
  }
  return byHand(check, 'there is no ConfigMap kube-system/kube-proxy, so its mode is not told', [
    {
      on: 'a node',
      run: 'curl -s http://127.0.0.1:10249/proxyMode',
      expect: 'iptables, nftables or ipvs; whatever stands in for it must keep the address of a client',
    },
  ]);
}

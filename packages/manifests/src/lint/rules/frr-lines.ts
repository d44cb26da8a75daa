import { frrDebugLevels } from '@meshrs/contract';
import type { BuiltCluster } from '../../built/read-built.ts';
import { mayShareNodes } from '../../built/selects.ts';
import { kindName } from '../../built/object-id.ts';
import { count } from '../../words.ts';
import type { ClusterFacts } from '../cluster-facts.ts';
import { valueAt } from '../kept/kept-field.ts';
import { textIn } from '../meaning/verdict.ts';
import type { Rule, RuleFinding } from '../rule.ts';

export const frrLines: Rule = {
  id: 'frr-lines',
  title: 'Lines of plain FRR configuration, or debug messages of FRR, for nodes of a side',
  why: 'Nothing reads such lines but FRR: one of them shuts the sessions of all nodes, and a line that FRR does not know makes it keep what it had. FRR that writes debug messages may end.',
  isWaivable: false,
  check: (cluster, facts) => [...rawLines(cluster, facts), ...extraLines(cluster, facts), ...logLevels(cluster, facts)],
};

/** frr-k8s puts them behind all that it makes itself (its internal/controller/api_to_config.go, `joinRawConfigs`). */
function rawLines({ frrConfigurations, peers }: BuiltCluster, facts: ClusterFacts): RuleFinding[] {
  if (facts.metallbBackend !== 'frr-k8s') return [];
  return frrConfigurations.flatMap(({ id, view: { spec } }): RuleFinding[] => {
    const lines = spec.raw.rawConfig.trim();
    const peer = peers.find(
      (each) => facts.generated.includes(each.id) && mayShareNodes([spec.nodeSelector], each.view.spec.nodeSelectors),
    );
    if (lines === '' || !peer) return [];
    return [
      {
        object: id,
        message: `The FRRConfiguration has lines of plain FRR configuration, and some node of ${peer.id} may have them.`,
        // Not the lines: a password may stand in them.
        seen: `spec.raw.rawConfig: ${count(lines.split('\n').length, 'line')}`,
        allowed: 'fields of spec.bgp, or a spec.nodeSelector that takes no node of a side',
        hint: 'write in spec.bgp what the lines are for: toReceive there lets routes in',
      },
    ];
  });
}

/** MetalLB reads them into the FRR of each speaker; with its other backends it refuses all that it is told (`SyncExtraInfo`). */
function extraLines({ configMaps }: BuiltCluster, { metallbNamespace }: ClusterFacts): RuleFinding[] {
  return configMaps
    .filter(({ view: { metadata, data } }) => {
      const isRead = metadata.name === 'bgpextras' && metadata.namespace === metallbNamespace;
      return isRead && (data['extras'] ?? '') !== '';
    })
    .map(({ id }) => ({
      object: id,
      message: 'The ConfigMap has lines of plain FRR configuration for every speaker.',
      seen: 'data.extras',
      allowed: 'no ConfigMap bgpextras in the namespace of MetalLB',
      hint: "remove it; MetalLB's own objects say what its sessions are",
    }));
}

function logLevels({ objects }: BuiltCluster, { metallbBackend }: ClusterFacts): RuleFinding[] {
  if (metallbBackend !== 'frr-k8s') return [];
  return objects.flatMap(({ id, view }): RuleFinding[] => {
    const level = textIn(valueAt(view, ['spec']), 'logLevel') ?? '';
    if (kindName(view) !== 'FRRK8sConfiguration.frrk8s.metallb.io' || !frrDebugLevels.includes(level)) return [];
    return [
      {
        object: id,
        message: 'FRR of every node would write debug messages.',
        seen: `spec.logLevel: ${level}`,
        allowed: 'info, warn, error or none',
        hint: 'set another spec.logLevel',
      },
    ];
  });
}

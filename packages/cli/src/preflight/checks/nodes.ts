import type { NodeFacts, PreflightFacts, Taint } from '../facts.ts';
import { byHand, fail, listed, ok, rowsOf, warn, type PreflightRow } from '../row.ts';
import { isOlder, parseVersion } from '../version.ts';
import type { Wanted, WantedPod, WantedSide } from '../wanted.ts';

/** Init containers run beside the engine since then (restartPolicy: Always); the pod's sysctl is allowed since 1.22. */
const oldestKubelet = { major: 1, minor: 29 };

export function decideNodes({ nodes }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  return rowsOf('nodes', nodes, (all) => [
    ...wanted.sides.flatMap((side) => decideSide(all, side, wanted)),
    ...decideUndeclared(all, wanted),
    decideKubelets(all, wanted),
    ...wanted.sides.flatMap((side) => decideImages(all, side, wanted)),
  ]);
}

function decideSide(all: readonly NodeFacts[], side: WantedSide, wanted: Wanted): readonly PreflightRow[] {
  const check = `nodes-${side.name}`;
  const byName = new Map(all.map((node) => [node.name, node]));
  const declared = side.nodes.map(([name]) => name);
  const labelled = all.filter((node) => node.side === side.name);
  const otherSide = declared.flatMap((name) => {
    const node = byName.get(name);
    return node?.side !== undefined && node.side !== side.name ? [`${name} (${wanted.nodeLabel}=${node.side})`] : [];
  });
  const unlabelled = declared.filter((name) => byName.has(name) && byName.get(name)?.side === undefined);
  const absent = declared.filter((name) => !byName.has(name));
  const excluded = labelled.filter(({ isExcluded }) => isExcluded).map(({ name }) => name);
  const misnamed = labelled.filter(({ name, hostname }) => hostname !== name);
  const tolerations = wanted.pods.find((pod) => pod.side === side.name)?.template.spec.tolerations ?? [];
  const unusable = labelled.flatMap((node) => {
    const why = whyUnusable(node, tolerations);
    return why === undefined ? [] : [`${node.name} ${why}`];
  });
  const usable = labelled.length - unusable.length;
  const short = `side ${side.name} needs ${String(side.routeServers)} ${side.routeServers === 1 ? 'node' : 'nodes'} for its route servers and has ${String(usable)} that can take one`;
  const reasons = unusable.length > 0 ? `: ${listed(unusable)}` : '';
  const rows: PreflightRow[] = [
    ...(otherSide.length > 0
      ? [
          fail(
            check,
            `nodes of side ${side.name} carry another side's label: ${listed(otherSide)}`,
            relabel(wanted, side.name),
          ),
        ]
      : []),
    ...(usable < side.routeServers ? [fail(check, `${short}${reasons}`, relabel(wanted, side.name))] : []),
    ...(usable >= side.routeServers && unusable.length > 0
      ? [
          warn(
            check,
            `nodes of side ${side.name} can take no route server: ${listed(unusable)}`,
            'see to them: a route server moves only within its side',
          ),
        ]
      : []),
    ...(unlabelled.length > 0
      ? [
          fail(
            check,
            `nodes of side ${side.name} have no label ${wanted.nodeLabel}: ${listed(unlabelled)}`,
            relabel(wanted, side.name),
          ),
        ]
      : []),
    ...(absent.length > 0
      ? [
          warn(
            check,
            `the cluster has no nodes ${listed(absent)}, which the topology has`,
            'write the names that kubectl get nodes shows',
          ),
        ]
      : []),
    ...(wanted.isBehindVip && excluded.length > 0
      ? [
          fail(
            check,
            `MetalLB announces nothing from ${listed(excluded)}: label node.kubernetes.io/exclude-from-external-load-balancers`,
            'kubectl label node NODE node.kubernetes.io/exclude-from-external-load-balancers-',
          ),
        ]
      : []),
    ...(wanted.isBehindVip && wanted.metallb.backend === 'frr-k8s' && misnamed.length > 0
      ? [
          fail(
            check,
            `FRR-K8s has no session on ${listed(misnamed.map(({ name, hostname }) => `${name} (${hostname ?? 'none'})`))}: the label kubernetes.io/hostname is not the node's name, by which MetalLB chooses it`,
            'set metallb.backend: frr, or start the kubelet with its --hostname-override: kubernetes.io/hostname is then the name of the node',
          ),
        ]
      : []),
  ];
  return rows.length > 0 ? rows : [ok(check, `side ${side.name} has ${listed(labelled.map(({ name }) => name))}`)];
}

function relabel({ nodeLabel }: Wanted, side: string): string {
  return `kubectl label --overwrite node NODE ${nodeLabel}=${side}`;
}

/** Nodes that would take a route server, and of which the topology knows no link. */
function decideUndeclared(all: readonly NodeFacts[], { sides, nodeLabel }: Wanted): readonly PreflightRow[] {
  const known = new Set(sides.flatMap(({ nodes }) => nodes.map(([name]) => name)));
  const names = new Set(sides.map(({ name }) => name));
  const undeclared = all.filter(({ name, side }) => side !== undefined && names.has(side) && !known.has(name));
  const nowhere = all.filter(({ side }) => side !== undefined && !names.has(side));
  return [
    ...(undeclared.length > 0
      ? [
          warn(
            'nodes',
            `nodes with a side's label that the topology does not have: ${listed(undeclared.map(({ name, side }) => `${name} (${String(side)})`))}`,
            'add them to nodes with their links, or take the label off: a route server there may have no router',
          ),
        ]
      : []),
    ...(nowhere.length > 0
      ? [
          warn(
            'nodes',
            `nodes of a side that this cluster does not have: ${listed(nowhere.map(({ name, side }) => `${name} (${String(side)})`))}`,
            `the label ${nodeLabel} is the route servers': see that nothing else uses it`,
          ),
        ]
      : []),
  ];
}

type Toleration = WantedPod['template']['spec']['tolerations'][number];

function whyUnusable(node: NodeFacts, tolerations: readonly Toleration[]): string | undefined {
  if (!node.isReady) return 'is not Ready';
  if (!node.isSchedulable) return 'is cordoned';
  const taint = node.taints.find(
    (each) => each.effect !== 'PreferNoSchedule' && !tolerations.some((one) => tolerates(one, each)),
  );
  return taint && `has the taint ${taint.key}${taint.value === undefined ? '' : `=${taint.value}`}:${taint.effect}`;
}

/** Kubernetes documentation, "Taints and Tolerations". */
function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: Taint): boolean {
  if (effect !== undefined && effect !== taint.effect) return false;
  if (key === undefined) return operator === 'Exists';
  return key === taint.key && (operator === 'Exists' || value === (taint.value ?? ''));
}

function decideKubelets(all: readonly NodeFacts[], { sides, nodeLabel }: Wanted): PreflightRow {
  const check = 'kubelets';
  const names = new Set(sides.map(({ name }) => name));
  const ofSides = all.filter(({ side }) => side !== undefined && names.has(side));
  const old = ofSides.filter(({ kubelet }) => {
    const version = parseVersion(kubelet);
    return version !== undefined && isOlder(version, oldestKubelet);
  });
  const unreadable = ofSides.filter(({ kubelet }) => !parseVersion(kubelet)).map(({ name }) => name);
  if (old.length > 0) {
    return fail(
      check,
      `kubelets older than 1.29: ${listed(old.map(({ name, kubelet }) => `${name} ${kubelet}`))}`,
      'upgrade them: they do not know the agent, an init container that runs beside the engine',
    );
  }
  if (unreadable.length > 0) {
    return {
      check,
      state: 'unknown',
      seen: `the kubelets' version cannot be read: ${listed(unreadable)}`,
      next: 'see for yourself that they are 1.29 or newer',
    };
  }
  if (ofSides.length === 0) return fail(check, 'no node is of a side', `kubectl label node NODE ${nodeLabel}=SIDE`);
  const versions = [...new Set(ofSides.map(({ kubelet }) => kubelet))];
  return ok(check, `${listed(versions)}; they take the agent's container and the pods' sysctl`);
}

/** A node shows the images that it has, the largest fifty of them; one that it does not show may be pulled or not. */
function decideImages(all: readonly NodeFacts[], side: WantedSide, { pods }: Wanted): readonly PreflightRow[] {
  const check = `images-${side.name}`;
  const images = [...new Set(pods.filter((pod) => pod.side === side.name).flatMap((pod) => pod.images))];
  const nodes = all.filter((node) => node.side === side.name);
  const missing = nodes.flatMap((node) =>
    images.filter((image) => !node.images.includes(image)).map((image) => ({ node: node.name, image })),
  );
  if (nodes.length === 0) return [];
  if (missing.length === 0) return [ok(check, `each node of side ${side.name} has the images`)];
  return [
    byHand(
      check,
      `images that nodes of side ${side.name} do not show: ${listed([...new Set(missing.map(({ image }) => image))])}`,
      missing.slice(0, 8).map(({ node, image }) => ({
        on: `node ${node}`,
        run: `crictl pull ${image}`,
        expect: '"Image is up to date"; nobody publishes the agent\'s image',
      })),
    ),
  ];
}

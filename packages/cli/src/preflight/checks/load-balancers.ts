import type { PreflightFacts, WorkloadFacts } from '../facts.ts';
import { byHand, fail, listed, ok, rowsOf, warn, type PreflightRow } from '../row.ts';
import type { Wanted } from '../wanted.ts';

/** The label of the DaemonSets that k3s' ServiceLB makes, one a Service (k3s pkg/cloudprovider/servicelb.go). */
const serviceLbLabel = /^svccontroller\.(k3s|rke2)\.cattle\.io\/svcname$/;

/** Who else gives addresses to Services without a loadBalancerClass, by its image. */
const implementations: readonly { readonly name: string; readonly image: RegExp; readonly isCertain: boolean }[] = [
  { name: "kube-vip's cloud provider", image: /\/kube-vip-cloud-provider[:@]/, isCertain: true },
  { name: 'PureLB', image: /\/purelb\/(allocator|lbnodeagent)[:@]/, isCertain: true },
  { name: 'LoxiLB', image: /\/kube-loxilb[:@]/, isCertain: false },
  { name: 'OpenELB', image: /\/openelb(-controller)?[:@]/, isCertain: false },
  { name: 'the AWS Load Balancer Controller', image: /\/aws-load-balancer-controller[:@]/, isCertain: false },
  { name: "a cloud's controller manager", image: /cloud-controller-manager[^/]*[:@]/, isCertain: false },
];

export function decideLoadBalancers(facts: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  if (!wanted.isBehindVip) return [];
  return [
    ...rowsOf('service-lb', facts.workloads, (workloads) => decideServiceLb(facts, workloads)),
    ...rowsOf('load-balancers', facts.workloads, (workloads) => decideOthers(facts, workloads, wanted)),
  ];
}

const disable = "start each k3s server with --disable=servicelb, or the VIP's Service gets the nodes' addresses";

function decideServiceLb(facts: PreflightFacts, workloads: readonly WorkloadFacts[]): readonly PreflightRow[] {
  const check = 'service-lb';
  const sets = workloads.filter(
    ({ kind, labels }) => kind === 'DaemonSet' && Object.keys(labels).some((label) => serviceLbLabel.test(label)),
  );
  if (sets.length > 0) {
    return [
      fail(check, `ServiceLB of k3s serves Services: DaemonSet ${listed(sets.map(({ name }) => name))}`, disable),
    ];
  }
  return rowsOf(check, facts.version, (version) =>
    /\+(k3s|rke2)/.test(version)
      ? rowsOf(check, facts.hasServiceLbAccount, (hasAccount) => [
          hasAccount
            ? byHand(check, 'ServiceLB of k3s has run at some time; the API does not tell whether it still does', [
                {
                  on: 'each k3s server',
                  run: "ps -eo args= | grep -E '[ /](k3s|rke2) server' ; grep -A3 disable /etc/rancher/*/config.yaml",
                  expect: `servicelb among what is disabled; else ${disable}`,
                },
              ])
            : ok(check, 'ServiceLB of k3s has never run here'),
        ])
      : [ok(check, 'this is no k3s, and there is none of its ServiceLB')],
  );
}

function decideOthers(
  facts: PreflightFacts,
  workloads: readonly WorkloadFacts[],
  { metallb: { loadBalancerClass } }: Wanted,
): readonly PreflightRow[] {
  const check = 'load-balancers';
  if (loadBalancerClass !== undefined) {
    return [ok(check, `the Services of the route servers have the class ${loadBalancerClass}`)];
  }
  const found = implementations.flatMap((each) => {
    const runs = workloads.filter(
      ({ containers }) =>
        containers.some(({ image }) => each.image.test(image)) &&
        !isWithoutServices(containers.flatMap((one) => one.arguments)),
    );
    return runs.map(({ namespace, name }) => ({ ...each, at: `${namespace}/${name}` }));
  });
  const rows = found.map(({ name, at, isCertain }) =>
    (isCertain ? fail : warn)(
      check,
      `${name} runs (${at}), which takes Services without a loadBalancerClass`,
      'have it serve a class of its own, or Services elsewhere: two that write one VIP take it from each other',
    ),
  );
  if (rows.length > 0) return rows;
  return rowsOf(check, facts.definitions, (definitions) => [
    definitions.some(({ name }) => name === 'ciliumloadbalancerippools.cilium.io')
      ? warn(
          check,
          "Cilium's kind CiliumLoadBalancerIPPool is there",
          'see that no pool of it serves the namespace of the route servers: kubectl get ciliumloadbalancerippools',
        )
      : ok(check, 'none of the known ones runs beside MetalLB'),
  ]);
}

/** A controller manager whose service controller is off: --controllers=*,-service (also named service-lb-controller). */
function isWithoutServices(given: readonly string[]): boolean {
  return given.some((each) => /^--?controllers=(.*,)?-service(-lb-controller)?(,|$)/.test(each));
}

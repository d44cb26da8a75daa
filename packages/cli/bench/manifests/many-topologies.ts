import type { Topology } from '@meshrs/topology';

/** Topologies of two sides that differ in cluster and VIPs, so that no two give the same objects. */
export function manyTopologies(topology: Topology, count: number) {
  return Array.from({ length: count }, (_, index) => {
    const cluster = `dci-${String(index)}`;
    const [first] = Object.values(topology.placement.clusters);
    if (!first) throw new Error('The topology has no cluster.');
    const sides = Object.entries(topology.sides).map(([name, side], position) => {
      const vip = `192.168.${String(Math.floor(index / 100))}.${String((index % 100) * 2 + position)}`;
      return [name, { ...side, vips: side.vips.map((old) => old.replace(/^.*$/, vip)) }];
    });
    return {
      cluster,
      hasCustom: false,
      // The texts of addresses stay addresses.
      topology: {
        ...topology,
        placement: { ...topology.placement, clusters: { [cluster]: first } },
        sides: Object.fromEntries(sides) as Topology['sides'],
      },
    };
  });
}

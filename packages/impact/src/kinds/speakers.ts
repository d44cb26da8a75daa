import { speakersRevision } from '@meshrs/contract';
import { sideOf, type BuiltCluster } from '@meshrs/manifests/built';
import type { Effect } from '../effect.ts';
import { pairs } from '../pairs.ts';

/**
 * MetalLB's pods are replaced by the gate of a side, once it has opened it: the settings of the side say what they are to be
 * made of, and so does its revision. Where they say it no more, somebody else cares for MetalLB.
 */
export function speakersEffects(before: BuiltCluster, after: BuiltCluster): Effect[] {
  return pairs(before.configMaps, after.configMaps).flatMap(({ id, before: old, after: next }): Effect[] => {
    const wanted = next?.metadata.annotations[speakersRevision];
    const had = old.metadata.annotations[speakersRevision];
    if (wanted === undefined || wanted === had) return [];
    const sides = sideOf(old);
    const detail = `${speakersRevision}: ${had ?? 'none'} -> ${wanted}; MetalLB's pods on the nodes of the side are replaced node by node, and each withdraws the VIP until its new one has its session`;
    return sides.length === 0 ? [] : [{ kind: 'resets', object: id, sides, detail }];
  });
}

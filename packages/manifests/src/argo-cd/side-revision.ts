import { gateRevision } from '@meshrs/contract';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { KubernetesObject, StatefulSet } from '../kubernetes/core-types.ts';

/** Digits that tell one revision from another: 80 bits. */
const digits = 20;

/** A hash over all objects of a side, not over how their YAML is written. */
export function sideRevision(objects: readonly KubernetesObject[]): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(objects)))).slice(0, digits);
}

/**
 * A StatefulSet with the revision of its side, by which a gate sees that a sync changes nothing of the side. It comes
 * last of the side's objects, so that it never says more than was applied.
 */
export function withRevision(object: StatefulSet, revision: string | undefined): StatefulSet {
  if (revision === undefined) return object;
  const annotations = { ...object.metadata.annotations, [gateRevision]: revision };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

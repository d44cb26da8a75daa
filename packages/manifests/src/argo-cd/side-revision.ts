import { gateRevision, speakersRevision } from '@meshrs/contract';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { KubernetesObject } from '../kubernetes/core-types.ts';
import { compareText, sortedEntries } from '../sorted.ts';

/** Digits that tell one revision from another: 80 bits. */
const digits = 20;

/**
 * A hash over all objects of a side, not over how their YAML is written, and without what MetalLB's pods are made of: by that
 * alone a side keeps its revision, and its gate sees that nothing else of it changes.
 */
export function sideRevision(objects: readonly KubernetesObject[]): string {
  return hashOf(JSON.stringify(objects, withoutSpeakers));
}

function withoutSpeakers(key: string, value: unknown): unknown {
  return key === speakersRevision ? undefined : value;
}

/** What is generated of a side, told apart from what a component of the user's makes of it. */
export interface GeneratedSide {
  readonly revision: string;
  readonly digest: string;
}

/**
 * The same, as a hash that does not change with the order of the objects and of their keys: kustomize has an order of its own.
 */
export function digestOf(objects: readonly unknown[]): string {
  return hashOf(objects.map(canonical).sort(compareText).join('\n'));
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(sortedEntries(inner as Readonly<Record<string, unknown>>))
      : withoutSpeakers(key, inner),
  );
}

function hashOf(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, digits);
}

/**
 * An object with the revision of its side; each bears it, since a turn is for one revision, and the API server refuses others
 * (src/interlock). By that of the StatefulSets, which come last of the side's objects, so that they
 * never say more than was applied, a gate sees that a sync changes nothing of the side; by that of the settings, which come
 * first, that a sync began to change the side and did not come to its end.
 */
export function withRevision<T extends KubernetesObject>(object: T, revision: string | undefined): T {
  if (revision === undefined) return object;
  const annotations = { ...object.metadata.annotations, [gateRevision]: revision };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

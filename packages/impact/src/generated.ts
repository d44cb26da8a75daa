import { partOf } from '@meshrs/manifests/built';

/** By its label; a component may bring objects of its own. */
export function isGenerated(object: {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
}): boolean {
  return Object.entries(partOf).every(([key, value]) => object.metadata.labels[key] === value);
}

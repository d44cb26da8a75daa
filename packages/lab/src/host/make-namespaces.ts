import { ipBatch } from './namespaces.ts';

/** Makes network namespaces with a loopback and nothing else. */
export async function makeNamespaces(names: readonly string[]): Promise<void> {
  await ipBatch(names.map((name) => `netns add ${name}`));
  await Promise.all(names.map((name) => ipBatch(['link set lo up'], name)));
}

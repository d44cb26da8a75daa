import type { Built } from './built.ts';
import { selects } from './selects.ts';
import type { AddressPoolView, SelectorView } from './views.ts';

/** A BGPAdvertisement or an L2Advertisement, as far as it selects pools. */
interface Advertisement {
  readonly metadata: { readonly namespace?: string | undefined };
  readonly spec: {
    readonly ipAddressPools: readonly string[];
    readonly ipAddressPoolSelectors: readonly SelectorView[];
  };
}

/** Without a selection of pools MetalLB takes all (its config, `setBGPAdvertisementsToPools`). */
export function takesAllPools({ spec }: Advertisement): boolean {
  return spec.ipAddressPools.length === 0 && spec.ipAddressPoolSelectors.length === 0;
}

/** The pools that an advertisement announces. */
export function advertisedPools(
  advertisement: Advertisement,
  pools: readonly Built<AddressPoolView>[],
): readonly Built<AddressPoolView>[] {
  const { metadata, spec } = advertisement;
  return pools.filter(
    ({ view: pool }) =>
      (pool.metadata.namespace ?? '') === (metadata.namespace ?? '') &&
      (takesAllPools(advertisement) ||
        spec.ipAddressPools.includes(pool.metadata.name) ||
        spec.ipAddressPoolSelectors.some((selector) => selects(selector, pool.metadata.labels))),
  );
}

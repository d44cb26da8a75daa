import { readSettings, settingsKeys } from '@meshrs/contract';
import { sideOf, type BuiltCluster } from '@meshrs/manifests/built';

/** Whom a side serves, by its settings. */
export interface ClientsHit {
  /** Names of the declared ones, in the order of the settings. */
  readonly declared: readonly string[];
  /** Ranges from which others may come. */
  readonly ranges: readonly string[];
}

/** By side; undefined: its settings cannot be read, or there are none. */
export function clientsOfSide({ configMaps }: BuiltCluster, side: string): ClientsHit | undefined {
  const text = configMaps.find(({ view }) => sideOf(view).includes(side) && settingsKeys.settings in view.data)?.view
    .data[settingsKeys.settings];
  const settings = text === undefined ? undefined : readSettings(settingsKeys.settings, text);
  if (settings?.ok !== true) return undefined;
  const groups = settings.value.bgpgroups.filter((group) => group.type === 'subtractive');
  return {
    declared: [...new Set(groups.flatMap(({ neighbors }) => neighbors.map(({ name }) => name)))],
    ranges: groups.flatMap(({ prefixes }) => prefixes),
  };
}

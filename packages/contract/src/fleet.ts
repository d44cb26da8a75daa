import { nameRules, nameSchema, routerIdSchema } from '@meshrs/network';
import { readStrictYaml, type Validated } from '@meshrs/strict-yaml';
import { z } from 'zod';
import { adviceOfGenerated } from './generated-file.ts';

/**
 * The schema of fleet.yml: what every route server has to know of all others before any of them changes. A key that an
 * agent does not know is passed over: this file reaches the agents of the version before first, by its purpose.
 */
export const fleetSchema = z.object({
  /** The router-id of every route server of the fleet, and of replicas to come, by pod name. */
  routerIds: z.record(nameSchema(nameRules.kubernetesLabel, 'routeserver-a-0'), routerIdSchema),
});

/** The content of fleet.yml, read. */
export type FleetFacts = z.output<typeof fleetSchema>;

/** The content of fleet.yml as it is written. */
export type FleetFactsFile = z.input<typeof fleetSchema>;

/** Reads the text of a fleet.yml. */
export function readFleet(file: string, text: string): Validated<FleetFacts> {
  return readStrictYaml(file, text, fleetSchema, adviceOfGenerated);
}

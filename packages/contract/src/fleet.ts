import { addressSchema, nameRules, nameSchema, routerIdSchema } from '@meshrs/network';
import { compareIssues, isInside, locate, readStrictYaml, type Issue, type ValueProblem } from '@meshrs/strict-yaml';
import { z } from 'zod';
import { duplicateRouterIds, routerIdClaims } from './checks/route-server-checks.ts';
import { routeServerCodes } from './checks/route-server-codes.ts';
import { adviceOfGenerated } from './generated-file.ts';

const nobody: ValueProblem = {
  code: 'out-of-range',
  message: 'There is no router-id: a fleet has a route server at least.',
  allowed: 'the router-id of each route server, by the name of its pod',
  hint: 'apply the generated ConfigMap again',
};

/**
 * The schema of fleet.yml: what every route server has to know of all others before any of them changes. A key that an
 * agent does not know is passed over: this file reaches the agents of the version before first, by its purpose.
 */
export const fleetSchema = z.object({
  /**
   * The router-id of every route server of the fleet, and of replicas to come, by pod name. An empty mapping would say that
   * nobody is in the fleet, and every guard would close the mesh.
   */
  routerIds: z
    .record(nameSchema(nameRules.kubernetesLabel, 'routeserver-a-0'), routerIdSchema)
    .superRefine((ids, context) => {
      if (Object.keys(ids).length === 0) context.addIssue({ code: 'custom', params: { ...nobody } });
    }),
  /** The sides in their order: of two route servers that both wait for each other's clients, that of the earlier side goes first. */
  sides: z
    .array(
      z.object({ name: z.string(), statefulSets: z.array(nameSchema(nameRules.kubernetesLabel, 'routeserver-a')) }),
    )
    .exactOptional(),
  /** Clients that may be on one side alone, by the topology's word: nobody waits for them. */
  allowMissing: z.array(addressSchema).exactOptional(),
});

/** The content of fleet.yml, read. */
export type FleetFacts = z.output<typeof fleetSchema>;

/** The content of fleet.yml as it is written. */
export type FleetFactsFile = z.input<typeof fleetSchema>;

/** The text of a fleet.yml, read. */
export type FleetRead =
  { readonly ok: true; readonly value: FleetFacts } | { readonly ok: false; readonly issues: readonly Issue[] };

/** Reads the text of a fleet.yml: everything that is wrong with it in one run, key by key and across keys. */
export function readFleet(file: string, text: string): FleetRead {
  const read = readStrictYaml(file, text, fleetSchema, adviceOfGenerated);
  const rest = read.ok ? { ...read, touched: [] } : read.rest;
  const across = rest
    ? duplicateRouterIds(routerIdClaims(rest.value.routerIds))
        // What is found at a value that was replaced speaks of the replacement.
        .filter(({ path }) => !rest.touched.some((each) => isInside(path, each)))
        .map((finding) => locate(finding, rest.document, routeServerCodes))
    : [];
  const issues = [...(read.ok ? [] : read.issues), ...across].sort(compareIssues);
  return read.ok && issues.length === 0 ? { ok: true, value: read.value } : { ok: false, issues };
}

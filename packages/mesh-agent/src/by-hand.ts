/*
 * What a person's command line has of the gate: the same questions, asked with a person's own rights.
 */

export { AgentFailure } from './failure.ts';
export type { FleetReader } from './fleet/fleet-reader.ts';
export { createGateTurn, type GateTurn, type TurnLog } from './gate/gate-turn.ts';
export { defaultTiming } from './gate/gate-timing.ts';
export { waitUntilOpen, type Outcome } from './gate/wait-until-open.ts';
export {
  refusalOf,
  type DatedApiClient,
  type ExchangeAnswer,
  type ExchangeRequest,
  type ExchangingApiClient,
} from './sources/kubernetes/api-client.ts';
export { answerOf, createApiServers, probe, probeRequest } from './turn/api-servers.ts';
export { createBudgetObject, readHoldOrNot, type BudgetHold, type BudgetObject } from './turn/budget-object.ts';
export { interlockOf } from './turn/turn-watch.ts';
export { createTurnRecord } from './turn/turn-record.ts';
export { createTurnObject, type SeenTurn, type TurnObject } from './turn/turn-object.ts';

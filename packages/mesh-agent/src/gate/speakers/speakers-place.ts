import type { DatedApiClient, ExchangingApiClient } from '../../sources/kubernetes/api-client.ts';
import type { TurnLog } from '../gate-turn.ts';
import type { GateTiming } from '../gate-timing.ts';
import { imageRights, type OwnPod } from './bring-images.ts';

/** What a Role must give to who replaces MetalLB's pods. */
export const speakerRights = `list nodes, ${imageRights}, and in MetalLB's namespace get the DaemonSets, list and delete pods`;

export interface SpeakersPlace {
  readonly client: DatedApiClient & ExchangingApiClient;
  /** Of the route servers. */
  readonly namespace: string;
  readonly own: OwnPod | undefined;
  readonly log: TurnLog;
  readonly timing: GateTiming;
  /** Whom nobody waits for any longer. */
  readonly stop: AbortSignal;
}

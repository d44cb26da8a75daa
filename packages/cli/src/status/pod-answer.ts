export interface PodRequest {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  readonly path: string;
}

/** The answer with status 200, or why none came by each of the two ways. */
export type PodAnswer = { readonly answer: ApiAnswer } | { readonly forward: WayToPod; readonly proxy: WayToPod };

/** Another status, of the API server or the pod, or nothing at all. */
export type WayToPod = { readonly refused: ApiAnswer } | { readonly silent: string };

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

import type { SourceReading } from '@meshrs/mesh';

/** Where the peers of one mesh group come from. */
export interface PeerSource {
  /** What it is, for logs and /status: "kubernetes meshrr/meshrr-core". */
  readonly description: string;
  /**
   * Looks, and reports each look, until the signal aborts. A source that fails reports that as a look and goes on; the
   * promise rejects only for a fault of the agent itself.
   */
  run(onLook: (look: SourceReading) => void, signal: AbortSignal): Promise<void>;
  /** Asks for a look now that does not rest on anything known before: the second look at peers that are missing. */
  lookAgain(): void;
}

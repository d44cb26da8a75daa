import type { AgentStatus } from '@meshrs/contract';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { within } from '../async/within.ts';
import { AgentFailure, describeFailure } from '../failure.ts';
import type { AgentLog } from '../log/log.ts';
import { createRedaction, withoutSecretOfLine } from '../log/redact.ts';
import type { Reconciler } from '../reconcile/reconciler.ts';
import type { SettingsKeeper } from '../settings/settings-in-force.ts';

export interface DebugSources {
  readonly version: string;
  readonly engine: MeshEngine;
  readonly log: AgentLog;
  readonly status: () => Promise<AgentStatus>;
  readonly settings: Pick<SettingsKeeper, 'inForce'>;
  readonly reconciler: Pick<Reconciler, 'state'>;
  readonly signal: AbortSignal;
}

/** An engine that hangs must not take the rest with it: one needs that most then. */
const partMs = 2000;

/**
 * What somebody needs who was not there, as texts by the names of their files, without a secret. What cannot be had is a
 * file that says why.
 */
export async function collectDebug(sources: DebugSources): Promise<Readonly<Record<string, string>>> {
  const { version, engine, log, signal } = sources;
  const redact = createRedaction([]);
  const json = (value: unknown) => `${JSON.stringify(redact(value), null, 2)}\n`;
  const parts: Readonly<Record<string, () => string | Promise<string>>> = {
    'versions.json': async () =>
      json({
        agent: version,
        node: process.versions.node,
        engine: engine.engine,
        engineVersion: (await sources.status()).engine.version ?? 'unknown',
        logLevel: log.level(),
      }),
    'status.json': async () => json(await sources.status()),
    'settings.json': () => {
      // Named one by one: the text that they were read from holds what a redaction by keys does not see.
      const { revision, identity, settings } = sources.settings.inForce();
      return json({ revision, identity, settings });
    },
    'plan.json': async () => {
      const { desired, observed } = sources.reconciler.state();
      const { outstanding } = await engine.observe(signal);
      return json({ desired, observed, outstanding });
    },
    'running-config.txt': async () =>
      (await engine.runningConfig(signal)).split('\n').map(withoutSecretOfLine).join('\n'),
    'log.jsonl': () => log.recent().join(''),
  };
  const files = await Promise.all(
    Object.entries(parts).map(async ([name, make]) => {
      try {
        return [name, await within(partMs, Promise.resolve().then(make), notInTime)] as const;
      } catch (thrown) {
        return [`${name}.missing.json`, json(describeFailure(thrown))] as const;
      }
    }),
  );
  return Object.fromEntries(files);
}

function notInTime(): AgentFailure {
  return new AgentFailure(
    `There was no answer within ${String(partMs / 1000)} s; does the engine answer? See engine in status.json.`,
    { code: 'no-answer-in-time', operation: 'debug', retryable: true },
  );
}

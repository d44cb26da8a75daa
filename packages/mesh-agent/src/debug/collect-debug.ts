import type { AgentStatus } from '@meshrs/contract';
import type { MeshEngine } from '../engine/mesh-engine.ts';
import { describeFailure } from '../failure.ts';
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
  const files: Record<string, string> = {};
  for (const [name, make] of Object.entries(parts)) {
    try {
      files[name] = await make();
    } catch (thrown) {
      files[`${name}.missing.json`] = json(describeFailure(thrown));
    }
  }
  return files;
}

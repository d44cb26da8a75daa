import { readSettings, settingsKeys, type RouteServerSettings, type SettingsRules } from '@meshrs/contract';
import type { Issue } from '@meshrs/strict-yaml';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { AgentFailure, systemCode } from '../failure.ts';
import { withoutSecret } from '../log/redact.ts';

/** What a ConfigMap may have; settings with 5000 declared clients have half of it. */
const mostBytes = 1024 * 1024;

/** One reading of meshrr.conf.yml. */
export type SettingsReading =
  | {
      readonly ok: true;
      readonly revision: string;
      readonly text: string;
      readonly settings: RouteServerSettings;
      /** What may not be meant; the settings are right. */
      readonly warnings: readonly Issue[];
    }
  | { readonly ok: false; readonly revision: string; readonly issues: readonly Issue[] };

/**
 * Reads the settings file; an issue never shows a secret. `revision` is the SHA-256 of its bytes in hexadecimal.
 * @throws AgentFailure `file-not-readable`
 */
export async function readSettingsFile(file: string, rules?: SettingsRules): Promise<SettingsReading> {
  const bytes = await readBytes(file);
  const revision = createHash('sha256').update(bytes).digest('hex');
  const text = bytes.toString('utf8');
  const read = readSettings(file, text, rules);
  return read.ok
    ? { ok: true, revision, text, settings: read.value, warnings: read.warnings.map(withoutSecret) }
    : { ok: false, revision, issues: read.issues.map(withoutSecret) };
}

async function readBytes(file: string): Promise<Buffer> {
  let bytes;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const code = systemCode(cause);
    throw new AgentFailure(`The settings file ${file} cannot be read (${code}). ${hintFor(code)}`, {
      code: 'file-not-readable',
      operation: `read ${file}`,
      retryable: true,
      cause,
    });
  }
  if (bytes.length <= mostBytes) return bytes;
  throw new AgentFailure(
    `The settings file ${file} has ${String(bytes.length)} bytes; at most ${String(mostBytes)} are read, which a ConfigMap may have.`,
    { code: 'file-not-readable', operation: `read ${file}`, retryable: true },
  );
}

function hintFor(code: string): string {
  if (code === 'EACCES') {
    return 'This user may not read it: mount the ConfigMap with defaultMode 0444 (upstream mounts it 0400 for root), or set fsGroup.';
  }
  return `Mount the ConfigMap with the key ${settingsKeys.settings} as a folder there.`;
}

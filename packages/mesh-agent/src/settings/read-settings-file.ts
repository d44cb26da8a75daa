import { readSettings, settingsKeys, type RouteServerSettings, type SettingsRules } from '@meshrs/contract';
import type { Issue } from '@meshrs/strict-yaml';
import { createHash } from 'node:crypto';
import { withoutSecret } from '../log/redact.ts';
import { readMountedFile } from './read-mounted-file.ts';

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
  return understand(file, await readContent(file), rules);
}

/**
 * The same; undefined where the file has the known revision. To understand settings that name 500 route servers takes 20 ms,
 * and they are looked at every few seconds.
 * @throws AgentFailure `file-not-readable`
 */
export async function readOtherSettings(
  file: string,
  known: string | undefined,
  rules?: SettingsRules,
): Promise<SettingsReading | undefined> {
  const content = await readContent(file);
  return content.revision === known ? undefined : understand(file, content, rules);
}

interface Content {
  readonly revision: string;
  readonly text: string;
}

async function readContent(file: string): Promise<Content> {
  const bytes = await readMountedFile(file, { what: 'The settings file', hintFor });
  return { revision: createHash('sha256').update(bytes).digest('hex'), text: bytes.toString('utf8') };
}

function understand(file: string, { revision, text }: Content, rules: SettingsRules | undefined): SettingsReading {
  const read = readSettings(file, text, rules);
  return read.ok
    ? { ok: true, revision, text, settings: read.value, warnings: read.warnings.map(withoutSecret) }
    : { ok: false, revision, issues: read.issues.map(withoutSecret) };
}

function hintFor(code: string): string {
  if (code === 'EACCES') {
    return 'This user may not read it: mount the ConfigMap with defaultMode 0444 (upstream mounts it 0400 for root), or set fsGroup.';
  }
  return `Mount the ConfigMap with the key ${settingsKeys.settings} as a folder there.`;
}

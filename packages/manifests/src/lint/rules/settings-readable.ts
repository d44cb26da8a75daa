import { formatPath } from '@meshrs/strict-yaml';
import { fleetKey, readFleet, readSettings, settingsKeys } from '@meshrs/contract';
import type { Issue } from '@meshrs/strict-yaml';
import type { ConfigMapView } from '../../built/views.ts';
import type { Rule } from '../rule.ts';

export const settingsReadable: Rule = {
  id: 'settings-readable',
  title: 'The agent cannot read the settings of the route servers',
  why: 'One that runs keeps the settings that it has, and a new pod never becomes ready.',
  isWaivable: false,
  check: ({ configMaps }) =>
    configMaps.flatMap(({ id, view }) =>
      issuesOf(view).map(({ file, path, line, message, seen, allowed, hint }) => ({
        object: id,
        message: `${file}, line ${String(line)}, ${formatPath(path)}: ${message}`,
        ...(seen !== undefined && { seen }),
        ...(allowed !== undefined && { allowed }),
        hint,
      })),
    ),
};

/** Of the files in it that agents read. */
function issuesOf({ data }: ConfigMapView): readonly Issue[] {
  return [
    { key: settingsKeys.settings, read: readSettings },
    { key: fleetKey, read: readFleet },
  ].flatMap(({ key, read }) => {
    const text = data[key];
    const result = text === undefined ? undefined : read(key, text);
    return result === undefined || result.ok ? [] : result.issues;
  });
}

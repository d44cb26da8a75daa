import { formatPath } from '@meshrs/strict-yaml';
import { readSettings, settingsKeys } from '@meshrs/contract';
import type { Rule } from '../rule.ts';

export const settingsReadable: Rule = {
  id: 'settings-readable',
  title: 'The agent cannot read the settings of the route servers',
  why: 'One that runs keeps the settings that it has, and a new pod never becomes ready.',
  isWaivable: false,
  check: ({ configMaps }) =>
    configMaps.flatMap(({ id, view }) => {
      const text = view.data[settingsKeys.settings];
      if (text === undefined) return [];
      const read = readSettings(settingsKeys.settings, text);
      if (read.ok) return [];
      return read.issues.map(({ path, line, message, seen, allowed, hint }) => ({
        object: id,
        message: `${settingsKeys.settings}, line ${String(line)}, ${formatPath(path)}: ${message}`,
        ...(seen !== undefined && { seen }),
        ...(allowed !== undefined && { allowed }),
        hint,
      }));
    }),
};

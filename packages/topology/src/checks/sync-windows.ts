import tzdata from 'tzdata' with { type: 'json' };
import type { Finding } from '@meshrs/strict-yaml';
import type { CheckCode } from '../codes.ts';
import { cronFaults } from '../cron.ts';
import type { Topology } from '../schema/index.ts';

/**
 * Argo CD's webhook looks at none of them: over a schedule that it cannot read it lets nothing sync (`CanSync`), and over a time zone
 * it logs a warning and goes by UTC (argo-cd 3.2, types.go, `scheduleOffsetByTimeZone`).
 */
export function checkSyncWindows({ gitops }: Topology): Finding<CheckCode>[] {
  return gitops.syncWindows.flatMap(({ schedule, timeZone }, index) => {
    const path = ['gitops', 'syncWindows', index];
    return [
      ...scheduleFindings(schedule, [...path, 'schedule']),
      ...(isTimeZone(timeZone) ? [] : [unknownZone(timeZone, [...path, 'timeZone'])]),
    ];
  });
}

function scheduleFindings(schedule: string, path: readonly (string | number)[]): Finding<CheckCode>[] {
  const faults = cronFaults(schedule);
  if (faults === 'never') {
    return [
      {
        code: 'schedule-unreadable',
        path,
        message: 'No month of this schedule has a day of it, so that the window never begins.',
        seen: `"${schedule}"`,
        allowed: 'days that one of the months has',
        hint: 'correct the day of the month (the third field) or the month (the fourth)',
      },
    ];
  }
  return faults.map(({ field, seen, allowed }) => ({
    code: 'schedule-unreadable',
    path,
    message: `Argo CD cannot read the ${field} of this schedule, and would sync nothing any more.`,
    seen: seen === '' ? `nothing, in "${schedule}"` : `${seen}, in "${schedule}"`,
    allowed,
    hint: `correct the ${field}`,
  }));
}

function unknownZone(timeZone: string, path: readonly (string | number)[]): Finding<CheckCode> {
  const known = namesOfZones().find((name) => name.toLowerCase() === timeZone.toLowerCase());
  return {
    code: 'unknown-time-zone',
    path,
    message: 'No time zone has this name; Argo CD would go by UTC, and say so in its log alone.',
    seen: timeZone,
    allowed: 'a name of the IANA time zone database, in its letters: Europe/Berlin, Asia/Tokyo, UTC',
    hint: known === undefined ? 'correct the name' : `write ${known}`,
  };
}

/** Names have their own capitals (Go's time.LoadLocation opens a file of that name); older names are links to others. */
function isTimeZone(name: string): boolean {
  return Object.hasOwn(tzdata.zones, name);
}

function namesOfZones(): readonly string[] {
  return Object.keys(tzdata.zones);
}

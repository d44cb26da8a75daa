import type { Observation } from './observation.ts';

/** NOTIFICATIONs stand in gobgpd's log alone (`--log-plain`): its events do not carry them. */
export function notificationsIn(client: string, log: string): Observation[] {
  return log.split('\n').flatMap((line): Observation[] => {
    if (!line.includes('msg="received notification"')) return [];
    return [
      {
        kind: 'notification',
        atMs: Date.parse(field(line, 'time')),
        client,
        neighbor: field(line, 'Key'),
        code: Number(field(line, 'Code')),
        subcode: Number(field(line, 'Subcode')),
        message: field(line, 'Communicated-Reason'),
      },
    ];
  });
}

/** When UPDATEs with GRACEFUL_SHUTDOWN came, by the daemon's own clock (`--log-level debug`); GoBGP calls it planned-shut. */
export function gracefulShutdownsIn(client: string, log: string): Observation[] {
  return log.split('\n').flatMap((line): Observation[] => {
    if (!line.includes('msg="received update"') || !/\{Communities: [^}]*\bplanned-shut\b/.test(line)) return [];
    return [
      {
        kind: 'graceful-shutdown',
        atMs: Date.parse(field(line, 'time')),
        client,
        neighbor: field(line, 'Key'),
      },
    ];
  });
}

/** The value of a key, with or without quotes; Go's quotes are JSON's. */
function field(line: string, key: string): string {
  const value = new RegExp(` ?${key}=("(?:[^"\\\\]|\\\\.)*"|\\S*)`).exec(line)?.[1] ?? '';
  return value.startsWith('"') ? String(JSON.parse(value)) : value;
}

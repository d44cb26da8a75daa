import { readinessReasons } from '@meshrs/contract';
import { logEvents } from './events.ts';

/** The text of docs/log-events.md, made from the tables that the log and the readiness are written by. */
export function logEventsPage(): string {
  return `<!-- Made by scripts/generate from the tables of the agent; change those and run it again. -->

# Events of the agent's log

A line of the log is one JSON object: \`event\` says what, \`msg\` is always the sentence beside it here, and what differs stands in other fields.
The gate (\`mesh-agent gate\`) writes by the same table.

    kubectl -n meshrr logs routeserver-a-0 -c meshrr

${rows(logEvents, ['event', 'message'])}

# Why a route server is not Ready

\`.readiness.reasons[].kind\` in \`/status\`. Other keys of a reason name peers, clients or route servers, and \`count\` says how many there are.

${rows(readinessReasons, ['kind', 'what it means'])}
`;
}

function rows(table: Readonly<Record<string, string>>, [key, value]: readonly [string, string]): string {
  const lines = Object.entries(table)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, words]) => `| \`${name}\` | ${words} |`);
  return [`| ${key} | ${value} |`, '|---|---|', ...lines].join('\n');
}

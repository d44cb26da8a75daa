import { adviceCodes, podCodes, routeServerCodes } from '@meshrs/contract';
import { manifestCodes } from '@meshrs/manifests';
import { agentFailureWords, engineFailureWords, type FailureWords } from '@meshrs/mesh-agent/failure-words';
import type { CodeDescription } from '@meshrs/strict-yaml';
import { topologyCodes } from '@meshrs/topology';
import { exitCodes } from '../terminal/exit-codes.ts';
import { problemCodes } from '../problems/problem-codes.ts';

const ofTopologies = { ...topologyCodes, ...manifestCodes };
/** What an agent finds in its settings that no topology has: what is generated is right, and names its pod. */
const ofSettings = Object.fromEntries(
  Object.entries({ ...routeServerCodes, ...adviceCodes, ...podCodes }).filter(
    ([code]) => !Object.hasOwn(ofTopologies, code),
  ),
);

/** The text of docs/errors.md, made from the tables of codes. */
export function errorsPage(): string {
  return `<!-- Made by scripts/generate from the tables of codes; change those and run it again. -->

# Errors

Every problem has a code that stays the same. It is printed with its place in the file, the value seen, what is allowed, and what
to do next:

    topologies/dci.yaml:18:8: error unquoted at routeServers.asn
      The value is not in quotes, so YAML reads it as the number 65000.1 and not as a string.
      seen:    65000.10
      allowed: an AS number in quotes, "65001" (asplain) or "65000.1" (asdot), 1 to 4294967294
      do:      write "65000.10" with the quotes

One run prints every problem that it can find: what depends on a key that could not be read, and what comes after the topologies, is
looked at when those are right. With \`--json\` problems of topologies are a list under \`issues\`, others under \`problems\` and
\`verdicts[].problems\`. An error stops what would follow; a warning stops nothing. What could be a secret is never printed.

## Exit codes

| code | meaning |
|---|---|
| ${String(exitCodes.ok)} | done; warnings may have been printed |
| ${String(exitCodes.issues)} | what you wrote has errors; each was printed |
| ${String(exitCodes.usage)} | the command line is wrong |
| ${String(exitCodes.failure)} | the world refused: a file cannot be read or written, a tool is missing |

\`mesh-agent\`, in the pod, exits with 0 when it is done, 1 when it was refused or has failed, and 2 when the command line is wrong
(\`mesh-agent help COMMAND\`).

## Codes of topologies

${sections(ofTopologies)}

## Codes of generated files and of what a commit disturbs

Those that begin with \`lint/\` are found by rules over the built objects, your custom folder included. A rule can be waived for an object of
custom/ with a reason: docs/operations.md, "Objects of your own".

${sections(problemCodes)}

## Codes of the settings that an agent reads

Beside those of topologies: \`settings.refused.issues\` and \`settings.warnings\` in \`/status\`, \`settings-refused\` and \`settings-doubtful\` in its
log. An error keeps the settings of before in force.

${sections(ofSettings)}

## Codes of the agent

\`code\` of each \`failure\` in \`/status\` and in the log, and what \`mesh-agent\` prints before the message of a command that failed. \`retryable\`
beside it says that the agent tries again by itself.

${table(agentFailureWords)}

## Codes of the engine

The same, of what the routing engine refuses; \`code\` of \`meshrs_engine_failures_total\`, too, but for \`engine-busy\` and
\`engine-not-connected\`, which \`/status\` alone tells.

${table(engineFailureWords)}
`;
}

function table(words: Readonly<Record<string, FailureWords>>): string {
  const rows = Object.entries(words)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, { what, next }]) => `| \`${code}\` | ${what} | ${next} |`);
  return ['| code | what it is | what to do |', '|---|---|---|', ...rows].join('\n');
}

function sections(codes: Readonly<Record<string, CodeDescription>>): string {
  return Object.entries(codes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([code, { severity, title, why }]) => `### ${code}\n\n${title} (${severity}). ${why}`)
    .join('\n\n');
}

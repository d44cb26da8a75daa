import { table } from '@meshrs/lab/table';
import { listed, rowStates, type NodeCommand, type PreflightRow, type RowState } from './row.ts';

export interface Preflight {
  readonly cluster: string;
  readonly context: string;
  readonly server: string;
  readonly rows: readonly PreflightRow[];
}

const words: Readonly<Record<RowState, string>> = {
  ok: 'ok',
  warn: 'WARN',
  fail: 'FAIL',
  unknown: 'UNKNOWN',
  'by-hand': 'by hand',
};

export function formatPreflight({ cluster, context, server, rows }: Preflight): string {
  const commands = rows.flatMap(({ check, commands: list = [] }) => commandsOf(check, list));
  const counts = rowStates.flatMap((state) => {
    const count = rows.filter((row) => row.state === state).length;
    return count === 0 ? [] : [`${String(count)} ${words[state]}`];
  });
  return [
    `Cluster ${cluster}, context "${context}" at ${server}`,
    table(
      ['CHECK', 'STATE', 'SEEN'],
      rows.flatMap(({ check, state, seen, next }) => [
        [check, words[state], seen],
        ...(next === undefined ? [] : [['', '', `do: ${next}`]]),
      ]),
    ),
    ...(commands.length > 0 ? [`By hand, since the API does not tell it\n${commands.join('\n')}`] : []),
    counts.join(', '),
  ].join('\n\n');
}

/** What is the same on several nodes stands once. */
function commandsOf(check: string, commands: readonly NodeCommand[]): readonly string[] {
  const groups = Map.groupBy(commands, ({ run, expect }) => `    ${run}\n    expected: ${expect}`);
  return [...groups].map(([words, alike]) => {
    const nodes = alike.map(({ on }) => on.replace(/^node /, ''));
    const places = nodes.length > 1 ? `nodes ${listed(nodes, 20)}` : (alike[0]?.on ?? '');
    return `${check}, on ${places}:\n${words}`;
  });
}

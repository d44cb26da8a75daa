import type { Act } from '@meshrs/impact';
import { subtree, type Tree } from '../repository/tree.ts';

/** More names than these are counted. */
const mostNames = 12;

/**
 * What a person does with the files of routers and clients that change: what comes is loaded before the commit, so that a new VIP is let
 * in when MetalLB tells it; what goes is taken out when nothing needs it any more.
 */
export function routerActs(before: Tree, after: Tree, revision: string): Act[] {
  const old = statementsByFile(before);
  const next = statementsByFile(after);
  const newIn = filesWithMore(next, old);
  const goneFrom = filesWithMore(old, next);
  const commands = [`git diff ${revision} -- routers`];
  return [
    ...(newIn.length > 0
      ? [{ when: 'before' as const, what: `load the files of ${listed(newIn)}: they have new statements`, commands }]
      : []),
    ...(goneFrom.length > 0
      ? [
          {
            when: 'after' as const,
            what: `take out what went from the files of ${listed(goneFrom)}, unless something new took its place`,
            commands,
          },
        ]
      : []),
  ];
}

/** Statements with the number of each, of each device's file; comments are for people. */
function statementsByFile(tree: Tree): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const files = [...subtree(tree, ['routers'])].filter(([path]) => !path.endsWith('.md'));
  return new Map(
    files.map(([path, content]) => {
      const counts = new Map<string, number>();
      for (const line of placed(content.toString('utf8'))) counts.set(line, (counts.get(line) ?? 0) + 1);
      return [path, counts];
    }),
  );
}

/** Each statement behind those that it stands under: a neighbor of another group is another one. */
function placed(text: string): string[] {
  const above: { readonly depth: number; readonly line: string }[] = [];
  return text
    .split('\n')
    .filter((line) => !/^\s*([#!}]|$)/.test(line))
    .map((line) => {
      const depth = line.length - line.trimStart().length;
      while ((above.at(-1)?.depth ?? -1) >= depth) above.pop();
      above.push({ depth, line: line.trim() });
      return above.map((each) => each.line).join(' | ');
    });
}

/** Names of devices whose file has a statement, or one more of its kind, that it has not in the other tree. */
function filesWithMore(
  files: ReturnType<typeof statementsByFile>,
  others: ReturnType<typeof statementsByFile>,
): string[] {
  return [...files]
    .filter(([path, counts]) => [...counts].some(([line, count]) => count > (others.get(path)?.get(line) ?? 0)))
    .map(([path]) => path.replace(/^routers\//, '').replace(/\.[^./]+\.[^./]+$/, ''))
    .sort();
}

function listed(names: readonly string[]): string {
  const shown = names.length > mostNames ? names.slice(0, mostNames - 1) : names;
  const rest = names.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? ` and ${String(rest)} more` : ''}`;
}

import { users, type Answer, type GuardedCluster } from './guarded-cluster.ts';
import { turns, type Row, type TurnState } from './rows.ts';

/** Asks each row's request of the cluster, and tells those that were not answered as the row says. */
export async function faultsOf(cluster: GuardedCluster, rows: readonly Row[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const row of rows) {
    const answer = await cluster.send({ as: row.as, ...row.request });
    const fault = faultOf(row, answer);
    if (fault !== undefined) wrong.push(`${row.what} by ${row.as}: ${fault}`);
    if (answer.status < 300 && !row.request.path.includes('dryRun')) await putBack(cluster, row, answer);
  }
  return wrong;
}

function faultOf({ outcome, turn, as }: Row, { status, message }: Answer): string | undefined {
  const told = /denied request: (?<told>.*)$/s.exec(message)?.groups?.['told'];
  if (outcome === 'passes') return status < 300 ? undefined : `${String(status)} ${message}`;
  if (status !== 403 || told === undefined) return `${String(status)} ${message}`;
  const expected = expectedPart(outcome, turn);
  const isTold = told.includes(expected) && told.includes(users[as]) && !told.includes('\n') && told.length < 5120;
  return isTold ? undefined : `expected "${expected}", found: ${told}`;
}

function expectedPart(outcome: Exclude<Row['outcome'], 'passes'>, turn: TurnState): string {
  const { open, until, by, reason } = { until: '', reason: '', ...turns[turn] };
  const opening = `${open === 'all' ? 'all sides are' : `side ${open} is`} open until ${until}, opened by ${by} (${reason})`;
  if (typeof outcome === 'object') return outcome.says;
  switch (outcome) {
    case 'closed':
      return `${open === 'none' ? 'no side is open' : `${opening}, and nothing else may change`}. Change it by a commit, which waits for the turn of side `;
    case 'shared':
      return `${open === 'none' ? 'no side is open' : `${opening}, and nothing else may change`}. All sides share it`;
    case 'over':
      return `${opening}, and that time is over.`;
    case 'revision':
      return `${opening} for its revision `;
  }
}

/** What a row has changed, or made. */
async function putBack(cluster: GuardedCluster, { request }: Row, { body }: Answer): Promise<void> {
  const [path = ''] = request.path.split('?');
  if (request.method === 'POST' && !path.endsWith('/eviction')) {
    const { metadata } = body as { metadata: { name: string } };
    await cluster.restore(`${path}/${metadata.name}`);
    return;
  }
  // BGPPeers are asked by their older version, too.
  await cluster.restore(
    path
      .replace(/\/(scale|status|resize|eviction)$/, '')
      .replace('v1beta1/namespaces/metallb/bgppeers', 'v1beta2/namespaces/metallb/bgppeers'),
  );
}

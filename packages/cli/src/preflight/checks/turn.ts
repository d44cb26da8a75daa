import type { PreflightFacts, TurnFacts } from '../facts.ts';
import { fail, ok, rowsOf, warn, type PreflightRow } from '../row.ts';
import { listed } from '../row.ts';
import type { Wanted } from '../wanted.ts';

/** Kinds and turns are of the whole cluster: a second fleet in it is a second owner of them. */
export function decideTurn({ definitions, turns }: PreflightFacts, wanted: Wanted): readonly PreflightRow[] {
  return rowsOf('turn', definitions, (list) => {
    const definition = list.find(({ name }) => name === wanted.turnDefinition);
    if (!definition) return [ok('turn', `no fleet of meshrs has the kind ${wanted.turnDefinition} here yet`)];
    const { owner } = definition;
    const own = wanted.applications.interlock;
    if (owner?.application === undefined) {
      return [
        warn(
          'turn',
          `the kind ${wanted.turnDefinition} is kept by ${owner?.words ?? 'nobody who says so'}`,
          `the sync of ${own} takes it over; see that nothing else applies it`,
        ),
      ];
    }
    if (owner.application !== own) {
      return [
        fail(
          'turn',
          `the kind ${wanted.turnDefinition} is kept by ${owner.words}`,
          `two fleets in one cluster are not supported: the sync of ${own} would fail (FailOnSharedResource)`,
        ),
      ];
    }
    return rowsOf('turn', turns, (found) => decideTurns(found, wanted));
  });
}

function decideTurns(turns: readonly TurnFacts[], wanted: Wanted): readonly PreflightRow[] {
  const others = turns.filter(({ name }) => name !== wanted.turn).map(({ name }) => name);
  if (others.length > 0) {
    return [
      warn(
        'turn',
        `there are turns of other fleets: ${listed(others)}`,
        'see that their sides, namespaces and addresses are not those of this fleet',
      ),
    ];
  }
  const open = turns.find(({ name }) => name === wanted.turn)?.open;
  return open === undefined || open === 'none'
    ? [ok('turn', `the kind is ${wanted.applications.interlock}'s, and no side is open`)]
    : [
        warn(
          'turn',
          `${open === 'all' ? 'every side' : `side ${open}`} is open`,
          `kubectl get turns says by whom and until when; the next sync closes it first`,
        ),
      ];
}

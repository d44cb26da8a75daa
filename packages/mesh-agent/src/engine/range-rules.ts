import type { RouteServerIntent } from '@meshrs/contract';
import { rulesOfRanges, sightInForce, type ClientsThatRun, type GuardSight, type RangeRules } from '@meshrs/mesh';

/** The rules with which each range that runs was configured. */
export interface RangeRulesKeeper {
  /** What decides who may come. What runs is looked at whenever it is asked for: the rules of a range are known as long as that runs. */
  sight(intent: RouteServerIntent, runs: ClientsThatRun): GuardSight;
  /** The same for what is wanted next, of which nothing is kept yet; `asked`: what is wanted until then. */
  sightWith(next: RouteServerIntent, runs: ClientsThatRun, asked: RouteServerIntent | undefined): GuardSight;
}

/**
 * @param driver tells what the daemon runs
 */
export function createRangeRules(driver: { clientsIn(): ClientsThatRun }): RangeRulesKeeper {
  let rules: RangeRules = new Map();
  return {
    sight: (intent, runs) => {
      rules = rulesOfRanges(intent, rules, driver.clientsIn());
      return sightInForce(intent, rules, runs);
    },
    sightWith: (next, runs, asked) => {
      const running = driver.clientsIn();
      const known = asked ? rulesOfRanges(asked, rules, running) : rules;
      return sightInForce(next, rulesOfRanges(next, known, running), runs);
    },
  };
}

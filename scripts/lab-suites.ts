import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { allChecks } from '../packages/lab/src/checks/all-checks.ts';
import type { Suite } from './suite.ts';

/** What MetalLB's backend, or a second route server behind a VIP, could change; the rest is the first lab's. */
const underAnotherMetallb = [
  ...[
    'api-accepts',
    'metallb-accepts',
    'vip-placement',
    'vip-communities',
    'true-addresses',
    'mesh-full',
    'both-sides',
    'network-policies',
  ],
  ...['routes-through-one', 'routes-through-two', 'multihop', 'graceful-delete', 'pod-killed'],
];

/** What Argo CD does; the rest is the first lab's. */
const withArgoCd = [
  'gitops-first-install',
  'gitops-image',
  'gitops-settings',
  'gitops-again',
  'gitops-drift',
  'gitops-metallb-roll',
  ...['gitops-hand-commands', 'gitops-removal', 'gitops-gate-refuses'],
];

/** What it does with three sides, of which one goes, and with bad commits: much of it is waiting for times to run out. */
const withThreeSides = [...['gitops-removed-side', 'gitops-bad-commits', 'gitops-agent-absent', 'gitops-side-stays']];

/**
 * The labs, from beginning to end: those with Argo CD, which take longest and wait for times to run out most of the time, one after
 * the other beside all others. Two processors carry two labs, not three (seen: no answer of an API server within ten seconds), and
 * no tests of daemons beside them, whose timers run out (each process of a lab has a session, and so a share of the processors).
 */
export function labSuites(repository: string, scratch: string): Suite[] {
  const vitest = join(repository, 'node_modules/.bin/vitest');
  const live = join(scratch, 'live.json');
  const lane = 'argo';
  return [
    ...oneLab(repository, scratch, { name: 'test-argo', up: ['dci', '--gitops'], minutes: 5, lane }, [
      { title: 'lab with Argo CD', names: withArgoCd, minutes: 28 },
    ]),
    ...oneLab(
      repository,
      scratch,
      { name: 'test-three', up: ['packages/lab/test/topologies/three-sides.yaml', '--gitops'], minutes: 5, lane },
      [{ title: 'lab with Argo CD and three sides', names: withThreeSides, minutes: 30 }],
    ),
    ...oneLab(repository, scratch, { name: 'test', up: ['dci'], minutes: 3 }, [
      { title: 'lab', names: allChecks.map(({ name }) => name), minutes: 8 },
    ]),
    ...oneLab(
      repository,
      scratch,
      {
        name: 'test-frr',
        up: ['packages/lab/test/topologies/two-behind.yaml', '--metallb', 'frr-k8s'],
        minutes: 4,
      },
      [{ title: "lab with MetalLB's FRR", names: underAnotherMetallb, minutes: 6 }],
    ),
    {
      name: 'lab taken down',
      command: vitest,
      args: [
        ...['run', '--config', 'packages/lab/vitest.live.config.ts'],
        ...['--reporter=default', '--reporter=json', `--outputFile.json=${live}`],
      ],
      report: { kind: 'vitest', file: live },
      minutes: 6,
    },
  ];
}

interface LabToTest {
  readonly name: string;
  /** Arguments of `lab up`. */
  readonly up: readonly string[];
  /** How long it takes to come up on a slow machine. */
  readonly minutes: number;
  readonly lane?: string;
}

interface Checks {
  readonly title: string;
  readonly names: readonly string[];
  /** How long they take on a slow machine. */
  readonly minutes: number;
}

/** Brings a lab up, tests it and takes it down; one that an interrupted run left is taken down before. */
function oneLab(
  repository: string,
  scratch: string,
  { name, up, minutes, lane }: LabToTest,
  groups: readonly [Checks, ...Checks[]],
): Suite[] {
  const command = join(repository, 'scripts/meshrs');
  const [{ title, minutes: ofFirst }] = groups;
  const isUp = `${title}: up`;
  const diagnose = (): void => {
    printLogs(join(repository, '.lab/failed', name));
  };
  const suites: readonly Suite[] = [
    { name: `${title}: nothing is there`, command, args: ['lab', 'down', name], minutes: minutes + ofFirst },
    {
      name: isUp,
      command,
      args: ['lab', 'up', ...up, '--name', name],
      diagnose,
      // Without a check there is no need of it.
      minutes: minutes + ofFirst,
    },
    ...groups.map((checks, index): Suite => {
      const report = join(scratch, `${name}-${String(index)}.xml`);
      return {
        name: checks.title,
        command,
        args: ['lab', 'test', name, ...checks.names, '--junit', report],
        report: { kind: 'junit', file: report, tests: checks.names.length },
        provesLab: true,
        needs: isUp,
        diagnose,
        minutes: checks.minutes,
      };
    }),
    // One that did not come up has taken itself down, and its logs are kept until the next one.
    { name: `${title}: down`, command, args: ['lab', 'down', name], needs: isUp, cleansUp: true },
  ];
  return suites.map((suite) => (lane === undefined ? suite : { ...suite, lane }));
}

/** The ends of the logs that a lab has kept: where only this output is kept, they are all there is. */
function printLogs(folder: string): void {
  for (const file of globSync(['*.txt', '*.log', 'pods/**/*.log'], { cwd: folder }).sort()) {
    const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    const last = lines.slice(file.endsWith('.txt') ? -30 : -4).map((line) => `    ${line.slice(0, 300)}\n`);
    process.stdout.write(`--- ${file}\n${last.join('')}`);
  }
}

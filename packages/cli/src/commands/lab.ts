import type * as lab from '@meshrs/lab';
import { Failure } from '@meshrs/tools/failure';
import { Option, type Command } from 'commander';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

type LabModule = typeof lab;

/** Written out here, since the lab is loaded only when a command of it runs. */
const metallbBackends: readonly lab.MetallbBackend[] = ['native', 'frr-k8s'];

/** `meshrs lab …`: the generated objects on real Kubernetes, real MetalLB and real routing daemons, on this machine. */
export function describeLab(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  // What follows the part belongs to the command that is run, its options too.
  program.enablePositionalOptions();
  const command = program
    .command('lab')
    .enablePositionalOptions()
    .description('prove a topology on real Kubernetes and real routing daemons, in network namespaces of this machine');
  describeUp(command, terminal, finish);
  describeTest(command, terminal, finish);
  describeLooks(command, terminal, finish);
  describeDown(command, terminal, finish);
}

type Describe = (command: Command, terminal: Terminal, finish: (code: number) => void) => void;

const describeUp: Describe = (command, terminal, finish) => {
  command
    .command('up')
    .description('bring everything up, from nodes to established sessions; nothing of it stays when it fails')
    .argument('<topology>', 'a file of topologies/, by name or path')
    .option('--name <name>', "name of the lab (usually the topology's)")
    .addOption(
      new Option('--metallb <backend>', "MetalLB's BGP implementation: the quick one, or its default one with FRR")
        .choices(metallbBackends)
        .default('native'),
    )
    .option('--gitops', 'let Argo CD bring everything from a repository of the lab, as on a cluster of yours', false)
    .action(async (topology: string, options: { name?: string; metallb: lab.MetallbBackend; gitops: boolean }) => {
      finish(
        await inLab(async (labModule, signal) => {
          await labModule.labUp(terminal, { topology, ...options, env: terminal.env, signal });
          return true;
        }),
      );
    });
};

const describeTest: Describe = (command, terminal, finish) => {
  command
    .command('test')
    .description('hold a lab that is up against everything that it must prove')
    .argument('<name>', 'name of the lab')
    .argument('[checks...]', 'names of checks; without any, all')
    .option('--junit <file>', 'write the results there as JUnit XML')
    .action(async (name: string, only: string[], { junit }: { junit?: string }) => {
      finish(
        await inLab((labModule, signal) =>
          labModule.labTest(terminal, { name, only, junit, env: terminal.env, signal }),
        ),
      );
    });
};

/** What changes nothing: status, exec, logs, kubeconfig. */
const describeLooks: Describe = (command, terminal, finish) => {
  command
    .command('status')
    .description('sessions, prefixes, uptime, pods and VIPs of a lab, at a glance')
    .argument('<name>', 'name of the lab')
    .option('--json', 'print the result as JSON', false)
    .action(async (name: string, { json }: { json: boolean }) => {
      finish(await inLab((labModule) => labModule.labStatus(terminal, { name, json, env: terminal.env })));
    });

  command
    .command('exec')
    .description(
      "run a command in the network namespace of a part; vtysh, gobgp, kubectl and ctr talk to that part's own daemon",
    )
    .argument('<name>', 'name of the lab')
    .argument('<part>', 'a node, router or client of the topology, core or control')
    .argument('[command...]', 'the command with its options; left out: a shell')
    .passThroughOptions()
    .action(async (name: string, part: string, words: string[]) => {
      let exitCode: number = exitCodes.ok;
      const outcome = await inLab(async (labModule) => {
        exitCode = await labModule.labExec(terminal, { name, part, command: words, env: terminal.env });
        return true;
      });
      finish(outcome === exitCodes.ok ? exitCode : outcome);
    });

  command
    .command('logs')
    .description('what a daemon of a lab has printed')
    .argument('<name>', 'name of the lab')
    .argument('[daemon]', 'left out: the names are listed')
    .option('-f, --follow', 'go on printing what comes', false)
    .action(async (name: string, daemon: string | undefined, { follow }: { follow: boolean }) => {
      finish(
        await inLab(async (labModule, signal) => {
          await labModule.labLogs(terminal, { name, daemon, follow, signal });
          return true;
        }),
      );
    });

  command
    .command('kubeconfig')
    .description('print the path of the kubeconfig: KUBECONFIG=$(meshrs lab kubeconfig dci) kubectl get pods -A')
    .argument('<name>', 'name of the lab')
    .action(async (name: string) => {
      finish(
        await inLab((labModule) => {
          labModule.labKubeconfig(terminal, { name });
          return Promise.resolve(true);
        }),
      );
    });
};

const describeDown: Describe = (command, terminal, finish) => {
  command
    .command('down')
    .description('remove a lab, in whatever state it is')
    .argument('<name>', 'name of the lab')
    .action(async (name: string) => {
      finish(
        await inLab(async (labModule) => {
          await labModule.labDown(terminal, { name });
          return true;
        }),
      );
    });
};

/** Loads the lab only now, because other commands start without it; an interruption takes half a lab down again. */
async function inLab(action: (lab: LabModule, signal: AbortSignal) => Promise<boolean>): Promise<ExitCode> {
  const labModule = await import('@meshrs/lab');
  const interruption = new AbortController();
  const interrupt = (name: NodeJS.Signals): void => {
    interruption.abort(
      new Failure({
        code: 'interrupted',
        message: `The lab command was interrupted by ${name}.`,
        next: 'start it again when you like',
      }),
    );
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return (await action(labModule, interruption.signal)) ? exitCodes.ok : exitCodes.issues;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

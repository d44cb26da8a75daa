import { Command, CommanderError } from 'commander';
import type { BuildCommandOptions } from './commands/build.ts';
import { check } from './commands/check.ts';
import type { CheckCommandOptions } from './commands/check-options.ts';
import { describeLab } from './commands/lab.ts';
import type { CloseCommandOptions, OpenCommandOptions } from './commands/open.ts';
import type { StatusCommandOptions } from './commands/status.ts';
import { exitCodes } from './terminal/exit-codes.ts';
import { formatFailure, isFailure, type Failure } from '@meshrs/tools/failure';
import type { Terminal } from './terminal/terminal.ts';

/** Runs one command line and returns its exit code; everything it prints goes to the terminal. */
export async function run(terminal: Terminal, args: readonly string[]): Promise<number> {
  let exitCode: number = exitCodes.ok;
  const finish = (code: number): void => {
    exitCode = code;
  };
  const program = describeProgram(terminal, finish);
  try {
    if (args.includes(initName)) await describeInit(program, terminal, finish);
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (!isFailure(error)) throw error;
    report(terminal, error, args.includes('--json'));
    return exitCodes.failure;
  }
}

function describeProgram(terminal: Terminal, finish: (code: number) => void): Command {
  const program = new Command('meshrs')
    .description('BGP EVPN route servers on Kubernetes from one topology file.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => {
        terminal.writeOut(text);
      },
      writeErr: (text) => {
        terminal.writeError(text);
      },
    })
    .showHelpAfterError('(meshrs --help lists the commands)')
    .addHelpText('after', exitCodeHelp);

  program
    .command('build')
    .description('write everything that is generated from topologies/, or nothing and why')
    .option('--json', 'print the result as JSON', false)
    .option('--force', 'overwrite generated files that were edited by hand', false)
    .option('--allow-both-sides', 'write a change that disturbs more than one side at once', false)
    .option('--allow-removal', 'write a change that removes more than one route server', false)
    .option(
      '--base <revision>',
      'the commit that runs, to compare with; without it what is pushed of the branch, and HEAD where all of it is',
    )
    .action(async (options: BuildCommandOptions) => {
      const { build } = await import('./commands/build.ts');
      finish(await build(terminal, options));
    });

  program
    .command('check')
    .description('say everything that is wrong: with the named topologies, or with the whole repository')
    .argument('[files...]', 'topologies; without any, everything: topologies, generated files, what a commit disturbs')
    .option('--json', 'print the result as JSON', false)
    .option('--allow-both-sides', 'accept a change that disturbs more than one side at once', false)
    .option('--allow-removal', 'accept a change that removes more than one route server', false)
    .option(
      '--base <revision>',
      'the commit that runs, to compare with; without it what is pushed of the branch, and HEAD where all of it is',
    )
    .option('--junit <folder>', "write kubeconform's reports there, <cluster>-<version>.xml")
    .option('--summary <file>', 'write what a commit disturbs as Markdown, for the summary of a job or a comment')
    .action(async (files: string[], options: CheckCommandOptions) => {
      finish(await check(terminal, files, options));
    });

  program
    .command('explain')
    .description('say what a key of a topology means, what it takes and what comes from it')
    .argument('[path]', 'for example sides.a.vips, or nodes.*.links.routerPort')
    .option('--json', 'print the result as JSON', false)
    .action(async (path: string | undefined, options: { json: boolean }) => {
      const { explain } = await import('./commands/explain.ts');
      finish(explain(terminal, path, options));
    });

  program
    .command('schema')
    .description('print the JSON Schema of a topology, for editors')
    .action(async () => {
      const { schema } = await import('./commands/schema.ts');
      finish(schema(terminal));
    });

  describeLooks(program, terminal, finish);
  describeOpening(program, terminal, finish);
  describeLab(program, terminal, finish);

  program
    .command(initName)
    .description('write a first topology that is valid; asks for what no flag says')
    .option('--json', 'print the result as JSON', false)
    .option('-y, --yes', 'ask nothing, take the usual values', false);
  return program;
}

/** What looks at a live cluster, and changes nothing. */
function describeLooks(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const look = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .argument('[topology]', 'a file of topologies/, by name or path; without it, the only one there is')
      .option('--json', 'print the result as JSON', false)
      .option('--kubeconfig <file>', 'how to reach the cluster (usually KUBECONFIG, or ~/.kube/config)')
      .option('--context <name>', "the kubeconfig's context (usually its current one)")
      .option('--cluster <name>', 'which cluster of the topology it is, where there are several');

  look('preflight', 'whether a live cluster has what the first sync needs, and what to look at by hand').action(
    async (topology: string | undefined, options: StatusCommandOptions) => {
      const { preflight } = await import('./commands/preflight.ts');
      finish(await preflight(terminal, topology, options));
    },
  );
  look('status', 'what a live cluster is like: revisions, pods, VIPs, sessions, and who is missing').action(
    async (topology: string | undefined, options: StatusCommandOptions) => {
      const { status } = await import('./commands/status.ts');
      finish(await status(terminal, topology, options));
    },
  );
}

function describeOpening(program: Command, terminal: Terminal, finish: (code: number) => void): void {
  const ofCluster = (command: Command): Command =>
    command
      .requiredOption('--reason <text>', 'why, for others: it stands in the turn and in the Events')
      .option('--kubeconfig <file>', 'how to reach the cluster (usually KUBECONFIG, or ~/.kube/config)')
      .option('--context <name>', "the kubeconfig's context (usually its current one)");
  ofCluster(program.command('open'))
    .description('open a side by hand, when the other sides keep its clients, for as long as the command runs')
    .argument('[side]', 'the side; left out with --both')
    .argument('[topology]', 'a file of topologies/, by name or path; without it, the only one there is')
    .option('--minutes <number>', 'how long it is open at most, 60 at most', '30')
    .option('--wait <seconds>', 'how long to ask whether the other sides keep its clients', '60')
    .option('--force', 'ask nobody, and close what is open; the name of the fleet has to be typed', false)
    .option('--both', 'open all sides and what they share: the emergency; needs --force', false)
    .option('--confirm <fleet>', 'the name of the fleet, for --force in a script')
    .option('--cluster <name>', 'which cluster of the topology it is, where there are several')
    .action(async (side: string | undefined, topology: string | undefined, options: OpenCommandOptions) => {
      const { open } = await import('./commands/open.ts');
      finish(await open(terminal, [side, topology], options));
    });
  ofCluster(program.command('close'))
    .description('close the side that somebody has left open')
    .argument('[topology]', 'a file of topologies/, by name or path; without it, the only one there is')
    .option('--force', 'also what a gate has opened, whose sync then fails', false)
    .action(async (topology: string | undefined, options: CloseCommandOptions) => {
      const { close } = await import('./commands/open.ts');
      finish(await close(terminal, topology, options));
    });
}

const initName = 'init';

/** The flags of `meshrs init` are its questions; their rules take longer to load than a short command runs. */
async function describeInit(program: Command, terminal: Terminal, finish: (code: number) => void): Promise<void> {
  const { describeQuestions } = await import('./commands/init-flags.ts');
  const command = program.commands.find((each) => each.name() === initName);
  if (command) describeQuestions(command, terminal, finish);
}

const exitCodeHelp = `
Exit codes:
  0  done; warnings may have been printed
  1  what you wrote has errors; each was printed
  2  the command line is wrong
  3  the world refused: a file cannot be read or written, a tool is missing`;

function report(terminal: Terminal, failure: Failure, asJson: boolean): void {
  if (asJson) {
    const { code, message, next } = failure;
    terminal.writeOut(`${JSON.stringify({ ok: false, failure: { code, message, next } }, null, 2)}\n`);
    return;
  }
  terminal.writeError(formatFailure('meshrs', failure));
}

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { readTopology } from '@meshrs/topology';
import { exitCodes, type ExitCode } from '../terminal/exit-codes.ts';
import { Failure, messageOf } from '@meshrs/tools/failure';
import { firstTopology } from '../init/first-topology.ts';
import { questions, type AnswerName, type Answers, type Question } from '../init/answers.ts';
import { formatIssues, toJson } from '../output/issues.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { findRepository } from '../topologies/topology-files.ts';

export interface InitOptions {
  readonly json: boolean;
  /** Ask nothing: what no flag says takes its usual value. */
  readonly yes: boolean;
  readonly answers: Readonly<Partial<Record<AnswerName, string>>>;
}

/** `meshrs init`: asks, or takes flags, and writes a first topology that is valid; an existing file stays. */
export async function init(terminal: Terminal, options: InitOptions): Promise<ExitCode> {
  const problems = questions.flatMap((question) => flagProblem(question, options.answers[question.flag]));
  if (problems.length > 0) {
    terminal.writeError(`${problems.join('\n')}\n`);
    return exitCodes.usage;
  }
  const answers = await completeAnswers(terminal, options);
  const path = join(repositoryOrHere(terminal.cwd), 'topologies', `${answers.name}.yaml`);
  const shown = relative(terminal.cwd, path);
  if (existsSync(path)) {
    throw new Failure({
      code: 'file-exists',
      message: `${shown} exists already; nothing was written.`,
      next: 'choose another --name, or remove the file first',
    });
  }
  const text = firstTopology(answers);
  const { issues, topology } = readTopology(shown, text);
  if (!topology) {
    terminal.writeError(`${formatIssues(issues, shown)}\n\nNothing was written: the answers do not fit together.\n`);
    return exitCodes.issues;
  }
  write(path, text);
  terminal.writeOut(
    options.json
      ? `${JSON.stringify({ ok: true, file: shown, issues: issues.map(toJson) }, null, 2)}\n`
      : `Wrote ${shown}. Put your routers, nodes and clients into it, then run: pnpm build\n`,
  );
  return exitCodes.ok;
}

function flagProblem(question: Question, value: string | undefined): string[] {
  const allowed = value === undefined ? undefined : question.problem(value);
  return allowed === undefined
    ? []
    : [`--${question.flag} ${JSON.stringify(value)} is not allowed\n  allowed: ${allowed}`];
}

async function completeAnswers(terminal: Terminal, options: InitOptions): Promise<Answers> {
  const answers: Partial<Record<AnswerName, string>> = { ...options.answers };
  for (const question of questions) {
    const isOpen = terminal.isInteractive && !options.yes && question.choices?.length !== 1;
    answers[question.flag] ??= isOpen ? await ask(question) : question.initial;
  }
  // Every question has been answered above.
  return answers as Answers;
}

async function ask({ question, initial, choices, problem }: Question): Promise<string> {
  const { input, select } = await import('@inquirer/prompts');
  if (choices) return select({ message: question, choices: [...choices], default: initial });
  return input({ message: question, default: initial, validate: (text) => problem(text) ?? true });
}

function repositoryOrHere(cwd: string): string {
  try {
    return findRepository(cwd);
  } catch (error) {
    if (error instanceof Failure && error.code === 'no-repository') return cwd;
    throw error;
  }
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    throw new Failure({
      code: 'cannot-write',
      message: `${path} cannot be written: ${messageOf(error)}`,
      next: 'check the permissions of the folder and the space on the disk',
      cause: error,
    });
  }
}

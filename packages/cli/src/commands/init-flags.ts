import type { Command } from 'commander';
import { init } from './init.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { questions, type AnswerName } from '../init/answers.ts';

/** Gives the command a flag for each question, and what it does. */
export function describeQuestions(command: Command, terminal: Terminal, finish: (code: number) => void): void {
  for (const { flag, question, initial, choices } of questions) {
    command.option(`--${flag} <value>`, `${question} (${allowedWords(choices)}${initial})`);
  }
  command.action(async (options: Record<string, string | boolean>) => {
    const answers = Object.fromEntries(
      questions.flatMap(({ flag }): [AnswerName, string][] => {
        const value = options[camelCase(flag)];
        return typeof value === 'string' ? [[flag, value]] : [];
      }),
    );
    finish(await init(terminal, { json: options['json'] === true, yes: options['yes'] === true, answers }));
  });
}

function allowedWords(choices: readonly string[] | undefined): string {
  if (choices?.length === 1) return 'only ';
  return choices ? `${choices.join(', ')}; usually ` : 'usually ';
}

/** commander's name of a flag's value. */
function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

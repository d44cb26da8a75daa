import type { EngineFailure } from '../src/engine/engine-failure.ts';
import type { VtyAnswer, VtySession } from '../src/frr/vty-session.ts';

/** A vty session without a bgpd: a script answers, and what was asked is kept. */
export interface ScriptedVty extends VtySession {
  readonly asked: readonly string[];
  isClosed(): boolean;
}

/** What is left out of an answer is status 0 and no text; a script may also throw what the session would reject with. */
export function scriptedVty(answer: (command: string) => Partial<VtyAnswer> | undefined): ScriptedVty {
  const asked: string[] = [];
  const ended = Promise.withResolvers<EngineFailure>();
  let isClosed = false;
  return {
    asked,
    ended: ended.promise,
    isClosed: () => isClosed,
    command: async (text) => {
      await Promise.resolve();
      asked.push(text);
      return { status: 0, output: '', ...answer(text) };
    },
    close: () => {
      isClosed = true;
    },
  };
}

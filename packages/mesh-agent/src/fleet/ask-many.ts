import pMap from 'p-map';
import { atMost } from '../async/at-most.ts';

/** One that has not answered by then is waited for beside the others: one that is silent takes seconds. */
const promptMs = 1000;
/** The same for one that did not answer the last time, and for all where many are silent. */
const promptOfSilentMs = 100;

/**
 * Asks hundreds, few at a time. Who is silent holds up nobody else: as soon as as many have been silent for all their time as are
 * asked at a time, those that come next are waited for beside the others. With 2 s for an answer 500 that are silent take 8 s at 16
 * at a time. One that is slow and answers is not silent: many answers at once take memory.
 */
export async function askMany<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
  by: {
    readonly atATime: number;
    readonly isSilent: (answer: Answer) => boolean;
    readonly wasSilent?: (item: Item) => boolean;
  },
): Promise<readonly Answer[]> {
  const { atATime, isSilent, wasSilent = () => false } = by;
  let silent = 0;
  const answers: Promise<Answer>[] = [];
  const countLate = async (answer: Promise<Answer>) => {
    if (isSilent(await answer)) silent += 1;
  };
  const late: Promise<void>[] = [];
  await pMap(
    items,
    async (item) => {
      const answer = ask(item);
      answers.push(answer);
      // Where another one fails first, that is told.
      void answer.catch(() => undefined);
      const isPrompt = await atMost(
        answer.then(() => true),
        wasSilent(item) || silent >= atATime ? promptOfSilentMs : promptMs,
      );
      if (isPrompt === true) return;
      const counted = countLate(answer);
      late.push(counted);
      void counted.catch(() => undefined);
    },
    { concurrency: atATime },
  );
  await Promise.all(late);
  return await Promise.all(answers);
}

/*
 * Schedules as Argo CD reads them (robfig/cron, parser.go, `getField`; argo-cd, types.go, `SyncWindow`): five fields, no "@daily", Sunday is 0
 * and never 7.
 */

interface CronField {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  /** The words for its numbers, from `first` on. */
  readonly words: readonly string[];
}

const fields: readonly CronField[] = [
  { name: 'minute', first: 0, last: 59, words: [] },
  { name: 'hour', first: 0, last: 23, words: [] },
  { name: 'day of the month', first: 1, last: 31, words: [] },
  {
    ...{ name: 'month', first: 1, last: 12 },
    words: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of the week', first: 0, last: 6, words: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

/** What is wrong in a field of a schedule. */
export interface CronFault {
  /** "hour". */
  readonly field: string;
  /** "24". */
  readonly seen: string;
  /** "0 to 23". */
  readonly allowed: string;
}

/** Every fault of a schedule of five fields; `never`: no day is in it. */
export function cronFaults(schedule: string): readonly CronFault[] | 'never' {
  const texts = schedule.split(' ');
  const read = fields.map((field, index) => numbersOf(texts[index] ?? '', field));
  const faults = fields.flatMap((field, index): CronFault[] => {
    const { wrong } = read[index] ?? { wrong: [] };
    return wrong.map((seen) => ({ field: field.name, seen, allowed: allowedIn(field) }));
  });
  if (faults.length > 0) return faults;
  const [, , days, months, weekdays] = read.map(({ numbers }) => numbers);
  // With both restricted one of the two is enough (robfig/cron, spec.go, `dayMatches`).
  const isByWeekday = !/^\*(\/1)?$/.test(texts[4] ?? '') && (weekdays?.length ?? 0) > 0;
  const isPossible = months?.some((month) => days?.some((day) => day <= (longest[month] ?? 31))) ?? false;
  return isPossible || isByWeekday ? [] : 'never';
}

/** Days of the months that have not 31, in a leap year. */
const longest: Readonly<Record<number, number | undefined>> = { 2: 29, 4: 30, 6: 30, 9: 30, 11: 30 };

function allowedIn({ first, last, words }: CronField): string {
  const named = words.length > 0 ? `, or ${words[0] ?? ''} to ${words.at(-1) ?? ''}` : '';
  return `${String(first)} to ${String(last)}${named}; "*", ranges with "-" and lists with ",", each with a step from 1 on behind "/"`;
}

function numbersOf(text: string, field: CronField): { readonly numbers: readonly number[]; readonly wrong: string[] } {
  // Of a list it skips what is empty; nothing but commas would be no time at all.
  const written = text.split(',').filter((part) => part !== '');
  const parts = (written.length > 0 ? written : [text]).map((part) => ({ part, numbers: rangeOfPart(part, field) }));
  return {
    numbers: parts.flatMap(({ numbers = [] }) => numbers),
    wrong: parts.filter(({ numbers }) => numbers === undefined).map(({ part }) => part),
  };
}

/** "N/step" goes on to the last one (`getRange`). */
function rangeOfPart(part: string, { first, last, words }: CronField): readonly number[] | undefined {
  const [range = '', stepText = '1', ...more] = part.split('/');
  const [from = '', to, ...rest] = range.split('-');
  const numberOf = (text: string): number | undefined => {
    const word = words.indexOf(text.toLowerCase());
    if (word >= 0) return first + word;
    return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  };
  const isAll = from === '*';
  const begin = isAll ? first : numberOf(from);
  const end = isAll ? last : to !== undefined ? numberOf(to) : part.includes('/') ? last : begin;
  const step = /^\d{1,4}$/.test(stepText) ? Number(stepText) : 0;
  const isWhole = more.length === 0 && rest.length === 0 && step > 0;
  if (!isWhole || begin === undefined || end === undefined || begin < first || end > last || begin > end) {
    return undefined;
  }
  return Array.from({ length: Math.floor((end - begin) / step) + 1 }, (_, index) => begin + index * step);
}

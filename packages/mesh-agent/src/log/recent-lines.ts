/** The last lines of the log, kept within bounds of number and size. */
export interface RecentLines {
  readonly add: (line: string) => void;
  /** Oldest first. */
  readonly list: () => readonly string[];
}

export function createRecentLines(largest = { lines: 1000, characters: 2 ** 19 }): RecentLines {
  let lines: string[] = [];
  let first = 0;
  let characters = 0;
  return {
    add: (line) => {
      lines.push(line);
      characters += line.length;
      while (lines.length - first > largest.lines || (characters > largest.characters && first < lines.length)) {
        characters -= lines[first]?.length ?? 0;
        lines[first] = '';
        first += 1;
      }
      // Now and then: to move all lines for each new one would cost more than the rest.
      if (first <= largest.lines) return;
      lines = lines.slice(first);
      first = 0;
    },
    list: () => lines.slice(first),
  };
}

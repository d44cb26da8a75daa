/** No reader shows or keeps more of a text than this. */
const longestText = 512;
/** What would move a terminal's cursor, or break a line of a log in two. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** What somebody else wrote, as a person may be shown it: one line without control characters, and with an end. */
export function shown(written: string, longest = longestText): string {
  const cut = written.length > longest ? `${written.slice(0, longest - 1)}…` : written;
  return cut.replaceAll(unprintable, '\uFFFD');
}

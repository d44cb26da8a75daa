/*
 * What comes from outside stands in a line of a device's file by one of these. The readers of topologies take no names that are not
 * words; here it is made sure of once more, since a name with a blank or an end of a line would be a statement of somebody's.
 */

/** A name or a value of one word, as all systems take it without quotes. @throws RangeError */
export function word(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._:/-]*$/.test(text)) {
    throw new RangeError(`This is no word of a router's configuration: ${JSON.stringify(text)}.`);
  }
  return text;
}

/** What a filter lets in or keeps back, which is never nothing: some systems take an empty list for one of all. @throws RangeError */
export function notEmpty<Value>(values: readonly Value[], list: string): readonly Value[] {
  if (values.length === 0) throw new RangeError(`The list ${list} of a router's configuration would be empty.`);
  return values;
}

/** A part of a name from any text: what is no letter, digit, "_" or "-" becomes "-". */
export function wordPart(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]+/g, '-');
}

/**
 * At most so many characters; of a longer text the start, and what tells it from others with that start (FNV-1a), behind "_", which
 * names of sides have not.
 */
export function shortened(text: string, length: number): string {
  if (text.length <= length) return text;
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  const mark = (hash >>> 0).toString(16).padStart(8, '0');
  return `${text.slice(0, length - mark.length - 1)}_${mark}`;
}

/** Any text as a part of one line: ends of lines, and what a terminal would act on, become blanks. */
export function inOneLine(text: string): string {
  return text.replace(/(?:(?! )[\s\p{C}])+/gu, ' ');
}

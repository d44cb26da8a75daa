/** "no files", "1 file", "2 files". */
export function count(number: number, thing: string): string {
  return `${number === 0 ? 'no' : String(number)} ${thing}${number === 1 ? '' : 's'}`;
}

/** A word that FRR takes as one argument and never as a keyword, a separator or a comment. */
export type FrrWord = string & { readonly kind: 'FrrWord' };

/** Text after a keyword up to the end of the line: printable ASCII, single blanks, at most 255 bytes (RFC 9003). */
export type FrrLine = string & { readonly kind: 'FrrLine' };

/** A name that would not stay one word in a configuration. The readers of settings refuse such names with an issue. */
export class UnsafeTextError extends Error {
  override readonly name = 'UnsafeTextError';
  readonly text: string;

  constructor(text: string) {
    super(
      `This text cannot stand in an FRR configuration: ${JSON.stringify(text)}. Allowed are letters, digits, "-", "_" and ".", a letter or digit first, at most 80. Change the name in the settings.`,
    );
    this.text = text;
  }
}

export function toFrrWord(text: string): FrrWord {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/.test(text)) throw new UnsafeTextError(text);
  // Checked above; a brand has no other way in.
  return text as FrrWord;
}

/** Makes one safe line of any text: what is not printable ASCII becomes "_", white space one blank. */
export function toFrrLine(text: string): FrrLine {
  const line = text
    .replace(/\s+/g, ' ')
    .replace(/[^ -~]/g, '_')
    .slice(0, 255)
    .trim();
  return line as FrrLine;
}

/**
 * Scalars that YAML 1.1 and 1.2 readers take for the same thing (YAML 1.1 types: https://yaml.org/type/).
 */

/** A text without quotes where every reader sees a text; in double quotes elsewhere. */
export function writeText(text: string): string {
  return isPlain(text) ? text : quote(text);
}

/** Whole numbers in digits; others with a point and a signed exponent, which both versions read as a number. */
export function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError(`YAML for Kubernetes has no number ${String(value)}.`);
  if (Number.isSafeInteger(value)) return String(value === 0 ? 0 : value);
  const [mantissa = '', exponent] = String(value).split('e');
  const withPoint = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
  return exponent === undefined ? withPoint : `${withPoint}e${exponent}`;
}

/**
 * The header and lines of a literal block, for a text of several lines that a block can hold unchanged; undefined when
 * it cannot (YAML 1.2, section 8.1.2).
 */
export function toLiteralBlock(
  text: string,
): { readonly header: string; readonly lines: readonly string[] } | undefined {
  const isLiteral = text.includes('\n') && !/^[ \n]| (\n|$)|\n\n$/.test(text) && onlyPrintable.test(text);
  if (!isLiteral) return undefined;
  const endsLine = text.endsWith('\n');
  return { header: endsLine ? '|' : '|-', lines: (endsLine ? text.slice(0, -1) : text).split('\n') };
}

/** Letters first: no number, date or base-60 time starts so. A colon only where no reader sees a mapping. */
const plain = /^[A-Za-z/](?:[A-Za-z0-9_./-]|:(?=[A-Za-z0-9_./-]))*$/;

/**
 * Words that YAML 1.1 takes for true, false or null, and what some of its readers take for a number: an exponent alone.
 */
const notText = /^(y|n|yes|no|on|off|true|false|null|e-?[0-9]+)$/i;

/** Without tabs, carriage returns, control characters, other line breaks, the byte order mark and lone surrogates. */
const onlyPrintable = /^[\n\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** What JSON leaves as it is and a YAML reader would refuse, or take for a line break. */
const unprintable = /[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]/g;

function isPlain(text: string): boolean {
  return plain.test(text) && !notText.test(text);
}

function quote(text: string): string {
  if (!text.isWellFormed()) throw new TypeError(`This text is not Unicode: ${JSON.stringify(text)}`);
  return JSON.stringify(text).replace(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

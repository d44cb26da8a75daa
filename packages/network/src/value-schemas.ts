import { standIns, type ValueProblem } from '@meshrs/strict-yaml';
import { z } from 'zod';
import {
  parseAddress,
  parseInterfaceAddress,
  parsePrefix,
  type InterfaceAddress,
  type IpAddress,
  type IpPrefix,
} from './address.ts';
import { parseAsn, parseAsnRange, type Asn, type AsnRange } from './asn.ts';
import { isName, type NameRule } from './names.ts';

const asnAllowed = 'an AS number in quotes, "65001" (asplain) or "65000.1" (asdot), 1 to 4294967294';
const rangeAllowed = 'one AS number or a range in quotes, "65101" or "65001-65535"';
const addressAllowed = 'an IPv4 or IPv6 address, 192.168.255.1 or 2001:db8::1';
const prefixAllowed = 'an IPv4 or IPv6 prefix, 192.168.0.0/16 or 2001:db8::/32';
const interfaceAllowed = 'an address with the length of its subnet, 172.16.1.12/31 or 2001:db8::1/127';

/** Text to AS number. */
export const asnSchema = z
  .string()
  .transform(
    (text, context): Asn =>
      parseAsn(text) ?? refuse(context, wrongFormat(`${named(text)} is not an AS number.`, asnAllowed)),
  )
  .meta({ allowed: asnAllowed, example: '"65000.1"' })
  .register(standIns, { make: (count) => String(4200000000 + count) });

/** Text to range of AS numbers. */
export const asnRangeSchema = z
  .string()
  .transform((text, context): AsnRange => parseAsnRange(text) ?? refuse(context, badRange(text)))
  .meta({ allowed: rangeAllowed, example: '"65001-65535"' });

/** Text to canonical address. */
export const addressSchema = z
  .string()
  .transform((text, context): IpAddress => parseAddress(text) ?? refuse(context, badAddress(text)))
  .meta({ allowed: addressAllowed, example: '192.168.255.1' })
  .register(standIns, { make: benchmarkAddress });

/** An identifier need not be an address (RFC 6286); speakers of before refuse what is no unicast one (RFC 4271 section 6.2). */
const routerIdAllowed = 'four numbers as in an IPv4 address, from 0.0.0.1 to 223.255.255.255 (RFC 6286)';

/** Text to canonical IPv4 address: router-ids and cluster-ids (RFC 4271 section 4.2, RFC 4456). */
export const routerIdSchema = z
  .string()
  .transform((text, context): IpAddress => {
    const address = parseAddress(text);
    const isRouterId = address !== undefined && !address.includes(':') && Number(address.split('.')[0]) < 224;
    if (isRouterId && address !== '0.0.0.0') return address;
    return refuse(context, wrongFormat(`${named(text)} is not a router-id.`, routerIdAllowed));
  })
  .meta({ allowed: routerIdAllowed, example: '192.168.255.11' })
  .register(standIns, { make: benchmarkAddress });

/** Text to canonical prefix; host bits are refused with the prefix that was probably meant. */
export const prefixSchema = z
  .string()
  .transform((text, context): IpPrefix => {
    const parsed = parsePrefix(text);
    if (!parsed) return refuse(context, badPrefix(text));
    if ('prefix' in parsed) return parsed.prefix;
    return refuse(context, {
      code: 'host-bits-set',
      message: `${named(text)} has host bits set; did you mean ${parsed.hostBitsOf}?`,
      allowed: prefixAllowed,
      hint: `write ${parsed.hostBitsOf}`,
    });
  })
  .meta({ allowed: prefixAllowed, example: '192.168.0.0/16' });

/** Text to canonical address with subnet length. */
export const interfaceAddressSchema = z
  .string()
  .transform(
    (text, context): InterfaceAddress =>
      parseInterfaceAddress(text) ??
      refuse(context, wrongFormat(`${named(text)} is not an interface address.`, interfaceAllowed)),
  )
  .meta({ allowed: interfaceAllowed, example: '172.16.1.12/31' });

/** Text that follows a rule for names. */
export function nameSchema(rule: NameRule, example: string) {
  return z
    .string()
    .superRefine((text, context) => {
      if (!isName(text, rule))
        report(context, wrongFormat(`${named(text)} is not allowed as a name here.`, rule.allowed));
    })
    .meta({ allowed: rule.allowed, example, pattern: rule.pattern.source, maxLength: rule.maximumLength })
    .register(standIns, { make: () => example });
}

/** Text that a pattern must match. */
export function patternSchema(options: { pattern: RegExp; what: string; allowed: string; example: string }) {
  return z
    .string()
    .superRefine((text, context) => {
      if (!options.pattern.test(text)) report(context, wrongFormat(`This is not ${options.what}.`, options.allowed));
    })
    .meta({ allowed: options.allowed, example: options.example, pattern: options.pattern.source })
    .register(standIns, { make: () => options.example.replaceAll('"', '') });
}

/** A list in which no value may stand twice. */
export function uniqueList<S extends z.ZodType>(element: S, minimum = 1) {
  return z
    .array(element)
    .min(minimum)
    .superRefine((values, context) => {
      const seen = new Set<string>();
      for (const [index, value] of values.entries()) {
        const text = JSON.stringify(value);
        if (seen.has(text)) {
          report(
            context,
            { code: 'duplicate-entry', message: 'This entry stands twice in the list.', hint: 'remove one of the two' },
            [index],
          );
        }
        seen.add(text);
      }
    });
}

/** Addresses that no network uses (RFC 2544), so that a stand-in equals nothing else in a file. */
function benchmarkAddress(count: number): string {
  return `198.18.${String(Math.floor(count / 256) % 256)}.${String(count % 256)}`;
}

function badRange(text: string): ValueProblem {
  const [first = '', last = '', ...rest] = text.split('-');
  const isTwoNumbers = rest.length === 0 && [first, last].every((each) => parseAsn(each) !== undefined);
  if (isTwoNumbers) {
    return wrongFormat(`${named(text)} runs backwards.`, rangeAllowed, `write "${last}-${first}"`);
  }
  return wrongFormat(`${named(text)} is not an AS number or a range of them.`, rangeAllowed);
}

function badAddress(text: string): ValueProblem {
  const [address = ''] = text.split('/');
  return parseAddress(address) !== undefined
    ? wrongFormat('Expected an address without a length, found a prefix.', addressAllowed, `write ${address}`)
    : wrongFormat(`${named(text)} is not an address.`, addressAllowed);
}

function badPrefix(text: string): ValueProblem {
  const address = parseAddress(text);
  const length = address?.includes(':') ? 128 : 32;
  return address
    ? wrongFormat(
        'The length of the prefix is missing.',
        prefixAllowed,
        `write ${address}/${String(length)} for this one address`,
      )
    : wrongFormat(`${named(text)} is not a prefix.`, prefixAllowed);
}

/** A value in a sentence, as it is written: what is long, empty or not printable is seen by its place alone. */
function named(text: string): string {
  return /^[ -~]{1,63}$/.test(text) ? `"${text}"` : 'This';
}

function wrongFormat(message: string, allowed: string, hint?: string): ValueProblem {
  return { code: 'wrong-format', message, allowed, ...(hint !== undefined && { hint }) };
}

interface Context {
  addIssue(issue: { code: 'custom'; params: Record<string, unknown>; path?: PropertyKey[] }): void;
}

function report(context: Context, problem: ValueProblem, path: PropertyKey[] = []): void {
  context.addIssue({ code: 'custom', params: { ...problem }, path });
}

function refuse(context: Context, problem: ValueProblem): never {
  report(context, problem);
  // zod drops the value of a transformation that has reported an issue.
  return z.NEVER;
}

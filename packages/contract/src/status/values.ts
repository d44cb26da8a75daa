import { addressSchema, parseAsn, type Asn, type IpAddress } from '@meshrs/network';
import { z } from 'zod';
import { shown } from './shown.ts';
import { writes } from './tolerance.ts';

/** Any text. */
export const text = z.string().transform((written) => shown(written));
/** How many of something. */
export const count = z.int().nonnegative();
/** Milliseconds of an interval. */
export const milliseconds = z.number().nonnegative();
/** A moment as ISO 8601 text in UTC: "2026-11-22T13:15:13.000Z". */
export const timestamp = z.iso.datetime();
export const address = writes<IpAddress>()(addressSchema);
/** AS 0 is nobody's (RFC 7607). */
export const asn = z.custom<Asn>(
  (value) => typeof value === 'number' && value !== 0 && parseAsn(String(value)) === value,
);

/** A failure as data, for logs and /status. */
export const failure = z.object({
  code: text,
  operation: text,
  message: text,
  retryable: z.boolean(),
  /** The messages of the causes, outermost first. */
  causes: z.array(text),
});

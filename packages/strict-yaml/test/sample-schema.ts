import { z } from 'zod';
import { standIns } from '../src/schema-tree.ts';
import type { ValueProblem } from '../src/findings.ts';

/** A text that only "good" fits, with the problem that is reported of any other. */
function goodText(problem: ValueProblem) {
  return z.string().superRefine((text, context) => {
    if (text !== 'good') context.addIssue({ code: 'custom', params: { ...problem } });
  });
}

/** A text that no text fits, and whose problem repeats it. */
const repeated = z.string().superRefine((text, context) => {
  const params = { code: 'wrong-format', message: `"${text}" is not good.`, hint: `do not write ${text}` };
  context.addIssue({ code: 'custom', params });
});

const shortName = z.string().superRefine((text, context) => {
  if (text.length > 4) {
    const params = { code: 'wrong-format', message: 'This name is too long.', allowed: 'four letters' };
    context.addIssue({ code: 'custom', params });
  }
});

/** One key for each way in which a value can be wrong. */
export const sampleSchema = z.strictObject({
  name: z
    .string()
    .meta({ example: 'one' })
    .register(standIns, { make: (count) => `stand-in-${String(count)}` }),
  text: z.string().optional(),
  count: z.int().min(1).max(9).default(1),
  ratio: z.number().min(0.5).optional(),
  isOn: z.boolean().optional(),
  words: z.array(z.string()).min(1).max(2).optional(),
  pairs: z.array(z.int()).min(2).optional(),
  kind: z.enum(['left', 'right']).optional(),
  size: z.enum(['small', 'large']).default('small'),
  note: z.string().meta({ allowed: 'a note in quotes' }).optional(),
  good: goodText({ code: 'wrong-format', message: 'This is not good.', allowed: 'good' }).optional(),
  better: goodText({ code: 'wrong-format', message: 'This is not good.', hint: 'write good' }).optional(),
  best: goodText({ code: 'host-bits-set', message: 'This is not good.' }).meta({ example: 'good' }).optional(),
  token: z.string().meta({ isSensitive: true }).optional(),
  repeatedToken: repeated.meta({ isSensitive: true }).optional(),
  isToken: z.boolean().meta({ isSensitive: true }).optional(),
  long: z.enum(['considerably-long', 'other']).optional(),
  empty: z.strictObject({}).optional(),
  spots: z.array(z.boolean().optional()).optional(),
  tokens: z.strictObject({ key: z.string() }).meta({ isSensitive: true }).optional(),
  limits: z.strictObject({ low: z.int().min(0).default(0) }).prefault({}),
  items: z.array(z.strictObject({ id: z.string() })).optional(),
  parts: z
    .record(shortName, z.strictObject({ kind: z.enum(['left', 'right']), id: z.string().optional() }))
    .default({}),
  named: z.record(z.string(), z.strictObject({ id: z.string(), ids: z.array(z.string()).default([]) })).default({}),
  flags: z.record(shortName, z.boolean()).default({}),
  shape: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('circle'), radius: z.int().min(1).max(5) }),
      z.strictObject({ type: z.literal('square'), side: z.int().min(1).max(5) }),
    ])
    .optional(),
});

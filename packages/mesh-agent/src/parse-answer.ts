import { shown } from '@meshrs/contract';
import type { z } from 'zod';

/** What somebody else answered, as the schema has it; `refuse` makes the failure that is thrown where it does not fit. */
export function parseAnswer<S extends z.ZodType>(
  schema: S,
  value: unknown,
  refuse: (why: string, cause: z.ZodError) => Error,
): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw refuse(firstProblem(result.error), result.error);
}

/** The first thing that does not fit, and where: "metadata.name: Invalid input". What others wrote has an end in it. */
export function firstProblem({ issues: [issue] }: z.ZodError): string {
  return shown(`${issue?.path.join('.') ?? ''}: ${issue ? messageOf(issue) : ''}`, longestProblem);
}

const longestProblem = 200;

/** A schema of values (`@meshrs/network`) has its message among the parameters of its issue. */
function messageOf(issue: z.core.$ZodIssue): string {
  const own: unknown = issue.code === 'custom' ? issue.params?.['message'] : undefined;
  return typeof own === 'string' ? own : issue.message;
}

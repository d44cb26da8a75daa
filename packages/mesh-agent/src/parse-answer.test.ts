import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentFailure } from './failure.ts';
import { parseAnswer } from './parse-answer.ts';

const schema = z.object({ metadata: z.object({ name: z.string() }) });
const refuse = (why: string, cause: z.ZodError) =>
  new AgentFailure(`The answer is not understood: ${why}.`, {
    code: 'api-answer-not-understood',
    operation: 'test',
    retryable: true,
    cause,
  });

describe('parseAnswer', () => {
  it('gives what the schema reads of the answer', () => {
    expect(parseAnswer(schema, { metadata: { name: 'a', uid: '1' } }, refuse)).toEqual({ metadata: { name: 'a' } });
  });

  it('throws the failure with the first problem, where it stands, and what caused it', () => {
    const parse = () => parseAnswer(schema, { metadata: { name: 1 } }, refuse);
    expect(parse).toThrow(
      expect.objectContaining({
        message: 'The answer is not understood: metadata.name: Invalid input: expected string, received number.',
        code: 'api-answer-not-understood',
        cause: expect.any(z.ZodError) as z.ZodError,
      }),
    );
  });
});

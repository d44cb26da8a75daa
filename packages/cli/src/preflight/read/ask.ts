import { shown } from '@meshrs/contract';
import { isFailure } from '@meshrs/tools/failure';
import type { z } from 'zod';
import type { ClusterApi } from '../../status/cluster-api.ts';
import type { ApiAnswer } from '../../status/pod-answer.ts';
import { refusalSchema } from '../../status/kubernetes-answers.ts';
import { known, type Known } from '../known.ts';

/** One look: at a path, for which a right is needed, whose words are "list nodes". */
export interface ApiLook<S extends z.ZodType> {
  readonly path: string;
  readonly right: string;
  readonly schema: S;
}

/** What stands there; undefined where there is nothing (404). */
export async function look<S extends z.ZodType>(
  api: ClusterApi,
  { path, right, schema }: ApiLook<S>,
): Promise<Known<z.output<S> | undefined>> {
  return readAnswer(await answerOf(() => api.get(path)), right, schema);
}

/** The answer to something that is asked by writing, and kept nowhere. */
export async function ask<S extends z.ZodType>(
  api: ClusterApi,
  { path, right, schema }: ApiLook<S>,
  body: object,
): Promise<Known<z.output<S> | undefined>> {
  return readAnswer(await answerOf(() => api.post(path, body)), right, schema);
}

/** The text at a path that holds no JSON. */
export async function lookAtText(api: ClusterApi, path: string, right: string): Promise<Known<string>> {
  const answer = await answerOf(() => api.get(path));
  if (typeof answer === 'string') return unreadable(answer);
  return answer.status === 200 ? known(answer.body) : refused(answer, right);
}

/** One that does not come is no end of all looks: it says so in its row. */
export async function answerOf(send: () => Promise<ApiAnswer>): Promise<ApiAnswer | string> {
  try {
    return await send();
  } catch (error) {
    if (!isFailure(error)) throw error;
    return error.message;
  }
}

function readAnswer<S extends z.ZodType>(
  answer: ApiAnswer | string,
  right: string,
  schema: S,
): Known<z.output<S> | undefined> {
  if (typeof answer === 'string') return unreadable(answer);
  if (answer.status === 404) return known(undefined);
  if (answer.status !== 200 && answer.status !== 201) return refused(answer, right);
  const read = schema.safeParse(parseJson(answer.body));
  if (read.success) return known(read.data);
  return unreadable(`what the API answers to "${right}" is not understood`);
}

export function refused(answer: ApiAnswer, right: string): Known<never> {
  if (answer.status === 401 || answer.status === 403) {
    return { isKnown: false, why: `you may not ${right}`, next: `get the right to ${right}, or ask who has it` };
  }
  return unreadable(`the API answers ${String(answer.status)} to "${right}": ${reasonOf(answer)}`);
}

function unreadable(why: string): Known<never> {
  return { isKnown: false, why, next: 'run this again; kubectl get --raw /readyz says whether the API is well' };
}

/** In the API's own words, where it has some. */
export function reasonOf({ body }: ApiAnswer): string {
  const status = refusalSchema.safeParse(parseJson(body));
  return shown(status.success ? status.data.message : body, 300);
}

/** Undefined, which no answer is, for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

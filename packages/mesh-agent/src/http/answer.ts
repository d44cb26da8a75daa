import type { Clock } from '../async/clock.ts';

/** One answer; its body is made once, however many ask for it. */
export interface Answer {
  readonly status: 200 | 304 | 400 | 404 | 405 | 431 | 500 | 503 | 505;
  readonly contentType: string;
  readonly body: Buffer;
  /** Names what it says (RFC 9110 section 8.8.3): who has that already is told so, and nothing else. */
  readonly tag?: string;
  /** Further fields of its head, which hold for this moment, whatever is said. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** An answer that takes work, or is large: asked for when the connection has its turn. */
export interface LaterAnswer {
  /** Must not reject. */
  readonly make: () => Promise<Answer>;
}

/** RFC 9110 section 15. */
const reasonPhrases: Readonly<Record<Answer['status'], string>> = {
  200: 'OK',
  304: 'Not Modified',
  400: 'Bad Request',
  404: 'Not Found',
  405: 'Method Not Allowed',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
};

export function textAnswer(status: Answer['status'], body: string): Answer {
  return { status, contentType: 'text/plain; charset=utf-8', body: Buffer.from(body) };
}

export function jsonAnswer(status: Answer['status'], value: unknown): Answer {
  return { status, contentType: 'application/json', body: Buffer.from(`${JSON.stringify(value)}\n`) };
}

/** What is sent to who has said the tag of what it has: the answer, or that it is the same. */
export function answerTo(answer: Answer, ifNoneMatch: string | undefined): Answer {
  if (answer.tag === undefined || answer.tag !== ifNoneMatch) return answer;
  return { ...answer, status: 304, body: Buffer.alloc(0) };
}

/** What goes before the body. Each connection has one request, and says so. */
export function headOf({ status, contentType, body, tag, fields = {} }: Answer, clock: Clock): string {
  const lines = [
    `HTTP/1.1 ${String(status)} ${reasonPhrases[status]}`,
    `date: ${new Date(clock.wallMs(clock.monotonicMs())).toUTCString()}`,
    ...(status === 304 ? [] : [`content-type: ${contentType}`, `content-length: ${String(body.length)}`]),
    ...(tag === undefined ? [] : [`etag: ${tag}`]),
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
    'cache-control: no-store',
    'connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

import type { Clock } from '../async/clock.ts';

/** One answer; its body is made once, however many ask for it. */
export interface Answer {
  readonly status: 200 | 400 | 404 | 405 | 431 | 500 | 503 | 505;
  readonly contentType: string;
  readonly body: Buffer;
}

/** An answer that takes work, or is large: asked for when the connection has its turn. */
export interface LaterAnswer {
  /** Must not reject. */
  readonly make: () => Promise<Answer>;
}

/** RFC 9110 section 15. */
const reasonPhrases: Readonly<Record<Answer['status'], string>> = {
  200: 'OK',
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

/** What goes before the body. Each connection has one request, and says so. */
export function headOf({ status, contentType, body }: Answer, clock: Clock): string {
  const fields = [
    `HTTP/1.1 ${String(status)} ${reasonPhrases[status]}`,
    `date: ${new Date(clock.wallMs(clock.monotonicMs())).toUTCString()}`,
    `content-type: ${contentType}`,
    `content-length: ${String(body.length)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  return `${fields.join('\r\n')}\r\n\r\n`;
}

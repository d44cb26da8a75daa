import { createServer } from 'node:http';
import { ports } from '@meshrs/contract';
import { answersOf, type FakeAgent } from './fake-agent.ts';

/** Answers as many agents, each on its own address; a test starts it and talks to it over Node's IPC. */
export interface FleetRequest {
  readonly kind: 'serve';
  readonly agents: readonly FakeAgent[];
}

export interface FleetMessage {
  readonly id: number;
  /** How often /status and its like were asked for, since the start. */
  readonly asked: number;
}

let asked = 0;

process.on('message', ({ id, request }: { id: number; request: FleetRequest }) => {
  void Promise.all(request.agents.map(serve)).then(() => {
    process.send?.({ id, asked } satisfies FleetMessage);
  });
});
process.on('disconnect', () => {
  process.exit(0);
});

function serve(agent: FakeAgent): Promise<void> {
  const answers = answersOf(agent);
  const server = createServer((request, response) => {
    asked += 1;
    const answer = request.method === 'GET' ? answers[request.url ?? ''] : undefined;
    if (!answer) {
      response.writeHead(404).end();
      return;
    }
    void answer(request.headers['if-none-match']).then(({ status, contentType, body, tag, fields }) => {
      const head = { 'content-type': contentType, ...(tag !== undefined && { etag: tag }), ...fields };
      response.writeHead(status, head).end(body);
    });
  });
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen({ port: ports.agent, host: agent.address, backlog: 64 }, resolve);
  });
}

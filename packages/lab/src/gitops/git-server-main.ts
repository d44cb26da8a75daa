import { spawn } from 'node:child_process';
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join, normalize } from 'node:path';

/*
 * Serves repositories (by `git http-backend`, CGI as of RFC 3875) and plain files over HTTP, for reading only.
 *
 *   git-server-main.ts FOLDER GIT ADDRESS PORT
 *
 * FOLDER/git/*.git are the repositories at /git/…, FOLDER/charts what is at /charts/….
 */
const [folder = '', git = 'git', address = '', port = ''] = process.argv.slice(2);

createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://lab');
  if (pathname.startsWith('/git/')) serveGit(request, response, pathname.slice('/git'.length), search.slice(1));
  else serveFile(response, pathname);
}).listen(Number(port), address);

function serveGit(request: IncomingMessage, response: ServerResponse, path: string, query: string): void {
  const backend = spawn(git, ['http-backend'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      GIT_PROJECT_ROOT: join(folder, 'git'),
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROTOCOL: textOf(request.headers['git-protocol']),
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
    },
  });
  request.pipe(backend.stdin);
  // The backend may answer before it has read everything.
  backend.stdin.on('error', () => undefined);
  let head = Buffer.alloc(0);
  backend.stdout.on('data', (part: Buffer) => {
    if (response.headersSent) {
      response.write(part);
      return;
    }
    head = Buffer.concat([head, part]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    const headers = head.subarray(0, end).toString('latin1').split('\r\n').map(parseHeader);
    const status = headers.find(([name]) => name.toLowerCase() === 'status')?.[1] ?? '200';
    response.writeHead(Number.parseInt(status, 10), headers.filter(([name]) => name.toLowerCase() !== 'status').flat());
    response.write(head.subarray(end + 4));
  });
  backend.on('close', (code) => {
    if (!response.headersSent) response.writeHead(500);
    if (code !== 0) process.stderr.write(`git http-backend ${path}: exit status ${String(code)}\n`);
    response.end();
  });
}

function serveFile(response: ServerResponse, pathname: string): void {
  const path = join(folder, normalize(decodeURIComponent(pathname)));
  if (!pathname.startsWith('/charts/') || !isFile(path)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200);
  createReadStream(path).pipe(response);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function parseHeader(line: string): [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}

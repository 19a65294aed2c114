// A real `holter serve` for the tests, with real targets on loopback, in a directory of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = process.env['HOLTER_BIN'] ?? join(root, 'build/release/holter');
const startLimit = 20_000;
const stopLimit = 10_000;

export const password = 'correct horse battery staple';

/** A website whose answer the tests change. */
export class Site {
  status = 200;
  delayMs = 0;
  private constructor(
    private readonly server: HttpServer,
    readonly port: number,
  ) {}
  static async start(): Promise<Site> {
    const server = createHttpServer((_, response) => {
      setTimeout(() => {
        response.writeHead(site.status, { 'Content-Type': 'text/plain' });
        response.end('hello\n');
      }, site.delayMs);
    });
    const site = new Site(server, await listen(server));
    return site;
  }
  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** A port that takes connections, and can be closed and opened again. */
export class Port {
  private constructor(
    private server: TcpServer | null,
    readonly port: number,
  ) {}
  static async start(): Promise<Port> {
    const server = createTcpServer((socket) => socket.end());
    return new Port(server, await listen(server));
  }
  stop(): void {
    this.server?.close();
    this.server = null;
  }
  async open(): Promise<void> {
    const server = createTcpServer((socket) => socket.end());
    await new Promise<void>((done, fail) => server.once('error', fail).listen(this.port, '127.0.0.1', done));
    this.server = server;
  }
}

async function listen(server: HttpServer | TcpServer): Promise<number> {
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}

export async function freePort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  await new Promise((done) => server.close(done));
  return port;
}

export interface Options {
  /** Content of monitors.yml. */
  monitors?: string;
  env?: Record<string, string>;
}

export class Holter {
  url = '';
  /** Where the first account is made; the token is behind the '#'. Empty once there is one. */
  setUpLink = '';
  private process: ChildProcess | null = null;
  private readonly directory = mkdtempSync(join(tmpdir(), 'holter-ui-'));
  private log = '';
  private port = 0;
  private constructor(private readonly options: Options) {}

  static async start(options: Options = {}): Promise<Holter> {
    const holter = new Holter(options);
    holter.port = await freePort();
    writeFileSync(join(holter.directory, 'monitors.yml'), options.monitors ?? 'monitors: []\n');
    await holter.run();
    return holter;
  }

  /** Starts the program, again after stop() with the same data and port. */
  async run(): Promise<void> {
    const child = spawn(program, ['serve', '--quiet'], {
      cwd: this.directory,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.directory,
        HOLTER_DEFINITIONS: join(root, 'definitions'),
        HOLTER_DATA_DIR: join(this.directory, 'data'),
        HOLTER_MONITORS: join(this.directory, 'monitors.yml'),
        HOLTER_SERVER_LISTEN: `127.0.0.1:${this.port}`,
        HOLTER_COLLECT_MIN_INTERVAL: '100ms',
        ...this.options.env,
      },
    });
    this.process = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    await new Promise<void>((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`holter did not start in time:\n${this.log}`)), startLimit);
      child.once('error', fail).once('exit', (code) => fail(new Error(`holter ended with ${code}:\n${this.log}`)));
      createInterface(child.stdout).on('line', (line) => {
        const link = /https?:\/\/\S+/.exec(line)?.[0];
        if (link === undefined) return;
        if (link.includes('/setup#')) this.setUpLink = link;
        else if (this.url === '') this.url = link.replace(/\/$/, '');
        clearTimeout(timer);
        setTimeout(done, 100); // the set-up link is the line below
      });
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    const killer = setTimeout(() => child.kill('SIGKILL'), stopLimit);
    child.kill(signal);
    await ended;
    clearTimeout(killer);
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  messages(): string {
    return this.log;
  }

  /** The API, as a program on this machine uses it. */
  async api<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const token = readFileSync(join(this.directory, 'data', 'local.token'), 'ascii');
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'PUT' || method === 'PATCH' || method === 'DELETE' ? { 'If-Match': '*' } : {}),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** Makes the accounts root (admin), edith (editor), otto (operator) and vera (viewer). */
  async makeAccounts(): Promise<void> {
    const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> => {
      const answer = await fetch(this.url + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer;
    };
    const token = this.setUpLink.split('#')[1];
    await post('/api/v1/setup', { token, name: 'root', password });
    const session = await post('/api/v1/login', { name: 'root', password });
    const { csrf_token } = (await session.json()) as { csrf_token: string };
    const headers = { Cookie: (session.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '', 'X-CSRF-Token': csrf_token };
    for (const [name, role] of [
      ['edith', 'editor'],
      ['otto', 'operator'],
      ['vera', 'viewer'],
    ])
      await post('/api/v1/accounts', { name, role, password }, headers);
  }

  async waitForState(name: string, state: string, limitMs = 20_000): Promise<void> {
    const until = Date.now() + limitMs;
    for (;;) {
      const { monitors } = await this.api<{ monitors: { name: string; state: string }[] }>(
        'GET',
        `/api/v1/monitors?text=${encodeURIComponent(name)}`,
      );
      const found = monitors.find((row) => row.name === name);
      if (found?.state === state) return;
      if (Date.now() > until) throw new Error(`${name} is ${found?.state}, not ${state}`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }
}

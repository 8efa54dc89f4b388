// A server of its own for a test: the sample newspaper, a free port, a folder that is removed.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

export interface Server {
  url: string;
  /** The secret of a key of an editor. */
  key: string;
  stop: () => Promise<void>;
}

const binary = resolve(process.env["MASTHEAD_BIN"] ?? "../../target/debug/masthead");

export async function startServer(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "masthead-client-"));
  const env = { ...process.env, MASTHEAD__DATA__DIR: folder };
  // Port 0 is any that is free; what is printed says which it became.
  const child = spawn(binary, ["serve", "--sample", "--listen", "127.0.0.1:0", "--log", "error"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGTERM");
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const url = await Promise.race([
      addressOf(child.stdout),
      ended.then(() => Promise.reject(new Error(`${binary} ended before it listened`))),
    ]);
    const { stdout } = await promisify(execFile)(
      binary,
      ["key", "create", "--name", "test", "--role", "editor"],
      { env },
    );
    return { url, key: stdout.trim(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function addressOf(log: NodeJS.ReadableStream): Promise<string> {
  const seen: string[] = [];
  return new Promise((found, failed) => {
    setTimeout(() => failed(new Error("it did not listen within a minute")), 60_000).unref();
    const lines = createInterface({ input: log });
    lines.on("line", (line) => {
      seen.push(line);
      const url = /listens on (http:\S+)/.exec(line)?.[1];
      if (url !== undefined) found(url);
    });
    lines.on("close", () => failed(new Error(`no address in: ${seen.join("\n")}`)));
  });
}

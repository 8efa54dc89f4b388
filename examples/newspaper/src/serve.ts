// Serves a folder of pages, to look at them: node build/src/serve.js [FOLDER] [PORT]

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { Server } from "node:http";
import { join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

export async function serve(folder: string, port: number): Promise<{ server: Server; url: string }> {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const file = join(root, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    const type = file.endsWith(".css") ? "text/css" : "text/html";
    void (file.startsWith(root + sep) ? readFile(file) : Promise.reject(new Error(file))).then(
      (bytes) => response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(bytes),
      () => response.writeHead(404, { "content-type": "text/plain" }).end("Not found\n"),
    );
  });
  await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
  const address = server.address();
  const bound = typeof address === "object" && address !== null ? address.port : port;
  return { server, url: `http://127.0.0.1:${bound}` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url } = await serve(process.argv[2] ?? "dist", Number(process.argv[3] ?? 4000));
  console.log(url);
}

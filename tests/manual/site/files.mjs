// Where things are, and a server for them.

import { createReadStream, readdirSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))
export const site = join(root, 'build/docs')
export const pictures = join(root, 'build/docs-pictures')

export function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

// The files below a directory whose names end so, as paths from the root.
export function filesBelow(directory, ending) {
  return readdirSync(join(root, directory), { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules')
    .flatMap((entry) => {
      const path = join(directory, entry.name)
      return entry.isDirectory() ? filesBelow(path, ending) : path.endsWith(ending) ? [path] : []
    })
    .sort()
}

const types = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

// Serves the built manual at a free port: gives the server and its address.
export async function serve() {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname)
    const file = join(site, path.endsWith('/') ? path + 'index.html' : path)
    if (relative(site, file).startsWith('..') || !isFile(file)) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, origin: `http://127.0.0.1:${server.address().port}` }
}

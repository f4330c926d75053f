import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const directory = fileURLToPath(new URL('../public/bench', import.meta.url))

function pictures(): string {
  if (!existsSync(directory)) return ''
  return readdirSync(directory)
    .filter((file) => file.endsWith('.svg'))
    .sort()
    .map((file) => `![${file.slice(0, -4).replace(/[-_]/g, ' ')}](/bench/${file})`)
    .join('\n\n')
}

// Puts the pictures of the benchmarks, where there are any, in the place of a comment of the page.
export const benchPictures = {
  name: 'bench-pictures',
  enforce: 'pre' as const,
  transform(code: string, id: string) {
    if (id.endsWith('.md')) return code.replace('<!-- pictures of docs/public/bench -->', pictures)
  },
}

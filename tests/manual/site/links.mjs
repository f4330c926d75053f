// Links lead to what exists: those of the site to pages and to headings of them, those of Markdown files to
// files of the repository, so that the pages can be read there, too.

import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { filesBelow, isFile, root, site } from './files.mjs'

function matches(text, pattern) {
  return [...text.matchAll(pattern)].map((match) => match[1])
}

function checkSite(check) {
  const pages = new Map()
  for (const file of filesBelow('build/docs', '.html')) {
    const text = readFileSync(join(root, file), 'utf8')
    pages.set('/' + file.slice('build/docs/'.length), {
      links: matches(text, /<a\b[^>]*?\shref="([^"]*)"/g),
      anchors: new Set(matches(text, /\sid="([^"]*)"/g)),
    })
  }
  const leadsSomewhere = (link, page) => {
    const url = new URL(link.replace(/&amp;/g, '&'), 'http://site' + page)
    if (url.host !== 'site') return true
    const path = url.pathname.endsWith('/') ? url.pathname + 'index.html' : url.pathname
    const anchor = decodeURIComponent(url.hash.slice(1))
    const target = pages.get(path)
    return target ? !anchor || target.anchors.has(anchor) : isFile(site + path)
  }
  for (const [page, { links }] of pages) {
    const dead = links.filter((link) => !leadsSomewhere(link, page))
    check(dead.length === 0, `${page} has links that lead nowhere: ${[...new Set(dead)].join(' ')}`)
  }
}

function withoutCode(text) {
  return text.replace(/^ *```[^]*?^ *```/gm, '').replace(/`[^`\n]*`/g, '')
}

function checkRepository(check) {
  const files = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md', ...filesBelow('docs', '.md')]
  for (const file of files) {
    const text = withoutCode(readFileSync(join(root, file), 'utf8'))
    const links = matches(text, /\]\(([^)\s]+)\)/g).filter((link) => !/^([a-z]+:|#|\/)/.test(link))
    const dead = links.filter((link) => !existsSync(join(root, dirname(file), link.replace(/#.*/, ''))))
    check(dead.length === 0, `${file} has links to files that are not there: ${dead.join(' ')}`)
  }
}

export function checkLinks(check) {
  checkSite(check)
  checkRepository(check)
}

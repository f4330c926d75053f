import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const docs = fileURLToPath(new URL('..', import.meta.url))

// The order in which pages are listed. A page that is not named here comes behind the others.
const order: Record<string, string[]> = {
  guide: ['first-steps', 'timeouts', 'tasks', 'tls', 'http', 'embedding', 'performance', 'troubleshooting'],
  reference: [
    'socket', 'socket-exceptions', 'tcp', 'tcp-settings', 'udp', 'unix', 'serial', 'dns',
    'moontide', 'moontide-scopes', 'moontide-sync', 'moontide-serve',
    'ssl', 'ssl-connection', 'ssl-context', 'ssl-x509', 'ssl-config', 'ssl-https',
    'http', 'url', 'headers', 'smtp', 'ftp', 'tp', 'mime', 'ltn12', 'mbox', 'check',
  ],
  'coming-from': ['luasocket', 'luasec', 'copas', 'cqueues'],
  design: ['architecture', 'performance', 'systems'],
}

function title(page: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(`${docs}${page}.md`, 'utf8'))
  // The group says "Coming from" already.
  return heading ? heading[1].replace(/`/g, '').replace(/^Coming from /, '') : page
}

function pages(directory: string) {
  if (!existsSync(docs + directory)) return []
  const listed = order[directory]
  const place = (name: string) => (listed.includes(name) ? listed.indexOf(name) : listed.length)
  return readdirSync(docs + directory)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -3))
    .sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1))
    .map((name) => ({ text: title(`${directory}/${name}`), link: `/${directory}/${name}` }))
}

export function sidebar() {
  return [
    { text: 'Guide', items: pages('guide') },
    { text: 'Reference', collapsed: false, items: pages('reference') },
    { text: 'Coming from', collapsed: false, items: pages('coming-from') },
    { text: 'Errors', link: '/errors' },
    { text: 'Limits', link: '/limits' },
    { text: 'Security', link: '/security' },
    { text: 'Design', collapsed: true, items: pages('design') },
  ]
}

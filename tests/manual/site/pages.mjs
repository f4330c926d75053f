// Opens pages in a browser, in two sizes, light and dark: measures them, and takes a picture of each into
// build/docs-pictures.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pictures, root, serve } from './files.mjs'
import { contrastFaults } from './contrast.mjs'

const { chromium } = createRequire(join(root, 'docs/package.json'))('playwright-core')

const paths = ['index', 'guide/tasks', 'reference/socket', 'errors', 'guide/performance']
const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } }
const schemes = ['light', 'dark']

const browserOptions = {
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync',
  ],
}

// What the browser did that it should not have done.
function watch(page, origin) {
  const faults = []
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`says "${message.text()}"`)
  })
  page.on('pageerror', (error) => faults.push(`raises ${error.message}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin + '/') && !/^(data|blob|about):/.test(url)) faults.push(`asks for ${url}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 400) faults.push(`gets ${response.status()} for ${response.url()}`)
  })
  return faults
}

async function checkLayout(page, size, check) {
  const [content, visible] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth])
  check(content <= visible, `is ${content} pixels wide where ${visible} can be seen`)
  const navigation = size === 'desktop' ? '.VPSidebar' : '.VPLocalNav .menu'
  check(await page.locator(navigation).isVisible(), `has no ${navigation} to be seen`)
  const faults = await page.evaluate(contrastFaults)
  check(faults.length === 0, `cannot be read well: ${faults.join('; ')}`)
}

async function checkSearch(page, check) {
  const button = page.locator('#local-search button')
  check(await button.isVisible(), 'has no search button')
  await button.click()
  await page.locator('#localsearch-input').fill('receive')
  const result = page.locator('.VPLocalSearchBox .result').first()
  const found = await result.waitFor({ timeout: 10000 }).then(() => true, () => false)
  check(found, 'finds nothing for "receive"')
  return found
}

async function checkPage(browser, origin, path, size, scheme, check) {
  const name = `${path.replace('/', '-')}-${size}-${scheme}`
  const tell = (isGood, message) => check(isGood, `${path} (${size}, ${scheme}) ${message}`)
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: scheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  const faults = watch(page, origin)
  await page.goto(`${origin}/${path}.html`, { waitUntil: 'networkidle' })
  await checkLayout(page, size, tell)
  await page.screenshot({ path: join(pictures, `${name}.png`) })
  if (await checkSearch(page, tell)) {
    if (path === 'index') await page.screenshot({ path: join(pictures, `search-${size}-${scheme}.png`) })
  }
  for (const fault of faults) tell(false, fault)
  await context.close()
}

export async function checkPages(check) {
  rmSync(pictures, { recursive: true, force: true })
  mkdirSync(pictures, { recursive: true })
  // A profile of its own, so that nothing is left of other runs.
  const profile = mkdtempSync(join(tmpdir(), 'moontide-docs-'))
  const { server, origin } = await serve()
  const browser = await chromium.launch({ ...browserOptions, env: { ...process.env, HOME: profile } })
  try {
    for (const path of paths) {
      // Most of the time is waiting, so the four views of a page wait together.
      const views = Object.keys(sizes).flatMap((size) => schemes.map((scheme) => [size, scheme]))
      await Promise.all(views.map(([size, scheme]) => checkPage(browser, origin, path, size, scheme, check)))
    }
  } finally {
    await browser.close()
    server.close()
    rmSync(profile, { recursive: true, force: true })
  }
}

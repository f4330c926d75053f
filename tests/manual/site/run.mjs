// Tests of the built manual, build/docs: its links, and how it looks in a browser.
//
//   node tests/manual/site/run.mjs

import { checkLinks } from './links.mjs'
import { checkPages } from './pages.mjs'

let passed = 0
let failed = 0

function check(isGood, message) {
  if (isGood) {
    passed++
  } else {
    failed++
    console.log(`FAIL ${message}`)
  }
}

checkLinks(check)
await checkPages(check)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

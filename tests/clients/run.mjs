// Runs real clients against a portal that is up, and counts what holds.
//
//   PORTAL          address of the API, such as http://127.0.0.1:8080
//   PORTAL_MAIL     folder into which the SMTP server of the tests writes
//   PORTAL_ADMIN    a sign-in of the role ADMIN …
//   PORTAL_PASSWORD … and its password
//   PORTAL_PAGES    where the links in letters lead, such as http://portal.localhost:3000
//
//   node run.mjs [lint] [audit] [story] [enablement] [case_study]     all of them where none is named
//   node run.mjs browser              a portal to which `course/` was imported
import { Tap } from './tap.mjs'

const suites = process.argv.slice(2)
if (suites.length === 0) suites.push('lint', 'audit', 'story', 'enablement', 'case_study')

const portal = {
  url: process.env.PORTAL ?? 'http://127.0.0.1:8080',
  mail: process.env.PORTAL_MAIL,
  admin: process.env.PORTAL_ADMIN,
  password: process.env.PORTAL_PASSWORD,
  pages: process.env.PORTAL_PAGES,
}

async function isUp() {
  for (let attempt = 0; attempt < 300; attempt++) {
    const ready = await fetch(`${portal.url}/readyz`).catch(() => undefined)
    if (ready?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`nothing is ready at ${portal.url}`)
}

const tap = new Tap()
for (const suite of suites) {
  console.log(`# ${suite}`)
  try {
    if (suite !== 'lint') await isUp()
    const { default: run } = await import(`./${suite}.mjs`)
    await run(tap, portal)
  } catch (error) {
    tap.notOk(`${suite} runs to its end`, error.stack ?? error)
  }
}
process.exitCode = tap.end()

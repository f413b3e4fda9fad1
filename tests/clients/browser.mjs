// A course is taken in a browser, from a page of the front end: signed in by the cookie that no script
// sees, enrolled, read, examined, and the certificate looked at on a phone, on a desk and in the dark.
//
//   CHROMIUM        the browser; /usr/bin/chromium where it is not set
//   PORTAL_SHOTS    a folder for pictures of the certificate's page; none are kept where it is not set
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { join } from 'node:path'
import puppeteer from 'puppeteer-core'

const LOOKS = [
  { name: 'phone', width: 390, height: 844, dark: false },
  { name: 'desk', width: 1280, height: 800, dark: false },
  { name: 'desk-dark', width: 1280, height: 800, dark: true },
  { name: 'phone-dark', width: 390, height: 844, dark: true },
]
const RIGHT = { cookie: 'browser', proof: 'true' }

export default async function browser(tap, portal) {
  // The front end, and beside it a page of somebody else's: another site, for the browser.
  const site = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html')
    answer.end('<!doctype html><meta charset="utf-8"><title>Front end</title><p>Front end</p>')
  })
  await new Promise((ready) => site.listen(Number(new URL(portal.pages).port), '127.0.0.1', ready))
  const chromium = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  })
  try {
    await taken(tap, portal, chromium)
  } finally {
    await chromium.close()
    site.close()
  }
}

async function taken(tap, portal, chromium) {
  const page = await chromium.newPage()
  await page.goto(portal.pages)
  let token
  // What the page's own script does.
  const ask = async (query, variables = {}, by = page) => {
    const answer = await by.evaluate(
      async (url, body, token) => {
        const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
        const answer = await fetch(url, { method: 'POST', credentials: 'include', headers, body })
        return answer.json()
      },
      `${portal.url}/graphql`, JSON.stringify({ query, variables }), token,
    )
    assert.equal(answer.errors, undefined, JSON.stringify(answer.errors))
    return answer.data
  }
  const act = async (mutation, input) => {
    const name = mutation.match(/^\w+/)[0]
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input!`
    const query = `mutation($input: ${type}) { ${name}(input: $input) { ${mutation.slice(name.length)} userErrors { code message } } }`
    const { [name]: payload } = await ask(query, { input })
    assert.deepEqual(payload.userErrors, [], name)
    return payload
  }

  await tap.check('a browser signs in, and no script sees what keeps it signed in', async () => {
    const { tokens } = await act('sessionCreate tokens { accessToken refreshToken }', {
      email: portal.admin, password: portal.password, refreshCookie: true,
    })
    assert.equal(tokens.refreshToken, null)
    assert.equal(await page.evaluate(() => document.cookie), '')
  })
  await tap.check('loaded anew, the page goes on by the cookie', async () => {
    await page.reload()
    const { tokens } = await act('sessionRefresh tokens { accessToken refreshToken }', {})
    assert.equal(tokens.refreshToken, null)
    token = tokens.accessToken
  })
  await tap.check('a foreign page gets nothing by it', async () => {
    const foreign = await chromium.newPage()
    await foreign.goto(portal.pages.replace('localhost', '127.0.0.1'))
    const query = 'mutation { sessionRefresh(input: {}) { tokens { accessToken } } }'
    await assert.rejects(ask(query, {}, foreign), /Failed to fetch/)
    await foreign.close()
  })

  const number = await tap.check('a course is enrolled on, read, examined and certified', async () => {
    const { certification } = await act('certificationSave certification { id }', {
      slug: 'browser', title: 'Front-end seller', locale: 'en', validityMonths: 12, route: { courses: ['browser'] },
    })
    const { certificate } = await act('certificationPursue certificate { id state }', {
      certification: certification.id,
    })
    assert.equal(certificate.state, 'OPEN')
    const { viewer } = await ask(`{ viewer { person { enrollments { nodes {
      id state course { title } courseVersion { lessons { nodes { id kind html } } } } } } } }`)
    const [enrollment] = viewer.person.enrollments.nodes
    assert.equal(enrollment.state, 'ENROLLED')
    for (const lesson of enrollment.courseVersion.lessons.nodes) {
      if (lesson.kind === 'QUIZ') {
        const { attempt } = await act('quizStart attempt { id questions { key choiceKeys } }', {
          enrollment: enrollment.id, lesson: lesson.id,
        })
        const answers = attempt.questions.map(({ key }) => ({ question: key, choices: [RIGHT[key]] }))
        const judged = await act('quizSubmit attempt { passed percent }', { attempt: attempt.id, answers })
        assert.deepEqual(judged.attempt, { passed: true, percent: 100 })
      } else {
        await act('lessonRecord progress { id }', { enrollment: enrollment.id, lesson: lesson.id, completed: true })
      }
    }
    const query = 'query($id: ID!) { node(id: $id) { ... on Certificate { state number } } }'
    const { node } = await ask(query, { id: certificate.id })
    assert.equal(node.state, 'VALID')
    return node.number
  })
  if (!number) return

  for (const { name, width, height, dark } of LOOKS) {
    await tap.check(`the certificate is seen: ${name}`, async () => {
      const seen = await chromium.newPage()
      const faults = []
      seen.on('pageerror', (error) => faults.push(String(error)))
      seen.on('requestfailed', (request) => faults.push(request.url()))
      await seen.setViewport({ width, height })
      await seen.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }])
      await seen.goto(`${portal.url}/certificates/${number}`, { waitUntil: 'networkidle0' })
      if (process.env.PORTAL_SHOTS) {
        await seen.screenshot({ path: join(process.env.PORTAL_SHOTS, `certificate-${name}.png`), fullPage: true })
      }
      const look = await seen.evaluate(() => ({
        text: document.body.innerText,
        fits: document.documentElement.scrollWidth <= window.innerWidth,
        ground: getComputedStyle(document.body).backgroundColor,
      }))
      for (const words of ['Front-end seller', 'Valid', number]) {
        assert.ok(look.text.includes(words), `${words} is not in ${look.text}`)
      }
      assert.ok(look.fits, 'nothing has to be moved sideways')
      assert.equal(brightness(look.ground) < 128, dark, look.ground)
      assert.deepEqual(faults, [])
      await seen.close()
    })
  }
}

// From `rgb(r, g, b)`.
function brightness(color) {
  const [red, green, blue] = color.match(/\d+/g).map(Number)
  return (red * 299 + green * 587 + blue * 114) / 1000
}

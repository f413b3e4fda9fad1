// A course is written, learned and certified by the API, and the certificate is proven by programs
// that are not ours, until it is taken back.
import assert from 'node:assert/strict'
import { didUrl, spoiled, verifyBadge } from './badge.mjs'

const run = Date.now().toString(36)

const course = `
slug: badge-${run}
title: What a badge says
locale: en
modules:
  - key: all
    title: All of it
    lessons:
      - { key: read, title: Read this, minutes: 3, kind: TEXT, body: "A badge says **who** and **what**." }
`

export default async function enablement(tap, portal) {
  let bearer
  const ask = async (query, variables = {}) => {
    const answer = await fetch(`${portal.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors } = await answer.json()
    assert.equal(errors, undefined, JSON.stringify(errors))
    return data
  }
  const act = async (mutation, input) => {
    const name = mutation.match(/^\w+/)[0]
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input!`
    const query = `mutation($input: ${type}) { ${name}(input: $input) { ${mutation.slice(name.length)} userErrors { code message } } }`
    const { [name]: payload } = await ask(query, { input })
    assert.deepEqual(payload.userErrors, [], name)
    return payload
  }

  // Where the pages of the portal are said to be, its own address answers.
  const get = async (url) => {
    const { pathname } = new URL(url)
    const answer = await fetch(`${portal.url}${pathname}`)
    assert.equal(answer.status, 200, pathname)
    return answer.text()
  }

  const certificate = await tap.check('a course is written, learned and certified', async () => {
    const { tokens } = await act('sessionCreate tokens { accessToken }', {
      email: portal.admin,
      password: portal.password,
    })
    bearer = tokens.accessToken
    const { courseVersion: draft } = await act('courseSave courseVersion { id version }', { course: { yaml: course } })
    await act('coursePublish courseVersion { id }', { id: draft.id, expectedVersion: draft.version })
    const { certification } = await act('certificationSave certification { id }', {
      slug: `badge-${run}`, title: 'Reader of badges', locale: 'en', validityMonths: 12,
      route: { courses: [`badge-${run}`] },
    })
    const { certificate: period } = await act('certificationPursue certificate { id }', {
      certification: certification.id,
    })
    const { viewer } = await ask(`{ viewer { person { enrollments { nodes {
      id course { slug } courseVersion { lessons { nodes { id } } } } } } } }`)
    const enrollment = viewer.person.enrollments.nodes.find(({ course: { slug } }) => slug === `badge-${run}`)
    await act('lessonRecord progress { id }', {
      enrollment: enrollment.id, lesson: enrollment.courseVersion.lessons.nodes[0].id, completed: true,
    })
    const { node } = await ask(
      'query($id: ID!) { node(id: $id) { ... on Certificate { id version number state } } }',
      { id: period.id },
    )
    assert.equal(node.state, 'VALID')
    return node
  })
  if (!certificate) return
  const path = `/certificates/${certificate.number}`
  const credentialJwt = await get(`${portal.pages}${path}/credential`)

  await tap.check('its badge is verified by programs that are not ours', async () => {
    const badge = await verifyBadge({ credentialJwt, get })
    assert.equal(badge.credentialSubject.achievement.name, 'Reader of badges')
    assert.ok(didUrl(badge.issuer.id).endsWith('/.well-known/did.json'))
  })
  await tap.check('a badge that was changed, or has run out, is not', async () => {
    await assert.rejects(verifyBadge({ credentialJwt: spoiled(credentialJwt, 1), get }))
    const later = new Date(Date.now() + 400 * 86_400_000)
    await assert.rejects(verifyBadge({ credentialJwt, get, now: later }))
  })
  await tap.check('once it is taken back, page and list say so', async () => {
    await act('certificateRevoke certificate { id }', {
      id: certificate.id, expectedVersion: certificate.version, reason: 'It was a test.',
    })
    await assert.rejects(verifyBadge({ credentialJwt, get }), /taken back/)
    assert.match(await get(`${portal.pages}${path}`), /Revoked/)
  })
}
